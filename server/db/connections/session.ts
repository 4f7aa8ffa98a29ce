import pg from 'pg';

/**
 * What stands between us and PostgreSQL, and what a session there is like. Asked, not configured: a pooler
 * in front, a standby behind the same name, PostGIS in a schema of its own are all found out by looking.
 */
export interface Surroundings {
  /**
   * Whether a pooler such as PgBouncer stands in front, and how long it gives us one session for. With
   * `transaction` nothing may be left in a session: no setting, no prepared statement, no LISTEN.
   */
  readonly pooling: 'none' | 'session' | 'transaction';
  /** Why nothing can be written: a hot standby, or a role whose transactions are read-only. */
  readonly readOnly: 'standby' | 'role' | undefined;
  /** The schema that PostGIS is in; undefined where it is not installed. */
  readonly postgis: { readonly schema: string; readonly usable: boolean } | undefined;
  /** What `search_path` is to be, where PostGIS would not be found otherwise. */
  readonly searchPath: string | undefined;
}

/** The embedded database is ours: nothing about it has to be found out. */
export const OWN: Surroundings = {
  pooling: 'none',
  readOnly: undefined,
  postgis: { schema: 'public', usable: true },
  searchPath: undefined,
};

/** A pooler that has no session left for our second connection gave the first one to us alone. */
const PROBE_TIMEOUT_MS = 3_000;
const PROBES = 3;

interface SessionRow {
  pid: number;
  standby: boolean;
  read_only: boolean;
  search_path: string;
  schema: string | null;
  usable: boolean | null;
  visible: boolean | null;
}

// Functions and operators of an extension are all in one schema; one of them tells whether it is searched.
const LOOK = `
  select pg_backend_pid() as pid, pg_is_in_recovery() as standby,
         current_setting('default_transaction_read_only')::boolean as read_only,
         current_setting('search_path') as search_path,
         n.nspname as schema, has_schema_privilege(n.oid, 'usage') as usable,
         (select bool_or(pg_function_is_visible(p.oid)) from pg_proc p
          where p.pronamespace = n.oid and p.proname = 'postgis_lib_version') as visible
  from (select) one
  left join pg_extension e on e.extname = 'postgis'
  left join pg_namespace n on n.oid = e.extnamespace`;

/** Looks around with connections of its own. @throws what `connect` or PostgreSQL throws */
export async function survey(connect: () => Promise<pg.Client>): Promise<Surroundings> {
  const client = await connect();
  try {
    const row = (await client.query<SessionRow>(LOOK)).rows[0] as SessionRow;
    const { processID } = client as unknown as { processID: number };
    return {
      // A pooler answers for PostgreSQL: the process that it names is none.
      pooling: processID === row.pid ? 'none' : await poolingOf(client, connect),
      readOnly: row.standby ? 'standby' : row.read_only ? 'role' : undefined,
      postgis: row.schema === null ? undefined : { schema: row.schema, usable: row.usable === true },
      searchPath:
        row.schema === null || row.usable !== true || row.visible === true
          ? undefined
          : [row.search_path, pg.escapeIdentifier(row.schema)].filter((part) => part !== '').join(', '),
    };
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Two clients of one pooler: where one is given a session that the other was just given, or another one
 * once its own is taken, sessions last for a transaction.
 */
async function poolingOf(
  one: pg.Client,
  connect: () => Promise<pg.Client>,
): Promise<'session' | 'transaction'> {
  const other = await connect();
  const ask = async (client: pg.Client): Promise<number | undefined> => {
    const query = { text: 'select pg_backend_pid() as pid', query_timeout: PROBE_TIMEOUT_MS };
    return (await client.query<{ pid: number }>(query)).rows[0]?.pid;
  };
  try {
    const first = await ask(one);
    const second = await ask(other);
    if (first === second) return 'transaction';
    for (let probe = 0; probe < PROBES; probe++) {
      await one.query('begin');
      const held = await ask(one);
      const meanwhile = await ask(other);
      await one.query('commit');
      if (held !== first || meanwhile !== second) return 'transaction';
    }
    return 'session';
  } catch (error) {
    if (error instanceof Error && /query read timeout/i.test(error.message)) return 'session';
    throw error;
  } finally {
    await other.end().catch(() => {});
  }
}

/**
 * Compiling a query costs more than running a tile query does. Whether a plan is kept is for whoever names a statement
 * to choose, not for what a role or database was given.
 */
const PLANNING: readonly (readonly [string, string])[] = [
  ['jit', 'off'],
  ['plan_cache_mode', 'auto'],
];

/**
 * What a role or database may have been given otherwise, and what decides how a value reads as text, what a text of ours means, and
 * whether a transaction of ours fails where another one writes: as pg_dump and postgres_fdw have them. Of the style of dates the order
 * of day and month stays, as views may read dates in it, and so does the time zone, in which they may cut days.
 */
const PLAIN: readonly (readonly [string, string])[] = [
  ['datestyle', 'ISO'],
  ['intervalstyle', 'postgres'],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
  ['quote_all_identifiers', 'off'],
  ['standard_conforming_strings', 'on'],
  ['array_nulls', 'on'],
  ['transform_null_equals', 'off'],
  ['default_transaction_isolation', 'read committed'],
  ['default_transaction_deferrable', 'off'],
];

/**
 * Statements that set up a session, or with `local` one transaction. Settings are set, never sent as startup
 * parameters, of which PgBouncer refuses all but a few.
 */
export function settings(
  { searchPath }: Surroundings,
  { statementTimeoutMs, local = false }: { statementTimeoutMs: number; local?: boolean },
): string {
  const all: (readonly [string, string])[] = [
    ['statement_timeout', String(statementTimeoutMs)],
    ...PLANNING,
    ...PLAIN,
    ...(searchPath === undefined ? [] : [['search_path', searchPath] as const]),
  ];
  const set = ([name, value]: readonly [string, string]): string =>
    `set_config('${name}', ${pg.escapeLiteral(value)}, ${local})`;
  return `select pg_backend_pid() as pid, ${all.map(set).join(', ')}`;
}

/** All that a session like those of the pool is opened with, as data that another thread can be given. */
export interface SessionPlan {
  readonly connection: pg.ClientConfig;
  /** Statements that set up a transaction. */
  readonly settings: string;
}

/** A session keeps nothing of its transaction, as a pooler may stand in between. */
export function sessionPlan(
  options: { connection: pg.ClientConfig; waitMs: number; statementTimeoutMs: number },
  around: Surroundings,
): SessionPlan {
  const { connection, waitMs, statementTimeoutMs } = options;
  return {
    connection: {
      ...connection,
      connectionTimeoutMillis: waitMs,
      query_timeout: statementTimeoutMs + 5_000,
    },
    settings: settings(around, { statementTimeoutMs, local: true }),
  };
}
