import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import type { StudioContext } from './context.ts';
import { studioRoutes } from './routes.ts';

/** Choropleths made in a page: of layers, tables and files, published where maps.yaml can be written. */
export const studio = {
  name: 'studio',
  routes: (ctx: StudioContext): Route[] => studioRoutes(ctx),
} satisfies Capability;
