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
  describes: {
    refresh: 'When materialized views are refreshed that are no cube: by name, or schema.name',
    ...keysOf('refresh.*'),
    ...keysOf('choropleths.*.cube.refresh'),
    'choropleths.*.cube.refresh.delta': 'Keeps the cube by deltas of its base table instead',
    'choropleths.*.cube.refresh.delta.from': 'The base table: name, or schema.name',
    'choropleths.*.cube.refresh.delta.group':
      'Key columns of the cube, each an SQL expression over a row of the base table',
    'choropleths.*.cube.refresh.delta.sums':
      'Summed columns of the cube, each an SQL expression; one of them is 1',
    'choropleths.*.cube.refresh.delta.every': 'Pause between two folds: 5s',
    'choropleths.*.cube.refresh.delta.recompute':
      'When the cube is made equal to its base table: a cron expression',
  },
  check: (maps) => [...scheduleConflicts(maps), ...deltaProblems(maps)].map(placed),
});

function keysOf(path: string): Record<string, string> {
  return {
    [path]: 'When it is refreshed: a cron expression, or one with more about it',
    [`${path}.cron`]: 'Cron expression: */15 * * * *',
    [`${path}.timezone`]: 'Time zone that it is read in: Asia/Jakarta',
    [`${path}.jitter`]: 'Waits up to this long, at random: 30s',
    [`${path}.maxAge`]: 'Health is degraded when it is older: 2h',
  };
}

/** Schedules and deltas say where they stand themselves: `path: what is wrong`. */
function placed(problem: string): Problem {
  const [path = ''] = problem.split(': ', 1);
  return { path: path.split('.'), text: problem.slice(path.length) };
}
