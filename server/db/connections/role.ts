import { AppError } from '../../errors.ts';
import { sql } from '../sql.ts';
import { sqlState } from '../sqlstate.ts';
import type { Database, Queryable } from '../types.ts';

interface Role {
  readonly role: string;
  readonly claims: string;
}

/** We may not act as the role, it is none, or it may not read this. */
const REFUSED = new Set(['42501', '22023']);

/**
 * The database as a role of it sees it: whatever is asked is asked in a transaction under `set local role`, in which
 * policies find the claims as `current_setting('request.jwt.claims')`. Both end with the transaction.
 * @throws AppError `role_refused` (403) from what is asked, where we may not act as it or it may not read that
 */
export function inRole(db: Database, { role, claims }: Role): Database {
  const enter = (tx: Queryable): Promise<unknown> =>
    tx
      .run(sql`select set_config('request.jwt.claims', ${claims}, true), set_config('role', ${role}, true)`)
      .catch(refused);
  const entered =
    <T>(work: (tx: Queryable) => Promise<T>) =>
    async (tx: Queryable): Promise<T> => {
      await enter(tx);
      return work({ run: (query, options) => tx.run<never>(query, options).catch(unreadable) });
    };
  return {
    kind: db.kind,
    get hasMvt() {
      return db.hasMvt;
    },
    get isListening() {
      return db.isListening;
    },
    get surroundings() {
      return db.surroundings;
    },
    run: (query, { readOnly, leavesRoom, ...options } = {}) =>
      db.transaction(
        entered((tx) => tx.run<never>(query, options)),
        { readOnly, leavesRoom, signal: options.signal },
      ),
    transaction: (work, options) => db.transaction(entered(work), options),
    dedicated: (work, options) => db.dedicated(entered(work), options),
    listen: db.listen.bind(db),
    lookAround: db.lookAround.bind(db),
    sessionPlan: () => Promise.resolve(undefined), // a session would not be the role's
    ping: db.ping.bind(db),
    load: db.load.bind(db),
    watchSlow: db.watchSlow.bind(db),
    close: () => Promise.resolve(), // it is not ours
  };
}

const stateOf = (error: unknown): string => sqlState(error instanceof AppError ? error.cause : error) ?? '';

function refused(error: unknown): never {
  if (!REFUSED.has(stateOf(error))) throw error;
  throw new AppError(
    'role_refused',
    { detail: 'the server cannot act as the role of this token' },
    { cause: error },
  );
}

function unreadable(error: unknown): never {
  if (stateOf(error) !== '42501') throw error;
  throw new AppError(
    'role_refused',
    { detail: 'the role of this token may not read this' },
    { cause: error },
  );
}
