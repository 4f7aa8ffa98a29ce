import { ident, join, sql } from '../../db/sql.ts';
import { sqlState } from '../../db/sqlstate.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { AppError } from '../../errors.ts';
import {
  categoriesQuery,
  cellsTable,
  createStatement,
  finestStatement,
  indexStatement,
  passStatement,
  rollUpStatement,
  totalsQuery,
} from './build-sql.ts';
import { basisOf, forgetChanges } from '../auto/captures.ts';
import { MAX_CATEGORIES, type PyramidBuild, type PyramidDefinition } from './definition.ts';
import { follow, keepChanges } from './follow.ts';
import { consumerOf, lockRow, pyramidRelation, tableName, type PyramidRow } from './record.ts';

export type BuildStep = 'reading the points' | 'adding up the zooms' | 'indexing';

export interface BuildOptions {
  /** Generation of the source, read before this call: what changes later calls for another build. */
  sourceToken: string;
  /** Builds even where the present build is of this source token. */
  force?: boolean;
  onStep?: (step: BuildStep) => void;
  signal?: AbortSignal;
  /** False where it may only follow what changed since. */
  mayReadAll?: boolean;
}

/**
 * `followed`: it took in what changed; `busy`: another instance builds this pyramid now; `current`: it has been built
 * since; `later`: it has to be made of all rows, which was not to be now.
 */
export type BuildOutcome = 'built' | 'followed' | 'current' | 'busy' | 'later';

/** Longest build in ms: far above any, but a lost one must end some time. */
const PATIENCE_MS = 3_600_000;
/** Adding up hundreds of thousands of cells in memory took half the time of doing it on disk. */
const WORK_MEMORY = '64MB';
/** Another instance built between our first look and our lock. */
const OVERTAKEN = '40001';

/**
 * Builds the pyramid of a layer in one transaction: readers see the whole of the old build or the whole
 * of the new one, and the generation grows with it. The row lock lets one instance at a time build.
 */
export async function buildPyramid(
  db: Database,
  definition: PyramidDefinition,
  options: BuildOptions,
): Promise<BuildOutcome> {
  const layer = definition.layer.id;
  await db.run(sql`insert into chorograph.pyramid (layer) values (${layer}) on conflict do nothing`);
  await keepChanges(db, definition);
  const run = {
    name: `chorograph pyramid ${layer}`,
    timeoutMs: PATIENCE_MS,
    signal: options.signal,
    snapshot: true,
  };
  const work = async (tx: Queryable): Promise<PyramidRow | BuildOutcome> => {
    const row = await lockRow(tx, layer);
    if (!row) return 'busy';
    const same = row.definition === definition.fingerprint && row.source_token === options.sourceToken;
    if (same && !options.force) return 'current';
    if (!options.force && (await follow(tx, definition, row, options))) return 'followed';
    if (options.mayReadAll === false) return 'later';
    await tx.run(sql`select set_config('work_mem', ${WORK_MEMORY}, true), set_config('jit', 'off', true)`);
    await fill(tx, definition, row, options);
    return row;
  };
  const result = await db.dedicated(work, run).catch((error: unknown): BuildOutcome => {
    if (error instanceof AppError && sqlState(error.cause) === OVERTAKEN) return 'busy';
    throw error;
  });
  if (typeof result === 'string') return result;
  // A reader that still goes by the build before finds its table gone and looks again.
  await dropOthers(db, result.id, result.build + 1).catch(() => {});
  return 'built';
}

async function fill(
  tx: Queryable,
  definition: PyramidDefinition,
  row: PyramidRow,
  options: BuildOptions,
): Promise<void> {
  const started = performance.now();
  options.onStep?.('reading the points');
  await tx.run(passStatement(definition));
  await finish(tx, definition, row, { ...options, started });
}

/**
 * Makes the next build of what the pass found.
 * @returns its table and how many points it holds
 */
export async function finish(
  tx: Queryable,
  definition: PyramidDefinition,
  row: PyramidRow,
  {
    sourceToken,
    onStep = () => {},
    started,
    coarser = 0,
  }: BuildOptions & {
    /** When the build began, by `performance.now()`. */
    started: number;
    /** Zooms by which the definition's finest cells are coarser than those of the pass. */
    coarser?: number;
  },
): Promise<{ table: string; points: number }> {
  const table = tableName(row.id, row.build + 1);
  const sums = definition.sums.length;
  const found = await tx.run<{ category: string }>(categoriesQuery());
  const categories = found.slice(0, MAX_CATEGORIES).map(({ category }) => category);
  const hasOther = found.length > MAX_CATEGORIES;
  const [totals] = await tx.run<{ points: number; left_out: number }>(totalsQuery());

  onStep('adding up the zooms');
  await tx.run(createStatement(table, sums, categories.length, hasOther));
  await tx.run(finestStatement(table, definition, categories, { hasOther, coarser }));
  const rollUp = rollUpStatement(table, definition.below, sums, categories.length, hasOther);
  if (rollUp) await tx.run(rollUp);
  await verify(tx, table, definition.below, totals?.points ?? 0);

  onStep('indexing');
  await tx.run(indexStatement(table));
  await tx.run(sql`analyze ${cellsTable(table)}`);
  await tx.run(sql`update chorograph.pyramid set build = build + 1, definition = ${definition.fingerprint},
      source_token = ${sourceToken}, categories = ${categories}, has_other = ${hasOther},
      points = ${totals?.points ?? 0}, left_out = ${totals?.left_out ?? 0},
      cells = (select count(*) from ${cellsTable(table)}),
      build_ms = ${Math.round(performance.now() - started)}, built_at = clock_timestamp(),
      below = ${definition.isAutomatic ? definition.below : null},
      basis = ${await basisOf(tx, consumerOf(definition))}, followed = 0
    where id = ${row.id}`);
  await forgetChanges(tx, consumerOf(definition));
  await tx.run(sql`select chorograph.bump(${pyramidRelation(definition.layer.id)})`);
  return { table, points: totals?.points ?? 0 };
}

/** Every level must hold every point: the embedded database may lose rows without a word. */
async function verify(tx: Queryable, table: string, below: number, points: number): Promise<void> {
  const levels = await tx.run<{ points: number }>(
    sql`select sum(count)::bigint as points from ${cellsTable(table)} group by z`,
  );
  const complete = levels.every((level) => level.points === points);
  if (!complete || levels.length !== (points > 0 ? below : 0)) {
    throw new Error(`the pyramid's zooms do not hold ${points} points each`);
  }
}

/** Drops all builds of a pyramid but one. */
export async function dropOthers(db: Queryable, id: number, build: number): Promise<void> {
  const old = await db.run<{ name: string }>(
    sql`select relname as name from pg_class where relnamespace = 'chorograph'::regnamespace
      and relkind = 'r' and relname ~ ${`^pyramid_${id}_\\d+$`} and relname <> ${tableName(id, build)}`,
  );
  if (old.length === 0) return;
  await db.run(sql`drop table if exists ${join(old.map(({ name }) => ident('chorograph', name)))}`);
}

interface BuildRow {
  layer: string;
  id: number;
  build: number;
  definition: string;
  source_token: string;
  categories: string[];
  has_other: boolean;
  points: number;
  left_out: number;
  cells: number;
  build_ms: number;
  built_at: string;
  below: number | null;
}

/** The present builds of all layers, by layer id, each with the definition that it was made by. */
export async function readBuilds(
  db: Queryable,
): Promise<Map<string, PyramidBuild & { readonly fingerprint: string }>> {
  const rows =
    await db.run<BuildRow>(sql`select layer, id, build, definition, source_token, categories, has_other,
      points, left_out, cells, build_ms, below, to_char(built_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as built_at
    from chorograph.pyramid where build > 0`);
  return new Map(
    rows.map((row) => [
      row.layer,
      {
        table: tableName(row.id, row.build),
        fingerprint: row.definition,
        sourceToken: row.source_token,
        categories: row.categories,
        hasOther: row.has_other,
        points: row.points,
        leftOut: row.left_out,
        cells: row.cells,
        buildMs: row.build_ms,
        builtAt: row.built_at,
        below: row.below ?? undefined,
      },
    ]),
  );
}
