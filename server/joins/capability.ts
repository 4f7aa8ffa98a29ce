import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import { joinCommand } from './command.ts';
import type { JoinsContext } from './context.ts';
import { joinRoutes } from './routes.ts';

/** Which regions the names in a table are of. */
export const joins = {
  name: 'joins',
  migrations: ['0056_place_matches'],
  routes: (ctx: JoinsContext): Route[] => joinRoutes(ctx),
  commands: [joinCommand],
} satisfies Capability;
