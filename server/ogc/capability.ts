import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import type { OgcContext } from './context.ts';
import { ogcRoutes } from './routes.ts';

/** Layers and choropleths as the standards of OGC API have them: features, filters, schemas, tiles, styles. */
export const ogc = {
  name: 'ogc',
  routes: (ctx: OgcContext): Route[] => ogcRoutes(ctx),
} satisfies Capability;
