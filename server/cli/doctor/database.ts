import { readdirSync } from 'node:fs';
import { explainFailure } from '../../db/explain.ts';
import { sqlFile } from '../../db/files.ts';
import { sql } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import { checkPostgis, NotUsable } from '../../db/connections/usable.ts';
import { projectPath } from '../../tools/paths.ts';
import { failed, ok, some, warning, type Finding } from './finding.ts';

interface Role {
  role: string;
  database: string;
  super: boolean;
  mayCreate: boolean;
  own: boolean;
  mayUse: boolean;
  maxConnections: number;
  connectionLimit: number;
  version: number;
  versionName: string;
  bytes: number;
}

export interface Connections {
  /** Processes, and what each opens at most. */
  readonly workers: number;
  readonly poolSize: number;
}

const OLDEST_POSTGRES = 140_000;
/** Besides those of the pool each process listens, and refreshes. */
const BESIDES = 3;
/** A schedule that is this late is noticed. */
const MOST_SKEW_MS = 2_000;
const TRIES = 5;

/** Whether the database answers, and is one that can be served. */
export async function lookAtDatabase(db: Database, connections: Connections): Promise<Finding[]> {
  const { readOnly, pooling, postgis } = await db.lookAround();
  const [role] = await db.run<Role>(sqlFile('doctor/role.sql'));
  if (!role) throw new Error('the role is not among pg_roles');
  return [
    ...serverFindings(role, await roundTrip(db), { pooling, readOnly }),
    await postgisFinding(db, { readOnly, pooling, postgis, searchPath: undefined }),
    clockFinding(await skew(db)),
    ...(db.kind === 'embedded' ? [] : rightsFindings(role, connections)),
    await ownFinding(db, role, readOnly !== undefined),
  ];
}

/** What kept it from being opened. */
export const unreachable = (error: unknown): Finding => {
  const [said = '', ...advice] = explainFailure(error).split(': ');
  const what = advice.length > 0 ? advice.join(': ') : 'see docs/database.md';
  return failed('database', said, what);
};

async function roundTrip(db: Database): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < TRIES; i++) {
    const started = performance.now();
    await db.ping();
    times.push(performance.now() - started);
  }
  return Math.min(...times);
}

function serverFindings(
  { versionName, version, bytes }: Role,
  ms: number,
  { pooling, readOnly }: { pooling: string; readOnly: string | undefined },
): Finding[] {
  const through = pooling === 'none' ? '' : `, through a pooler in ${pooling} mode`;
  const found = `PostgreSQL ${versionName}, ${ms.toFixed(1)} ms away${through}; the database has ${(bytes / 1e6).toFixed(0)} MB`;
  if (version < OLDEST_POSTGRES) return [failed('database', found, 'upgrade to PostgreSQL 14 or newer')];
  if (readOnly === undefined) return [ok('database', found)];
  const why = readOnly === 'standby' ? 'it is a standby' : 'transactions of the role are read-only';
  return [
    warning(
      'database',
      `${found}; ${why}`,
      'nothing is refreshed here and no key is made: let another instance do that on the primary',
    ),
  ];
}

async function postgisFinding(
  db: Database,
  surroundings: Parameters<typeof checkPostgis>[1],
): Promise<Finding> {
  try {
    const version = await checkPostgis(db, surroundings);
    const encodes = db.hasMvt ? 'it encodes tiles' : 'it encodes no tiles: every layer is served from memory';
    return ok('postgis', `PostGIS ${version} in schema ${surroundings.postgis?.schema}; ${encodes}`);
  } catch (error) {
    if (!(error instanceof NotUsable)) throw error;
    const [said = '', ...advice] = error.message.split(/[:;] /);
    return failed('postgis', said, advice.join('; '));
  }
}

/** Milliseconds that the clock of the database is ahead of ours. */
async function skew(db: Database): Promise<number> {
  const before = Date.now();
  const [row] = await db.run<{ ms: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  );
  return (row?.ms ?? NaN) - (before + Date.now()) / 2;
}

export function clockFinding(skewMs: number): Finding {
  const seconds = Math.abs(skewMs) / 1000;
  if (!(Math.abs(skewMs) > MOST_SKEW_MS)) return ok('clock', 'that of the database and ours agree');
  return warning(
    'clock',
    `that of the database is ${seconds.toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} ours`,
    'let both machines follow a time server (timedatectl set-ntp true): schedules and ages are told by both',
  );
}

export function rightsFindings(
  { role, database, super: isSuper, mayCreate, own, mayUse, maxConnections, connectionLimit }: Role,
  { workers, poolSize }: Connections,
): Finding[] {
  const most = connectionLimit >= 0 ? Math.min(connectionLimit, maxConnections) : maxConnections;
  const wanted = workers * (poolSize + BESIDES);
  const told = `role ${role}`;
  const rights = isSuper
    ? warning(
        'rights',
        `${told} is a superuser`,
        'serve with a role that may read what is shown and has schema chorograph, no more',
      )
    : own && !mayUse
      ? warning(
          'rights',
          `${told} may not use schema chorograph`,
          `grant usage on schema chorograph to "${role}"; grant select, insert, update, delete on all tables in schema chorograph to "${role}"`,
        )
      : !own && !mayCreate
        ? warning(
            'rights',
            `${told} may not create schema chorograph: no keys, refreshes and pyramids`,
            `grant create on database "${database}" to "${role}", or run chorograph migrate as a role that may`,
          )
        : ok('rights', `${told} has what it needs`);
  const connections =
    wanted > most
      ? warning(
          'connections',
          `${workers} × (${poolSize} + ${BESIDES}) may be opened, and ${most} are allowed`,
          'lower CHOROGRAPH_POOL_SIZE or WORKERS, raise max_connections, or put PgBouncer in front',
        )
      : ok('connections', `${wanted} at most of ${most}`);
  return [rights, connections];
}

/** Whether schema chorograph is that of this version. */
async function ownFinding(db: Database, { own, mayUse }: Role, isReadOnly: boolean): Promise<Finding> {
  const known = readdirSync(projectPath('sql', 'migrations')).map((file) => file.replace(/\.sql$/, ''));
  if (!own)
    return ok(
      'schema',
      isReadOnly ? 'there is no schema chorograph' : 'schema chorograph is made at the first start',
    );
  if (!mayUse) return ok('schema', 'schema chorograph is there');
  const rows = await db.run<{ name: string }>(sql`select name from chorograph.migration`);
  const applied = rows.map(({ name }) => name);
  const newer = applied.filter((name) => !known.includes(name));
  const pending = known.filter((name) => !applied.includes(name));
  if (newer.length > 0)
    return failed(
      'schema',
      `a newer version made ${some(newer)}`,
      'run that version here, or take its migrations back with it: chorograph migrate down',
    );
  if (pending.length > 0)
    return warning(
      'schema',
      `migrations that did not run yet: ${some(pending.sort())}`,
      'the next start runs them; or chorograph migrate',
    );
  return ok('schema', `schema chorograph has all ${known.length} migrations`);
}
