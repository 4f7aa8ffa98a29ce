import { relationName, type TableLayer } from '../../catalog/types.ts';
import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { AutoBuilt, AutoJob } from './job.ts';

/** One thing that was made, whoever made it. */
export interface AutoRecord {
  readonly kind: string;
  readonly layer: string;
  readonly rows: number;
  readonly bytes: number;
  readonly ms: number;
  /** ISO 8601, UTC. */
  readonly builtAt: string;
}

/** Any fixed number: the advisory lock that lets one process of a database build. */
const LOCK = 7302214562;

/** Takes the lock until the transaction ends; false where another process has it. */
export async function takeLock(tx: Queryable): Promise<{ mine: boolean; mayCreate: boolean }> {
  const [row] = await tx.run<{ mine: boolean; may_create: boolean }>(
    sql`select pg_try_advisory_xact_lock(${LOCK}) as mine,
      has_schema_privilege('chorograph', 'create') as may_create`,
  );
  return { mine: row?.mine === true, mayCreate: row?.may_create === true };
}

/** Bytes of disk that everything else takes. */
export async function bytesOfOthers(tx: Queryable, { kind, layer }: AutoJob): Promise<number> {
  const [row] = await tx.run<{ bytes: number }>(
    sql`select coalesce(sum(pg_total_relation_size(to_regclass('chorograph.' || quote_ident(name)))), 0)::float8 as bytes
      from chorograph.auto, unnest(tables) name where (kind, layer) <> (${kind}, ${layer.id})`,
  );
  return row?.bytes ?? 0;
}

export async function sizeOf(tx: Queryable, tables: readonly string[]): Promise<number> {
  const [row] = await tx.run<{ bytes: number }>(
    sql`select coalesce(sum(pg_total_relation_size(to_regclass('chorograph.' || quote_ident(name)))), 0)::float8 as bytes
      from unnest(${tables}::text[]) name`,
  );
  return row?.bytes ?? 0;
}

export async function record(
  tx: Queryable,
  { kind, layer }: AutoJob,
  { tables, rows, bytes, ms, changed }: AutoBuilt & { bytes: number; ms: number },
): Promise<void> {
  await tx.run(
    sql`insert into chorograph.auto (kind, layer, relation, tables, rows, bytes, build_ms)
      values (${kind}, ${layer.id}, ${relationName(layer)}, ${tables}::text[], ${rows}, ${Math.round(bytes)}, ${Math.round(ms)})
      on conflict (kind, layer) do update set relation = excluded.relation, tables = excluded.tables, rows = excluded.rows,
        bytes = excluded.bytes, built_at = excluded.built_at,
        build_ms = case when ${changed !== undefined} then auto.build_ms else excluded.build_ms end`,
  );
}

/** All that is there, the largest first. */
export async function readRecords(db: Queryable): Promise<AutoRecord[]> {
  return db.run<AutoRecord>(
    sql`select kind, layer, rows::float8 as rows, bytes::float8 as bytes, build_ms as ms,
      to_char(built_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "builtAt"
      from chorograph.auto order by bytes desc, kind, layer`,
  );
}

/** Of what generation of a layer its pyramid (`pyramid`) or its copies (`overviews`) are. */
export async function generationsOf(
  db: Queryable,
): Promise<(kind: string, layer: TableLayer) => string | undefined> {
  const pyramids = await db.run<{ layer: string; token: string }>(
    sql`select layer, source_token as token from chorograph.pyramid where build > 0`,
  );
  const tokens = new Map(pyramids.map(({ layer, token }) => [layer, token]));
  return (kind, { id, overviews }) => (kind === 'pyramid' ? tokens.get(id) : overviews?.token);
}
