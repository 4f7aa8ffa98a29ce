import type { Auditing } from '../audit/public.ts';
import type { Database } from '../db/types.ts';
import type { Route } from '../http/routes.ts';
import type { JoinMaps } from './doctor.ts';

/** What telling of joins asks for. */
export interface JoinsContext {
  readonly db: Database;
  readonly maps: JoinMaps;
  readonly auditing: Pick<Auditing, 'who' | 'record'>;
  readonly keys: { require(scope: 'admin'): NonNullable<Route['access']> };
}
