import pg from 'pg';
import { AppError } from '../../errors.ts';
import type { Sql } from '../sql.ts';
import { databaseError, isClientTimeout, sqlState } from '../sqlstate.ts';
import { WATCH_CLIENT } from './apart.ts';
import { requestCancel } from './cancel.ts';
import { letGo } from './kept.ts';
import { Listener } from './listen.ts';
import { typeParser } from './parsers.ts';
import { placesOf, Room } from './room.ts';
import { SessionAccess } from './session-access.ts';
import { OWN, sessionPlan, settings, survey, type Surroundings } from './session.ts';
import { SlowQueries } from '../slow.ts';
import type {
  Database,
  DatabaseKind,
  DedicatedOptions,
  Queryable,
  RunOptions,
  TransactionOptions,
} from '../types.ts';

export interface PoolOptions {
  connection: pg.ClientConfig;
  /** Where notifications are listened to, if that is another way to the database. */
  listenConnection?: pg.ClientConfig | undefined;
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

/** A prepared statement that is there already, or not: it is another session than the one it was made in. */
const SESSION_CHANGED = new Set(['42P05', '26000']);

/**
 * A bounded pool of `pg` connections behind the `Database` seam.
 * A waiting request gives up after `waitMs`, a statement is ended by the server after its timeout, and
 * a query whose signal fires is cancelled on the server before its connection is used again.
 */
export function openPool(options: PoolOptions): Database {
  const { kind, statementTimeoutMs } = options;
  const embedded = kind === 'embedded';
  const types = { getTypeParser: typeParser as typeof pg.types.getTypeParser };
  /** PostgreSQL's process behind each client, which is not the one that a pooler names. */
  const backends = new WeakMap<pg.ClientBase, number>();
  let around: Surroundings | undefined = embedded ? OWN : undefined;
  let looking: Promise<Surroundings> | undefined;
  /** What each session was set up with, and what it has to be: another where PostGIS came to be found elsewhere. */
  const setUpWith = new WeakMap<pg.ClientBase, string>();
  let sessionSettings: string | undefined;

  const pool = new pg.Pool({
    ...options.connection,
    max: options.size,
    connectionTimeoutMillis: options.waitMs,
    application_name: 'chorograph',
    // The embedded database ignores statement_timeout; there our side gives up and respawns it.
    query_timeout: embedded ? statementTimeoutMs : statementTimeoutMs + 5_000,
    types,
  });
  pool.on('error', (error) => options.log.warn({ err: error }, 'an idle database connection was lost'));
  pool.on('connect', (client) => {
    // While a client is in use its error also fails the query; unheard, it would end the process.
    client.on('error', (error) => options.log.warn({ err: error }, 'a database connection was lost'));
  });
  const access = new SessionAccess();
  const slow = new SlowQueries();
  const room = new Room(placesOf(options.size), options.waitMs);
  let closed: Promise<void> | undefined;

  async function setUp(client: pg.ClientBase, text: string): Promise<void> {
    const results = (await client.query<{ pid: number }>(text)) as unknown;
    const last = Array.isArray(results) ? (results as pg.QueryResult<{ pid: number }>[]).at(-1) : results;
    const pid = (last as pg.QueryResult<{ pid: number }>).rows[0]?.pid;
    if (pid !== undefined) backends.set(client, pid);
  }

  async function newClient(name: string, config: pg.ClientConfig = {}): Promise<pg.Client> {
    const client = new pg.Client({
      ...options.connection,
      application_name: name,
      connectionTimeoutMillis: options.waitMs,
      types,
      ...config,
    });
    client.on('error', () => {}); // the query that fails tells
    await client.connect();
    return client;
  }

  function learn(found: Surroundings): Surroundings {
    around = found;
    const lasting = !embedded && found.pooling !== 'transaction';
    sessionSettings = lasting ? settings(found, { statementTimeoutMs }) : undefined;
    return found;
  }

  function lookAround(): Promise<Surroundings> {
    if (embedded) return Promise.resolve(OWN);
    looking ??= survey(() => newClient('chorograph survey'))
      .then(learn)
      .catch((error: unknown) => {
        throw databaseError(error);
      })
      .finally(() => (looking = undefined));
    return looking;
  }

  async function connect(): Promise<pg.PoolClient> {
    if (closed) throw new AppError('shutting_down');
    if (around === undefined) await lookAround();
    try {
      return await pool.connect();
    } catch (error) {
      throw databaseError(error);
    }
  }

  /** `onTimeout`: what is done where our side gives up waiting, as the embedded database cannot be told to stop. */
  async function withClient<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    onTimeout = options.onHang,
  ): Promise<T> {
    const client = await connect();
    let broken: Error | undefined;
    try {
      if (sessionSettings !== undefined && setUpWith.get(client) !== sessionSettings) {
        await setUp(client, sessionSettings);
        setUpWith.set(client, sessionSettings);
      }
      return await work(client);
    } catch (error) {
      const mapped = databaseError(error);
      if (mapped.code === 'database_unavailable' || isClientTimeout(error)) broken = mapped;
      if (embedded && isClientTimeout(error)) onTimeout?.();
      throw mapped;
    } finally {
      client.release(broken);
    }
  }

  const run = <Row extends object>(query: Sql, own: RunOptions = {}): Promise<Row[]> =>
    own.leavesRoom ? room.run(() => runNow<Row>(query, own), own.signal) : runNow<Row>(query, own);

  async function runNow<Row extends object>(query: Sql, runOptions: RunOptions): Promise<Row[]> {
    const { pooling } = around ?? (await lookAround());
    const { readOnly = false } = runOptions;
    // A session that lasts for a transaction has its settings only where there is one. And only where a session is
    // certainly ours alone is it made read-only as a whole.
    const isShared = embedded || pooling !== 'none';
    if (pooling === 'transaction' || (isShared && readOnly))
      return transactionNow((tx) => tx.run<Row>(query, runOptions), { readOnly });
    try {
      return await withClient(async (client) => {
        await access.allow(client, readOnly);
        return execute<Row>(client, query, runOptions);
      });
    } catch (error) {
      if (around === undefined || !(error instanceof AppError) || !changedSession(error)) throw error;
      // Somebody put a pooler in front, or set it to another mode.
      learn({ ...around, pooling: 'transaction' });
      return runNow<Row>(query, runOptions);
    }
  }

  const transaction = <T>(work: (tx: Queryable) => Promise<T>, own: TransactionOptions = {}): Promise<T> =>
    own.leavesRoom ? room.run(() => transactionNow(work, own), own.signal) : transactionNow(work, own);

  const transactionNow = <T>(work: (tx: Queryable) => Promise<T>, own: TransactionOptions): Promise<T> =>
    withClient(async (client) => {
      if (!own.snapshot && !own.readOnly) await access.allow(client, false);
      return inTransaction(client, work, own);
    });

  async function dedicated<T>(
    work: (tx: Queryable) => Promise<T>,
    { name, timeoutMs, signal, snapshot = false }: DedicatedOptions,
  ): Promise<T> {
    if (embedded) return transaction(work, { timeoutMs, signal });
    if (closed) throw new AppError('shutting_down');
    if (around === undefined) await lookAround();
    let client: pg.Client | undefined;
    try {
      client = await newClient(name, { query_timeout: timeoutMs + 5_000 });
      const watched = async (tx: Queryable): Promise<T> => {
        await tx.run({ text: WATCH_CLIENT, values: [] });
        return work(tx);
      };
      return await inTransaction(client, watched, { signal, snapshot, readOnly: false }, timeoutMs);
    } catch (error) {
      throw databaseError(error);
    } finally {
      await client?.end().catch(() => {});
    }
  }

  /** `ownTimeoutMs` where the session is not one of the pool's, which have their settings already. */
  async function inTransaction<T>(
    client: pg.ClientBase,
    work: (tx: Queryable) => Promise<T>,
    { snapshot, readOnly = snapshot, ...runOptions }: TransactionOptions,
    ownTimeoutMs?: number,
  ): Promise<T> {
    let ended = false;
    const tx: Queryable = {
      run: async (query, own) => {
        // Work that goes on after its transaction failed: the connection is somebody else's by now.
        if (ended) throw new AppError('internal', { detail: 'the transaction has ended' });
        return execute(client, query, { ...runOptions, readOnly, ...own }, ownTimeoutMs);
      },
    };
    const level = snapshot ? 'repeatable read' : 'read committed';
    const begin = `begin isolation level ${level}${readOnly ? ' read only' : ''}`;
    if (around !== undefined && (ownTimeoutMs !== undefined || around.pooling === 'transaction')) {
      const timeout = { statementTimeoutMs: ownTimeoutMs ?? statementTimeoutMs };
      // In one message: a round trip to the pooler is what most tiles cost there.
      await setUp(client, `${begin}; ${settings(around, { ...timeout, local: true })}`);
    } else {
      await client.query(begin);
    }
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
    runOptions: RunOptions,
    ownTimeoutMs = 0,
  ): Promise<Row[]> {
    const { signal, timeoutMs, readOnly } = runOptions;
    if (signal?.aborted) throw new AppError('client_closed_request');
    const started = performance.now();
    // Who gives a query more time than others have does not wonder that it takes it.
    const mayTakeLong = Math.max(timeoutMs ?? 0, ownTimeoutMs) > statementTimeoutMs;
    let cancelling: Promise<void> | undefined;
    const onAbort = (): void => {
      cancelling = cancelBackend(client);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    // All clients of the embedded database share one session, so names would collide; a pooler's do too.
    const mayName = !embedded && around?.pooling !== 'transaction';
    try {
      if (query.name && mayName) await letGo(client, query.name, query.text);
      const result = await client.query<Row>({
        text: query.text,
        values: [...query.values],
        ...(query.name && mayName ? { name: query.name } : {}),
        ...(timeoutMs === undefined ? {} : { query_timeout: timeoutMs }),
      } as pg.QueryConfig);
      return result.rows;
    } catch (error) {
      if (signal?.aborted) throw new AppError('client_closed_request', {}, { cause: error });
      throw databaseError(error, readOnly);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      if (!mayTakeLong) slow.took(query, performance.now() - started);
      // The connection must not go back while a cancel is on its way: it would hit the next query.
      await cancelling;
    }
  }

  async function cancelBackend(client: pg.ClientBase): Promise<void> {
    if (embedded) return; // one thread: it cannot hear us before it is done
    // What a session was told by a pooler is the pooler's.
    if (around?.pooling === 'none' && (await requestCancel(client))) return;
    const pid = backends.get(client);
    if (pid === undefined) return;
    let canceller: pg.Client | undefined;
    try {
      canceller = await newClient('chorograph cancel', { query_timeout: 5_000 });
      await canceller.query('select pg_cancel_backend($1)', [pid]);
    } catch {
      // The query then runs until its statement timeout.
    } finally {
      await canceller?.end().catch(() => {});
    }
  }

  const listener = new Listener({
    connection: options.listenConnection ?? options.connection,
    // Through a pooler it would be heard by whoever has that session next; a standby refuses it.
    mayListen: async () => {
      if (options.listenConnection) return true;
      const { pooling, readOnly } = around ?? (await lookAround());
      return pooling !== 'transaction' && readOnly !== 'standby';
    },
    log: options.log,
  });

  return {
    kind,
    hasMvt: !embedded,
    run,
    transaction,
    dedicated,
    listen: (channel, handler, onReconnect) => listener.listen(channel, handler, onReconnect),
    get isListening() {
      return listener.isListening;
    },
    get surroundings() {
      return around;
    },
    lookAround,
    sessionPlan: async () => {
      if (closed) throw new AppError('shutting_down');
      return embedded ? undefined : sessionPlan(options, around ?? (await lookAround()));
    },
    ping: async (timeoutMs = 2_000) => {
      // Who asks how it is must not end it: it may wait behind a long transaction, such as the first migrations.
      const patiently = (): void => {};
      await withClient(
        (client) => execute(client, { text: 'select 1', values: [] }, { timeoutMs }),
        patiently,
      );
    },
    load: () => ({
      size: options.size,
      open: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount + room.waiting,
    }),
    watchSlow: (slowMs, onSlow) => slow.watch(slowMs, onSlow),
    close: () => (closed ??= pool.end()),
  };
}

function changedSession(error: AppError): boolean {
  return SESSION_CHANGED.has(sqlState(error.cause) ?? '');
}
