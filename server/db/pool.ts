import pg from 'pg';
import { AppError } from '../errors.ts';
import type { Sql } from './sql.ts';
import { databaseError } from './sqlstate.ts';
import { listenOn } from './listen.ts';
import { SessionAccess } from './session-access.ts';
import type {
  Database,
  DatabaseKind,
  DedicatedOptions,
  Queryable,
  RunOptions,
  TransactionOptions,
} from './types.ts';

export interface PoolOptions {
  connection: pg.ClientConfig;
  kind: DatabaseKind;
  size: number;
  /** Milliseconds that a request may wait for a free connection before it gets 503. */
  waitMs: number;
  /** Milliseconds after which the server ends a statement. */
  statementTimeoutMs: number;
  log: { warn(fields: object, message: string): void };
  /** Called when a query ran into the client's own timeout and the server cannot be told to stop. */
  onHang?: () => void;
}

/**
 * Compiling a query costs more than running a tile query does. And a plan for any tile would be one for
 * small tiles: over a tile that holds most of a large table it took up to 2.7 times as long as its own.
 */
const SESSION = 'set jit = off; set plan_cache_mode = force_custom_plan';

/**
 * A bounded pool of `pg` connections behind the `Database` seam.
 * A waiting request gives up after `waitMs`, a statement is ended by the server after its timeout, and
 * a query whose signal fires is cancelled on the server before its connection is used again.
 */
export function openPool(options: PoolOptions): Database {
  const { kind, statementTimeoutMs } = options;
  const embedded = kind === 'embedded';
  const pool = new pg.Pool({
    ...options.connection,
    max: options.size,
    connectionTimeoutMillis: options.waitMs,
    application_name: 'chorograph',
    // The embedded database ignores statement_timeout; there our side gives up and respawns it.
    ...(embedded
      ? { query_timeout: statementTimeoutMs }
      : { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + 5_000 }),
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
  });
  pool.on('error', (error) => options.log.warn({ err: error }, 'an idle database connection was lost'));
  pool.on('connect', (client) => {
    // While a client is in use its error also fails the query; unheard, it would end the process.
    client.on('error', (error) => options.log.warn({ err: error }, 'a database connection was lost'));
    if (!embedded) client.query(SESSION).catch(() => {});
  });
  const access = new SessionAccess();
  let closed: Promise<void> | undefined;

  async function connect(): Promise<pg.PoolClient> {
    if (closed) throw new AppError('shutting_down');
    try {
      return await pool.connect();
    } catch (error) {
      throw databaseError(error);
    }
  }

  async function withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await connect();
    let broken: Error | undefined;
    try {
      return await work(client);
    } catch (error) {
      const mapped = databaseError(error);
      if (mapped.code === 'database_unavailable' || isClientTimeout(error)) broken = mapped;
      if (embedded && isClientTimeout(error)) options.onHang?.();
      throw mapped;
    } finally {
      client.release(broken);
    }
  }

  function run<Row extends object>(query: Sql, runOptions: RunOptions = {}): Promise<Row[]> {
    // All clients of the embedded database share one session, whose settings are nobody's own.
    if (embedded && runOptions.readOnly)
      return transaction((tx) => tx.run<Row>(query), { ...runOptions, readOnly: true });
    return withClient(async (client) => {
      await access.allow(client, runOptions.readOnly === true);
      return execute<Row>(client, query, runOptions, options);
    });
  }

  const transaction = <T>(work: (tx: Queryable) => Promise<T>, own: TransactionOptions = {}): Promise<T> =>
    withClient(async (client) => {
      if (!own.snapshot && !own.readOnly) await access.allow(client, false);
      return inTransaction(client, work, own, options);
    });

  async function dedicated<T>(
    work: (tx: Queryable) => Promise<T>,
    { name, timeoutMs, signal }: DedicatedOptions,
  ): Promise<T> {
    if (embedded) return transaction(work, { timeoutMs, signal });
    if (closed) throw new AppError('shutting_down');
    const client = new pg.Client({
      ...options.connection,
      application_name: name,
      connectionTimeoutMillis: options.waitMs,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + 5_000,
      types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
    });
    client.on('error', () => {}); // the query that fails tells
    try {
      await client.connect();
      // Without it a statement whose client was killed would hold its locks until it is done.
      await client.query(`set client_connection_check_interval = '2s'`).catch(() => {});
      return await inTransaction(client, work, { signal }, options);
    } catch (error) {
      throw databaseError(error);
    } finally {
      await client.end().catch(() => {});
    }
  }

  return {
    kind,
    hasMvt: !embedded,
    run,
    transaction,
    dedicated,
    listen: (channel, handler, onReconnect) =>
      listenOn({ connection: options.connection, channel, handler, onReconnect, log: options.log }),
    ping: async (timeoutMs = 2_000) => {
      await run({ text: 'select 1', values: [] }, { timeoutMs });
    },
    load: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => (closed ??= pool.end()),
  };
}

function beginning(snapshot: boolean | undefined, readOnly: boolean | undefined): string {
  if (snapshot) return 'begin isolation level repeatable read read only';
  return readOnly ? 'begin read only' : 'begin';
}

async function inTransaction<T>(
  client: pg.ClientBase,
  work: (tx: Queryable) => Promise<T>,
  { snapshot, readOnly = snapshot, ...run }: TransactionOptions,
  options: PoolOptions,
): Promise<T> {
  let ended = false;
  const tx: Queryable = {
    run: async (query, own) => {
      // Work that goes on after its transaction failed: the connection is somebody else's by now.
      if (ended) throw new AppError('internal', { detail: 'the transaction has ended' });
      return execute(client, query, { ...run, readOnly, ...own }, options);
    },
  };
  await client.query(beginning(snapshot, readOnly));
  try {
    const result = await work(tx);
    ended = true;
    await client.query('commit');
    return result;
  } catch (error) {
    ended = true;
    // A connection that does not answer would not answer to this either.
    if (!isClientTimeout(error)) await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function execute<Row extends object>(
  client: pg.ClientBase,
  query: Sql,
  run: RunOptions,
  options: PoolOptions,
): Promise<Row[]> {
  if (run.signal?.aborted) throw new AppError('client_closed_request');
  let cancelling: Promise<void> | undefined;
  const onAbort = (): void => {
    cancelling = cancelBackend(client, options);
  };
  run.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const result = await client.query<Row>({
      text: query.text,
      values: [...query.values],
      // All clients of the embedded database share one session, so names would collide.
      ...(query.name && options.kind === 'postgres' ? { name: query.name } : {}),
      ...(run.timeoutMs === undefined ? {} : { query_timeout: run.timeoutMs }),
    } as pg.QueryConfig);
    return result.rows;
  } catch (error) {
    if (run.signal?.aborted) throw new AppError('client_closed_request', {}, { cause: error });
    throw databaseError(error, run.readOnly);
  } finally {
    run.signal?.removeEventListener('abort', onAbort);
    // The connection must not go back while a cancel is on its way: it would hit the next query.
    await cancelling;
  }
}

async function cancelBackend(client: pg.ClientBase, options: PoolOptions): Promise<void> {
  if (options.kind === 'embedded') return; // one thread: it cannot hear us before it is done
  const { processID } = client as unknown as { processID: number };
  const canceller = new pg.Client({ ...options.connection, connectionTimeoutMillis: options.waitMs });
  canceller.on('error', () => {});
  try {
    await canceller.connect();
    await canceller.query('select pg_cancel_backend($1)', [processID]);
  } catch {
    // The query then runs until its statement timeout.
  } finally {
    await canceller.end().catch(() => {});
  }
}

function isClientTimeout(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return cause instanceof Error && /query read timeout/i.test(cause.message);
}

const { builtins } = pg.types;
const asText: readonly number[] = [builtins.DATE, builtins.TIMESTAMP, builtins.TIMESTAMPTZ];

/** Dates stay the text PostgreSQL sent; `int8` becomes a number where that loses nothing. */
function typeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (asText.includes(oid)) return (value) => value;
  if (oid === builtins.INT8) return safeInteger;
  return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
}

function safeInteger(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}
