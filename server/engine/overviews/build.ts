import { relationName, type Overviews, type TableLayer } from '../../catalog/types.ts';
import { ident, sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { cellsFor, excess, fullestTile, type Fullness } from './budget.ts';
import { basisOf, forgetChanges } from '../auto/captures.ts';
import { mergedTable, rowsTable, tablesOf, tilesTable, wholeTable, type CopyTable } from './copies.ts';
import { keepRows, keyColumns } from './following/rows.ts';
import { makeLevel, planBlocks, projectRows, ROWS, shareLeft, sourceFor } from './level.ts';
import { createTiles, HIGHEST_MADE, makeTiles, takesLong } from './made-tiles.ts';
import { overviewDefinition } from './overviews.ts';
import { consumerOf, lockRow, type OverviewRow } from './record.ts';

/** A copy serves two zooms; above the last one a tile has so few vertices that it gains nothing. */
const ZOOMS = [11, 9, 7, 5, 3] as const;
/** A copy that keeps more of the vertices of the one above it is not worth its space. */
const WORTHWHILE = 0.7;
/** Of cells that are too small, the next ones are so many times larger than what would just do. */
const MARGIN = 1.05;
const BUILD_TIMEOUT_MS = 3_600_000;

/** A copy that was made. */
export interface BuiltCopy {
  /** The highest zoom that it is good for, or the only one where neighbours were put together. */
  readonly zoom: number;
  readonly merged: boolean;
  readonly rows: number;
}

/** What was made. */
export interface BuiltOverviews {
  readonly copies: readonly BuiltCopy[];
  /** Zooms whose tiles are there. */
  readonly made: readonly number[];
  /** Names of all tables. */
  readonly tables: readonly string[];
}

export interface OverviewsOptions {
  /** The layer's generation, read before this call. */
  readonly token: string;
  /** Tile units around tiles. */
  readonly buffer: number;
  readonly step?: (text: string) => void;
}

/** Makes the copies of a layer anew, in one transaction; those of before are dropped with it. */
export async function buildOverviews(
  db: Database,
  layer: TableLayer,
  options: OverviewsOptions,
): Promise<BuiltOverviews> {
  return db.dedicated(async (tx) => buildOverviewsIn(tx, layer, await lockRow(tx, layer), options), {
    name: 'chorograph overviews',
    timeoutMs: BUILD_TIMEOUT_MS,
  });
}

/**
 * The same in a transaction that somebody else has begun.
 * @param before what there is so far
 */
export async function buildOverviewsIn(
  tx: Queryable,
  layer: TableLayer,
  before: OverviewRow,
  { token, buffer, step = () => {}, isOfOneMoment = false }: OverviewsOptions & { isOfOneMoment?: boolean },
): Promise<BuiltOverviews> {
  step('projecting its rows');
  await projectRows(tx, layer);
  const work = { tx, layer, step, buffer, next: { id: before.id, build: before.build + 1 } };
  const whole = await wholeCopies(work);
  const { merged, cells, made } = await fullZooms(work, whole);
  const { basis, rows } = isOfOneMoment ? await beginToFollow(work) : { basis: null, rows: 0 };
  for (const { schema, name } of tablesOf(before))
    await tx.run(sql`drop table if exists ${ident(schema, name)}`);
  const built = { ...work.next, zooms: zoomsOf(whole), merged: zoomsOf(merged), made, basis };
  const copies = [...whole, ...merged];
  await tx.run(
    sql`update chorograph.overview set build = ${built.build}, source_token = ${token},
        definition = ${overviewDefinition(layer)}, zooms = ${built.zooms}::int[], merged = ${built.merged}::int[],
        made = ${made}::int[], buffer = ${buffer}, cells = ${cells}::float8[], basis = ${basis}, rows = ${rows},
        copied = ${copies.reduce((sum, copy) => sum + copy.rows, 0)}, followed = 0, built_at = now()
      where id = ${built.id}`,
  );
  await tx.run(sql`notify chorograph_catalog`);
  return { copies, made, tables: tablesOf(built).map(({ name }) => name) };
}

const zoomsOf = (copies: readonly BuiltCopy[]): number[] =>
  copies.map(({ zoom }) => zoom).sort((a, b) => a - b);

/** Keeps what it takes to follow what changes after the moment that a transaction sees, where anything tells that. */
async function beginToFollow({ tx, layer, next }: Work): Promise<{ basis: string | null; rows: number }> {
  const keys = keyColumns(layer);
  const consumer = consumerOf(relationName(layer), layer.geometry.column);
  const basis = keys ? await basisOf(tx, consumer) : null;
  if (!keys || basis === null) return { basis: null, rows: 0 };
  await keepRows(tx, layer, { table: rowsTable(next), keys });
  await forgetChanges(tx, consumer);
  return { basis, rows: await rowsOf(tx, ROWS) };
}

interface Work {
  readonly tx: Queryable;
  readonly layer: TableLayer;
  readonly step: (text: string) => void;
  readonly buffer: number;
  readonly next: Pick<Overviews, 'id' | 'build'>;
}

/** Copies of every row: from the finest down, each from the one above it; one that saves little is left out. */
async function wholeCopies({ tx, layer, next, step }: Work): Promise<BuiltCopy[]> {
  const kept: BuiltCopy[] = [];
  let source: CopyTable = ROWS;
  let planned: CopyTable | undefined;
  for (const zoom of ZOOMS) {
    step(`generalizing for zoom ${zoom}`);
    if (planned !== source) await planBlocks(tx, layer, { source, zoom });
    planned = source;
    if (kept.length > 0 && (await shareLeft(tx, layer, { source, zoom })) > WORTHWHILE) continue;
    const table = wholeTable(next, zoom);
    await makeLevel(tx, layer, { source, table, zoom });
    kept.push({ zoom, merged: false, rows: await rowsOf(tx, table) });
    source = table;
  }
  return kept;
}

/**
 * Copies of the zooms whose fullest tile is too large, from the first such zoom down, each from the one above it; and the
 * tiles of all zooms that have some which take long to make.
 */
async function fullZooms(
  { tx, layer, next, step, buffer }: Work,
  whole: readonly BuiltCopy[],
): Promise<{ merged: BuiltCopy[]; cells: number[]; made: number[] }> {
  const merged: BuiltCopy[] = [];
  const cells: number[] = [];
  const made: number[] = [];
  const tiles = tilesTable(next);
  let source: CopyTable | undefined;
  for (let zoom = HIGHEST_MADE; zoom >= 0; zoom--) {
    const own = sourceFor({ ...next, zooms: zoomsOf(whole) }, zoom);
    let fullest = await fullestTile(tx, layer, source ?? own, zoom);
    if (source || excess(fullest) > 1) {
      step(`putting neighbours together for zoom ${zoom}`);
      const table = mergedTable(next, zoom);
      const { cell, ...found } = await mergedCopy(tx, layer, { source: source ?? own, table, zoom });
      fullest = found;
      cells.unshift(cell);
      merged.push({ zoom, merged: true, rows: await rowsOf(tx, table) });
      source = table;
    }
    if (!takesLong(fullest)) continue;
    step(`making tiles of zoom ${zoom}`);
    if (made.length === 0) await createTiles(tx, tiles);
    await makeTiles(tx, layer, { copy: source ?? own, tiles, zoom, buffer });
    made.unshift(zoom);
  }
  if (made.length > 0) await tx.run(sql`analyze ${ident(tiles.schema, tiles.name)}`);
  return { merged, cells, made };
}

/** With cells as large as it takes for the fullest tile to be small enough. */
async function mergedCopy(
  tx: Queryable,
  layer: TableLayer,
  level: { source: CopyTable; table: CopyTable; zoom: number },
): Promise<Fullness & { cell: number }> {
  let cells = await cellsFor(tx, layer, level.source, level.zoom);
  for (;;) {
    const cell = cells[0]!;
    await planBlocks(tx, layer, { ...level, cell });
    await makeLevel(tx, layer, { ...level, cell });
    const fullest = await fullestTile(tx, layer, level.table, level.zoom);
    const over = excess(fullest);
    const larger = cells.filter((one) => one > cell);
    if (over <= 1 || larger.length === 0) return { ...fullest, cell };
    await tx.run(sql`drop table ${ident(level.table.schema, level.table.name)}`);
    const enough = larger.filter((one) => one >= cell * Math.sqrt(over) * MARGIN);
    cells = enough.length > 0 ? enough : larger.slice(-1);
  }
}

async function rowsOf(tx: Queryable, { schema, name }: CopyTable): Promise<number> {
  const [size] = await tx.run<{ rows: number }>(
    sql`select count(*)::int as rows from ${ident(schema, name)}`,
  );
  return size?.rows ?? 0;
}
