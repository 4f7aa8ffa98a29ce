import { relationName, type Overviews, type TableLayer } from '../../catalog/types.ts';
import { ident, sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { cellsFor, excess, fullestTile } from './budget.ts';
import { mergedTable, tablesOf, tilesTable, wholeTable, type CopyTable } from './copies.ts';
import { makeLevel, planBlocks, projectRows, ROWS, shareLeft } from './level.ts';
import { createTiles, makeTiles, takesLong } from './made-tiles.ts';
import { overviewDefinition } from './overviews.ts';

/** A copy serves two zooms; above the last one a tile has so few vertices that it gains nothing. */
const ZOOMS = [11, 9, 7, 5, 3] as const;
/** The highest zoom at which neighbours may be put together, and tiles made beforehand. */
const HIGHEST_MADE = 13;
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

type Build = Pick<Overviews, 'id' | 'build' | 'zooms' | 'merged' | 'made'>;

/** Makes the copies of a layer anew, in one transaction; those of before are dropped with it. */
export async function buildOverviews(
  db: Database,
  layer: TableLayer,
  options: OverviewsOptions,
): Promise<BuiltOverviews> {
  return db.dedicated((tx) => buildOverviewsIn(tx, layer, options), {
    name: 'chorograph overviews',
    timeoutMs: BUILD_TIMEOUT_MS,
  });
}

/** The same in a transaction that somebody else has begun. */
export async function buildOverviewsIn(
  tx: Queryable,
  layer: TableLayer,
  { token, buffer, step = () => {} }: OverviewsOptions,
): Promise<BuiltOverviews> {
  const [before] = await tx.run<Build>(
    sql`insert into chorograph.overview (relation, geometry) values (${relationName(layer)}, ${layer.geometry.column})
      on conflict (relation, geometry) do update set relation = excluded.relation
      returning id, build, zooms, merged, made`,
  );
  if (!before) throw new Error('insert … returning gives a row');
  step('projecting its rows');
  await projectRows(tx, layer);
  const work = { tx, layer, step, buffer, next: { id: before.id, build: before.build + 1 } };
  const whole = await wholeCopies(work);
  const { merged, made } = await fullZooms(work, whole);
  for (const { schema, name } of tablesOf(before))
    await tx.run(sql`drop table if exists ${ident(schema, name)}`);
  const zooms = (copies: readonly BuiltCopy[]): number[] =>
    copies.map(({ zoom }) => zoom).sort((a, b) => a - b);
  const built = { ...work.next, zooms: zooms(whole), merged: zooms(merged), made };
  await tx.run(
    sql`update chorograph.overview set build = ${built.build}, source_token = ${token},
        definition = ${overviewDefinition(layer)}, zooms = ${built.zooms}::int[], merged = ${built.merged}::int[],
        made = ${made}::int[], buffer = ${buffer}, built_at = now()
      where id = ${built.id}`,
  );
  await tx.run(sql`notify chorograph_catalog`);
  return { copies: [...whole, ...merged], made, tables: tablesOf(built).map(({ name }) => name) };
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
): Promise<{ merged: BuiltCopy[]; made: number[] }> {
  const merged: BuiltCopy[] = [];
  const made: number[] = [];
  const tiles = tilesTable(next);
  let source: CopyTable | undefined;
  for (let zoom = HIGHEST_MADE; zoom >= 0; zoom--) {
    const finest = [...whole].reverse().find((copy) => copy.zoom >= zoom);
    const own = finest ? wholeTable(next, finest.zoom) : ROWS;
    let fullest = await fullestTile(tx, layer, source ?? own, zoom);
    if (source || excess(fullest) > 1) {
      step(`putting neighbours together for zoom ${zoom}`);
      const table = mergedTable(next, zoom);
      fullest = await mergedCopy(tx, layer, { source: source ?? own, table, zoom });
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
  return { merged, made };
}

/** With cells as large as it takes for the fullest tile to be small enough. */
async function mergedCopy(
  tx: Queryable,
  layer: TableLayer,
  level: { source: CopyTable; table: CopyTable; zoom: number },
): Promise<ReturnType<typeof fullestTile>> {
  let cells = await cellsFor(tx, layer, level.source, level.zoom);
  for (;;) {
    const cell = cells[0]!;
    await planBlocks(tx, layer, { ...level, cell });
    await makeLevel(tx, layer, { ...level, cell });
    const fullest = await fullestTile(tx, layer, level.table, level.zoom);
    const over = excess(fullest);
    const larger = cells.filter((one) => one > cell);
    if (over <= 1 || larger.length === 0) return fullest;
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
