import { readFile } from 'node:fs/promises';
import { ident, join, sql, statement, type Sql } from '../db/sql.ts';
import type { Database, Queryable } from '../db/types.ts';
import { projectPath } from '../tools/paths.ts';
import { DEMO_PARTS, madeByPack, MARK, type DemoPart, type DemoPartName, type DemoTable } from './parts.ts';

export interface SeedOptions {
  /** One part alone; both where absent. */
  only?: DemoPartName;
  /** Called before the first and after every batch of a table: rows done, rows in all. */
  onProgress?: (step: string, done: number, total: number) => void;
}

export interface SeedReport {
  parts: {
    part: DemoPartName;
    status: 'loaded' | 'already there';
    rows: Record<string, number>;
    ms: number;
  }[];
}

const BATCH = 1_000;
/** The embedded database is slow on a busy machine; one batch never comes near this. */
const PATIENCE = { timeoutMs: 120_000 };

/**
 * Loads the demo data, each part in one transaction. A part that is already there is left as it is.
 * @throws Error when relations of the same name belong to somebody else, or when the database took in
 *   something else than was sent; nothing of that part is kept then.
 */
export async function seedDemo(db: Database, options: SeedOptions = {}): Promise<SeedReport> {
  const report: SeedReport = { parts: [] };
  for (const part of DEMO_PARTS.filter(({ name }) => !options.only || name === options.only)) {
    const started = performance.now();
    const result = await db.transaction((tx) => seedPart(tx, part, options), PATIENCE);
    report.parts.push({ part: part.name, ...result, ms: Math.round(performance.now() - started) });
  }
  return report;
}

async function seedPart(
  tx: Queryable,
  part: DemoPart,
  options: SeedOptions,
): Promise<Pick<SeedReport['parts'][number], 'status' | 'rows'>> {
  await refuseForeignRelations(tx, part);
  if (await isLoaded(tx, part)) return { status: 'already there', rows: await countRows(tx, part.tables) };
  await tx.run(statement(await readFile(projectPath('sql', 'demo', `${part.name}.sql`), 'utf8')), PATIENCE);
  if (part.pack) await tx.run(statement(await readFile(packFile(part.pack.file), 'utf8')), PATIENCE);
  const tables = part.load();
  await switchTriggers(tx, part, sql`disable`);
  for (const table of tables) await fill(tx, table, options);
  await switchTriggers(tx, part, sql`enable`);
  for (const view of part.views)
    await tx.run(sql`refresh materialized view ${ident('public', view)}`, PATIENCE);
  await recordGenerations(tx, part.views);
  const rows = await countRows(tx, part.tables);
  verifyCounts(tables, rows);
  for (const table of part.polygons) await verifyPolygons(tx, table);
  await tx.run(
    sql`analyze ${join([...part.tables, ...part.views].map((name) => ident('public', name)))}`,
    PATIENCE,
  );
  return { status: 'loaded', rows };
}

const packFile = (pack: string): string => projectPath('sql', 'packs', pack, 'up.sql');

async function switchTriggers(tx: Queryable, { resting = [] }: DemoPart, how: Sql): Promise<void> {
  for (const { table, trigger } of resting)
    await tx.run(sql`alter table ${ident('public', table)} ${how} trigger ${ident(trigger)}`);
}

/** Says when the views were made, where schema `chorograph` is there to keep it. */
async function recordGenerations(tx: Queryable, views: readonly string[]): Promise<void> {
  const [schema] = await tx.run<{ present: boolean }>(
    sql`select to_regprocedure('chorograph.bump(text)') is not null as present`,
  );
  if (!schema?.present) return;
  for (const view of views) await tx.run(sql`select chorograph.bump(${`public.${view}`})`);
}

async function refuseForeignRelations(tx: Queryable, { name, tables, views, pack }: DemoPart): Promise<void> {
  // What a pack made is the demo's where the demo's own tables are; elsewhere it is of somebody's own data.
  const packed = pack === undefined ? sql`false` : madeByPack(pack.mark, tables.at(-1)!);
  const foreign = await tx.run<{ relation: string }>(sql`
    select c.relname as relation
    from pg_class c
    where c.relnamespace = 'public'::regnamespace
      and c.relname = any(${[...tables, ...views]}::text[])
      and coalesce(obj_description(c.oid, 'pg_class'), '') not like ${`${MARK}%`}
      and not ${packed}
    order by 1`);
  if (foreign.length === 0) return;
  const names = foreign.map(({ relation }) => `public.${relation}`).join(', ');
  throw new Error(
    `The demo part "${name}" was not loaded: ${names} exists and is not the demo's own. ` +
      'Nothing was changed. Load the demo into another database.',
  );
}

/** A part is loaded in one transaction, so rows in its last table speak for all of it. */
async function isLoaded(tx: Queryable, { tables }: DemoPart): Promise<boolean> {
  const last = tables.at(-1)!;
  const [table] = await tx.run(sql`
    select from pg_class where relnamespace = 'public'::regnamespace and relname = ${last}`);
  if (!table) return false;
  const rows = await tx.run(sql`select 1 as one from ${ident('public', last)} limit 1`);
  return rows.length > 0;
}

async function fill(
  tx: Queryable,
  { table, rows, insert }: DemoTable,
  { onProgress }: SeedOptions,
): Promise<void> {
  onProgress?.(table, 0, rows.length);
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH);
    await tx.run(insert(JSON.stringify(batch)), PATIENCE);
    onProgress?.(table, start + batch.length, rows.length);
  }
}

async function countRows(tx: Queryable, tables: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const [row] = await tx.run<{ n: number }>(
      sql`select count(*)::integer as n from ${ident('public', table)}`,
    );
    counts[table] = row?.n ?? 0;
  }
  return counts;
}

/** The embedded PostGIS can end a failing statement without rows and without an error: only counting tells. */
function verifyCounts(tables: readonly DemoTable[], counts: Record<string, number>): void {
  for (const { table, rows } of tables) {
    if (counts[table] !== rows.length) {
      throw new Error(`public.${table} has ${counts[table]} rows where ${rows.length} were sent`);
    }
  }
}

/** For the same reason this counts the valid polygons instead of looking for invalid ones. */
async function verifyPolygons(tx: Queryable, table: string): Promise<void> {
  const [row] = await tx.run<{ valid: number; n: number }>(
    sql`
    select count(*) filter (where ST_IsValid(geom))::integer as valid, count(*)::integer as n
    from ${ident('public', table)}`,
    PATIENCE,
  );
  if (!row || row.valid !== row.n) {
    throw new Error(
      `public.${table}: ${row ? `${row.valid} of ${row.n}` : 'none'} polygons could be validated`,
    );
  }
}
