import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import { baseRoutes, type BaseContext } from './routes.ts';

/** The world under maps, of this server alone: nothing is asked of another host, and no database is needed. */
export const base = {
  name: 'base',
  operations: (ctx: BaseContext): Route[] => baseRoutes(ctx),
} satisfies Capability;
