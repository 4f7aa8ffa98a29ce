import type { Who } from '../audit/public.ts';
import { ident, sql, type Sql } from '../db/sql.ts';
import type { Database, Queryable } from '../db/types.ts';
import { recordImport } from './recorded.ts';
import type { RegionRow } from './regions.ts';
import { ImportError } from './source.ts';

/** Where regions go, and in which columns. */
export interface Target {
  readonly schema: string;
  readonly table: string;
  readonly parent: boolean;
}

export interface LoadOptions {
  readonly target: Target;
  /** The table's rows become those of the file, in one step; otherwise there must be no such table. */
  readonly replace: boolean;
  /** All is done and checked, and nothing is kept. */
  readonly dryRun: boolean;
  readonly dissolve: boolean;
  readonly onProgress: (rows: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Whoever asked for it; the command where absent. */
  readonly who?: Who | undefined;
}

export interface Repair {
  readonly at: string;
  readonly code: string;
  readonly name: string;
  /** In PostGIS's words, with the place in degrees. */
  readonly reason: string;
}

export interface LoadReport {
  readonly rows: number;
  readonly regions: number;
  readonly repaired: readonly Repair[];
  /** Codes that the table had and the file has not. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** Rows and characters of a statement: the embedded database takes each in one piece. */
const BATCH = { rows: 200, characters: 4_000_000 };
const PATIENCE_MS = 600_000;
/** Ends a transaction of which nothing is to be kept. */
export const NOTHING_KEPT = new ImportError('nothing was kept');

/**
 * Puts regions into their table, in one transaction: who reads sees those of before until all are there.
 * @throws ImportError, and whatever reading the rows throws
 */
export async function loadRegions(
  db: Database,
  rows: AsyncIterable<RegionRow>,
  options: LoadOptions,
): Promise<LoadReport> {
  let report: LoadReport | undefined;
  try {
    await db.dedicated(
      async (tx) => {
        report = await load(tx, rows, options);
        if (options.dryRun) throw NOTHING_KEPT;
      },
      { name: 'chorograph import', timeoutMs: PATIENCE_MS, signal: options.signal },
    );
  } catch (error) {
    if (error !== NOTHING_KEPT) throw error;
  }
  return report!;
}

async function load(
  tx: Queryable,
  rows: AsyncIterable<RegionRow>,
  options: LoadOptions,
): Promise<LoadReport> {
  const patient = { timeoutMs: PATIENCE_MS };
  const exists = await tableExists(tx, options.target);
  if (exists && !options.replace)
    throw new ImportError(
      `${nameOf(options.target)} is there already; --replace exchanges its rows for those of the file`,
    );
  if (exists) await checkColumns(tx, options.target);
  await tx.run(sql`drop table if exists pg_temp.incoming`);
  await tx.run(
    sql`create temp table incoming (n integer, at text, code text, name text, parent text, geom geometry)`,
  );
  const sent = await stage(tx, rows, options.onProgress);
  const repaired = await repair(tx);
  const merged = options.dissolve ? await dissolve(tx) : sent;
  if (!exists) await create(tx, options.target);
  const changes = await exchange(tx, options.target);
  const [count] = await tx.run<{ n: number }>(
    sql`select count(*)::integer as n from ${tableOf(options.target)} where not ST_IsEmpty(geom)`,
    patient,
  );
  // The embedded PostGIS can end a failing statement without rows and without an error: only counting tells.
  if (count?.n !== merged)
    throw new ImportError(`the database has ${count?.n ?? 0} regions where ${merged} were sent`);
  await tx.run(sql`drop table pg_temp.incoming`);
  await track(tx, options.target);
  const report = { rows: sent, regions: merged, repaired, ...changes };
  if (!options.dryRun)
    await recordImport(tx, options.target, { regions: merged, replaced: exists }, options.who);
  return report;
}

async function stage(
  tx: Queryable,
  rows: AsyncIterable<RegionRow>,
  onProgress: LoadOptions['onProgress'],
): Promise<number> {
  let batch: string[] = [];
  let [characters, sent] = [0, 0];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    await tx.run(
      sql`
      insert into incoming (n, at, code, name, parent, geom)
      select n, at, code, name, parent, ST_SetSRID(ST_GeomFromGeoJSON(geometry), 4326)
      from json_to_recordset(${`[${batch.join(',')}]`}::json)
        as r (n integer, at text, code text, name text, parent text, geometry text)`,
      { timeoutMs: PATIENCE_MS },
    );
    sent += batch.length;
    onProgress(sent);
    [batch, characters] = [[], 0];
  };
  for await (const { geometry, ...row } of rows) {
    const text = JSON.stringify({ n: sent + batch.length, ...row, geometry: JSON.stringify(geometry) });
    batch.push(text);
    characters += text.length;
    if (batch.length >= BATCH.rows || characters >= BATCH.characters) await flush();
  }
  await flush();
  return sent;
}

/** What is invalid is made valid, and told. */
async function repair(tx: Queryable): Promise<Repair[]> {
  const patient = { timeoutMs: PATIENCE_MS };
  const invalid = await tx.run<Repair>(
    sql`
    select at, code, name, d.reason || ' at ' || ST_X(d.location)::numeric(9, 5) || ', ' || ST_Y(d.location)::numeric(9, 5) as reason
    from (select at, n, code, name, ST_IsValidDetail(geom) as detail from incoming where not ST_IsValid(geom)) i,
      lateral (select (detail).reason, (detail).location) d
    order by n`,
    patient,
  );
  await tx.run(
    sql`
    update incoming set geom = ST_Multi(ST_CollectionExtract(
      case when ST_IsValid(geom) then geom else ST_MakeValid(geom) end, 3))`,
    patient,
  );
  const lost = await tx.run<{ at: string; name: string }>(
    sql`select at, name from incoming where geom is null or ST_IsEmpty(geom) or not ST_IsValid(geom) order by n`,
    patient,
  );
  if (lost.length > 0)
    throw new ImportError(
      lost.map(({ at, name }) => `${at}: nothing valid could be made of ${name}'s area`).join('\n'),
    );
  return invalid;
}

/** Rows of one code become one: the name and parent are those of the first. */
async function dissolve(tx: Queryable): Promise<number> {
  await tx.run(
    sql`
    with parts as (
      select code, min(n) as first, ST_Multi(ST_Union(geom)) as geom from incoming
      group by code having count(*) > 1
    ), gone as (
      delete from incoming i using parts p where i.code = p.code and i.n > p.first
    )
    update incoming i set geom = p.geom from parts p where i.n = p.first`,
    { timeoutMs: PATIENCE_MS },
  );
  const [count] = await tx.run<{ n: number; codes: number }>(
    sql`select count(*)::integer as n, count(distinct code)::integer as codes from incoming`,
  );
  if (!count || count.n !== count.codes) throw new ImportError('the regions could not be dissolved');
  return count.n;
}

async function create(tx: Queryable, target: Target): Promise<void> {
  const parent = target.parent ? sql`, parent_code text` : sql``;
  await tx.run(sql`
    create table ${tableOf(target)} (
      code text primary key, name text not null${parent}, geom geometry(MultiPolygon, 4326) not null)`);
  await tx.run(sql`create index on ${tableOf(target)} using gist (geom)`);
}

/** Rows that stay are changed in place, so that what refers to them stays too. */
async function exchange(tx: Queryable, target: Target): Promise<Pick<LoadReport, 'removed' | 'added'>> {
  const patient = { timeoutMs: PATIENCE_MS };
  const table = tableOf(target);
  const removed = await tx.run<{ code: string }>(
    sql`delete from ${table} t where not exists (select from incoming i where i.code = t.code) returning code`,
    patient,
  );
  const [column, value, change] = target.parent
    ? [sql`, parent_code`, sql`, parent`, sql`, parent_code = excluded.parent_code`]
    : [sql``, sql``, sql``];
  const added = await tx.run<{ code: string; fresh: boolean }>(
    sql`
    with before as (select code from ${table})
    insert into ${table} (code, name${column}, geom)
    select code, name${value}, geom from incoming order by n
    on conflict (code) do update set name = excluded.name${change}, geom = excluded.geom
    returning code, not exists (select from before b where b.code = ${table}.code) as fresh`,
    patient,
  );
  const codes = (rows: readonly { code: string }[]): string[] => rows.map(({ code }) => code).sort();
  return { removed: codes(removed), added: codes(added.filter(({ fresh }) => fresh)) };
}

/** Every change of the table raises its generation from now on, this one too. */
export async function track(tx: Queryable, target: Pick<Target, 'schema' | 'table'>): Promise<void> {
  const [own] = await tx.run<{ present: boolean }>(
    sql`select to_regprocedure('chorograph.track(regclass)') is not null as present`,
  );
  const name = `"${target.schema.replaceAll('"', '""')}"."${target.table.replaceAll('"', '""')}"`;
  if (own?.present) await tx.run(sql`select chorograph.track(${name}::regclass)`);
}

export async function tableExists(
  tx: Queryable,
  { schema, table }: Pick<Target, 'schema' | 'table'>,
): Promise<boolean> {
  const rows = await tx.run(sql`
    select 1 as one from pg_class where relname = ${table}
      and relnamespace = (select oid from pg_namespace where nspname = ${schema})`);
  return rows.length > 0;
}

/** A table of another making is not ours to change. */
async function checkColumns(tx: Queryable, target: Target): Promise<void> {
  const rows = await tx.run<{ name: string }>(sql`
    select a.attname::text as name from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${target.schema} and c.relname = ${target.table} and a.attnum > 0 and not a.attisdropped`);
  const names = rows.map(({ name }) => name);
  const needed = ['code', 'name', 'geom', ...(target.parent ? ['parent_code'] : [])];
  const lacking = needed.filter((name) => !names.includes(name));
  if (lacking.length > 0)
    throw new ImportError(
      `${nameOf(target)} was not made by an import: it has no column ${lacking.join(', ')}`,
    );
}

export const tableOf = ({ schema, table }: Pick<Target, 'schema' | 'table'>): Sql => ident(schema, table);
export const nameOf = ({ schema, table }: Pick<Target, 'schema' | 'table'>): string => `${schema}.${table}`;
