import type { Capability } from '../../capability.ts';
import type { Route } from '../../http/routes.ts';
import { boundaryRoutes } from './boundaries.ts';
import { choroplethRoutes } from './choropleths.ts';
import { santriCommand } from './command.ts';
import type { SantriContext } from './context.ts';
import { personRoutes } from './persons.ts';
import { pointRoutes } from './points.ts';
import { santriSettings } from './settings.ts';
import { statsRoutes } from './stats.ts';

/** The paths and answers of the santri application, over the tables of `sql/packs/santri`. */
export const santri = {
  name: 'compat/santri',
  settings: santriSettings,
  routes: (ctx: SantriContext): Route[] =>
    ctx.config.santriApi
      ? [
          ...pointRoutes(ctx),
          ...choroplethRoutes(ctx),
          ...statsRoutes(ctx),
          ...boundaryRoutes(ctx),
          ...personRoutes(ctx),
        ]
      : [],
  commands: [santriCommand],
} satisfies Capability;
