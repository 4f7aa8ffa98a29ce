import type { Capability, Starting } from '../capability.ts';
import { json, send } from '../http/answers/respond.ts';
import { route, type Route } from '../http/routes.ts';
import { tells } from '../observe/events.ts';
import { catalogCheck } from './health.ts';
import type { ReadMaps } from './read.ts';
import { MapsCheck, type CheckContext, type MapsEvent } from './check.ts';

interface MapsContext extends CheckContext {
  readonly mapsCheck: MapsCheck;
  readonly liveMaps: CheckContext['liveMaps'] & { readonly read: Pick<ReadMaps<object>, 'schema'> };
}

/** Whether what `maps.yaml` says fits the database, and what would. */
export const maps = {
  name: 'maps',
  events: tells<MapsEvent>({ 'maps.read': 'info', 'maps.refused': 'error', 'maps.problem': 'warn' }),

  services: (): { readonly mapsCheck: MapsCheck } => ({ mapsCheck: new MapsCheck() }),

  vitals: { catalog: catalogCheck },

  operations: (ctx: MapsContext): Route[] => [schemaRoute(ctx)],

  resolve: (ctx: MapsContext): Promise<void> => ctx.mapsCheck.check(ctx),

  settle: ({ mapsCheck }: MapsContext, { tell }: Starting): void => mapsCheck.problems.forEach(tell),
} satisfies Capability;

/** As long as a program runs, its schema does not change. */
const CACHE = 'public, max-age=3600';

function schemaRoute({ liveMaps }: Pick<MapsContext, 'liveMaps'>): Route {
  return route({
    method: 'get',
    path: '/schemas/maps.json',
    tag: 'operations',
    summary: 'JSON Schema of maps.yaml, from which editors complete and check it',
    responses: {
      200: { description: 'The schema', content: { 'application/schema+json': { type: 'object' } } },
    },
    handle: (_request, res, req) =>
      send(req, res, json(liveMaps.read.schema(), 'application/schema+json; charset=utf-8'), CACHE),
  });
}
