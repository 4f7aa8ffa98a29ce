import { z } from 'zod';
import { mapsPart, relation, type Problem } from '../maps-part.ts';
import { deltaProblems } from './delta/plan.ts';
import { cubeRefresh, refreshSpec, type RefreshMaps } from './spec.ts';
import { scheduleConflicts } from './views/targets.ts';

/** `refresh`, and `choropleths.*.cube.refresh`. */
export const refreshMaps = mapsPart<RefreshMaps>({
  /** Schedules of materialized views that are no choropleth's cube. */
  sections: () => ({ refresh: z.record(relation, refreshSpec).default({}) }),
  adds: { cube: { refresh: cubeRefresh.optional() } },
  check: (maps) => [...scheduleConflicts(maps), ...deltaProblems(maps)].map(placed),
});

/** Schedules and deltas say where they stand themselves: `path: what is wrong`. */
function placed(problem: string): Problem {
  const [path = ''] = problem.split(': ', 1);
  return { path: path.split('.'), text: problem.slice(path.length) };
}
