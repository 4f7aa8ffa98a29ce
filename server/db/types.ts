import type { SessionPlan, Surroundings } from './connections/session.ts';
import type { OnSlow } from './slow.ts';
import type { Sql } from './sql.ts';

export interface RunOptions {
  /** Cancels the query on the server when it fires: a client that went away costs nothing more. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the query is given up; the configured default where absent. */
  timeoutMs?: number | undefined;
  /**
   * Nothing that the query calls, be it a function or a view that calls one, may write: what anybody may ask for must
   * not change anything. Refused with SQLSTATE 25006.
   */
  readOnly?: boolean | undefined;
  /**
   * What may take long leaves a quarter of the pool's connections to what is quick: it waits for its turn among its like, for
   * as long as it may wait for a connection. The embedded database has one connection for all.
   */
  leavesRoom?: boolean | undefined;
}

export interface TransactionOptions extends RunOptions {
  /** All queries see the database as of the first one, and none may write. */
  snapshot?: boolean;
}

/** Something that runs one query: the pool, or a transaction of it. */
export interface Queryable {
  /**
   * Rows of one query.
   * @throws AppError `database_unavailable`, `database_busy`, `query_timeout`, or the code of its SQLSTATE.
   */
  run<Row extends object = Record<string, unknown>>(query: Sql, options?: RunOptions): Promise<Row[]>;
}

export interface DedicatedOptions {
  /** What the connection is for, in `pg_stat_activity`. */
  name: string;
  /** Milliseconds after which a statement is ended. */
  timeoutMs: number;
  /** Cancels the statement that is running and rolls back. */
  signal?: AbortSignal | undefined;
  /** All its statements see the database as of the first one; what others changed since cannot be changed again. */
  snapshot?: boolean;
}

export interface Notification {
  channel: string;
  payload: string;
}

/** Connections of the pool, and requests that wait for one. */
export interface PoolLoad {
  /** Connections that it may open. */
  readonly size: number;
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

export type DatabaseKind = 'embedded' | 'postgres';

/** The seam between Chorograph and its database. */
export interface Database extends Queryable {
  readonly kind: DatabaseKind;
  /** True where protobuf functions (`ST_AsMVT`) exist. Known after the first connection. */
  readonly hasMvt: boolean;
  /**
   * Runs `work` in one transaction: commits when it returns, rolls back when it throws. `work` must not wait
   * for another connection of the pool: where all are held like that, none comes free (the embedded database
   * has one).
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Like `transaction`, on a connection of its own: work of minutes takes no request's place in the
   * pool. PostgreSQL rolls it back soon after this process dies. The embedded database has only one
   * session, so there it is an ordinary transaction.
   */
  dedicated<T>(work: (tx: Queryable) => Promise<T>, options: DedicatedOptions): Promise<T>;
  /**
   * Calls `handler` for every notification of the channel; reconnects by itself.
   * `onReconnect` runs after every (re)connection: what was notified meanwhile is lost, so poll then.
   */
  listen(channel: string, handler: (payload: string) => void, onReconnect?: () => void): () => void;
  /** Whether notifications arrive; where they do not, changes are found by polling alone. */
  readonly isListening: boolean;
  /** What stands between us and the database; undefined before the first query. */
  readonly surroundings: Surroundings | undefined;
  /** Looks at that again: a standby may have been promoted. */
  lookAround(): Promise<Surroundings>;
  /** What another thread opens a session with that is like those of the pool; undefined where none can be had beside it. */
  sessionPlan(): Promise<SessionPlan | undefined>;
  /** One round trip; throws when the database does not answer. */
  ping(timeoutMs?: number): Promise<void>;
  load(): PoolLoad;
  /**
   * Calls `onSlow` for every query that takes longer, the time in which it waits for a connection not counted; what was
   * given more time than the configured limit is meant to take it. Returns what ends that.
   */
  watchSlow(slowMs: number, onSlow: OnSlow): () => void;
  close(): Promise<void>;
}
