import { number } from '../../catalog/expressions.ts';
import { isFinite } from '../../catalog/geometry.ts';
import type { Overviews, TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { Thread } from '../../tools/thread.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES } from '../grid.ts';
import { inMetres } from '../postgis/metres.ts';
import { packBlock, type PackedBlock, type PackedResult } from './borders/block.ts';
import type { BlockRow, Coarseness } from './borders/generalize.ts';
import { ownColumns, sidesOf, wholeTable, type CopyTable, type Sides } from './copies.ts';

/** Vertices that are simplified together, and with them the rows that touch theirs. */
const BLOCK_VERTICES = 50_000;
/** A polygon's outline within this is a thing of its own; of neighbours that were put together smaller parts go. */
const PART = 1 / 8;
/** By how much of a cell outlines may move where neighbours are put together, but no less than half a unit. */
const MERGED_TOLERANCE = 1 / 24;
const LEAST_MERGED_TOLERANCE = 0.5;
/** Blocks that tell how much all would shrink. */
const SAMPLES = 3;
/** Tile units that an outline may move by at a copy's highest zoom: half of what `ST_AsMVTGeom` takes away itself. */
const TOLERANCE = 0.25;

/** What is copied is served meanwhile. */
const NICENESS = 15;

const thread = new Thread<PackedBlock, PackedResult>(new URL('./borders/borders-worker', import.meta.url), {
  maxWaiting: 100,
  timeoutMs: 300_000,
  niceness: NICENESS,
});

/** The layer's rows in metres, for the time of a transaction. */
export const ROWS: CopyTable = { schema: 'pg_temp', name: 'chorograph_overview_rows' };
/** Rows with their groups and blocks; those that are only looked at are in no block, which is NOT_OWN. */
export const TODO = ident('pg_temp', 'chorograph_overview_todo');
export const NOT_OWN = sql`-1`;
const MADE = ident('pg_temp', 'chorograph_overview_made');

/** What the rows of a zoom are taken from where none are put together: the coarsest copy that is fine enough. */
export function sourceFor(build: Pick<Overviews, 'id' | 'build' | 'zooms'>, zoom: number): CopyTable {
  const finest = build.zooms.find((highest) => highest >= zoom);
  return finest === undefined ? ROWS : wholeTable(build, finest);
}

/** Metres of a tile unit. */
export function unitAt(zoom: number): number {
  return (2 * HALF_WORLD_METRES) / (DEFAULT_EXTENT * 2 ** zoom);
}

/** Projects a layer's rows and numbers them so that neighbours have numbers near each other. */
export async function projectRows(tx: Queryable, layer: TableLayer): Promise<void> {
  const geometry = ident(layer.geometry.column);
  const { row, rows } = ownColumns(layer);
  const columns = layer.columns.map(({ name }) => ident(name));
  const table = ident(ROWS.schema, ROWS.name);
  await tx.run(sql`drop table if exists ${table}`);
  await tx.run(sql`create temp table ${ident(ROWS.name)} on commit drop as
    select ${join([...columns, geometry])}, row_number() over ()::int as ${ident(row)}, 1 as ${ident(rows)}
    from ${projected(layer, sql`order by ${geometry}`)}`);
  await indexCopy(tx, layer, ROWS);
}

/** Rows of a layer in metres: those that there is anything of. */
export function projected(layer: TableLayer, which: Sql): Sql {
  const g = ident(layer.geometry.column);
  const columns = layer.columns.map(({ name }) => ident(name));
  return sql`(select * from (select ${join([...columns, sql`(${inMetres(layer)})::geometry(geometry, 3857) as ${g}`])}
    from ${ident(layer.schema, layer.name)} where ${isFinite(layer)} ${which}) drawn where not st_isempty(${g})) projected`;
}

/** What is made of what. */
export interface Making {
  readonly source: CopyTable;
  /** The highest zoom that it is good for. */
  readonly zoom: number;
  /** Rows smaller than this many tile units become one where their middles lie in the same cell of that size. */
  readonly cell?: number;
}

export interface Level extends Making {
  readonly table: CopyTable;
}

/** Makes a copy from the layer's rows or from a finer copy, of blocks that are planned. */
export async function makeLevel(tx: Queryable, layer: TableLayer, level: Level): Promise<void> {
  await generalizeBlocks(tx, layer, level);
  const { schema, name } = level.table;
  await tx.run(sql`create table ${ident(schema, name)} as ${madeRows(layer, level)} order by m.row`);
  await indexCopy(tx, layer, level.table);
}

/** Generalizes the rows of all blocks that are planned. */
export async function generalizeBlocks(tx: Queryable, layer: TableLayer, level: Making): Promise<void> {
  await tx.run(sql`drop table if exists ${MADE}`);
  await tx.run(sql`create temp table chorograph_overview_made (row integer, g geometry) on commit drop`);
  const blocks = await tx.run<{ block: number }>(
    sql`select distinct block from ${TODO} where block <> ${NOT_OWN} order by block`,
  );
  const coarseness = coarsenessOf(level);
  const read = (i: number): Promise<BlockRow[]> | undefined =>
    blocks[i] && tx.run<BlockRow>(blockQuery(layer, level, blocks[i].block));
  let next = read(0);
  for (let i = 0; i < blocks.length; i++) {
    const rows = await next;
    // The database reads the next block while the thread has this one.
    next = read(i + 1);
    next?.catch(() => {});
    await keep(tx, await thread.run(packBlock(rows ?? [], coarseness), 'overviews'));
  }
}

/** How much of the vertices would be left of all rows, by some blocks of them that are planned. */
export async function shareLeft(tx: Queryable, layer: TableLayer, making: Making): Promise<number> {
  const blocks = await tx.run<{ block: number }>(
    sql`select min(block) as block from (
        select block, ntile(${number(SAMPLES)}) over (order by block) as part from (select distinct block from ${TODO}) blocks
      ) parts group by part`,
  );
  let [before, after] = [0, 0];
  for (const { block } of blocks) {
    const rows = await tx.run<BlockRow>(blockQuery(layer, making, block));
    for (const { own, wkb } of rows) if (own) before += wkb.length;
    after += (await thread.run(packBlock(rows, coarsenessOf(making)), 'overviews')).wkb.length;
  }
  return before === 0 ? 1 : after / before;
}

function coarsenessOf({ zoom, cell }: Making): Coarseness {
  const unit = unitAt(zoom);
  // As ST_AsMVTGeom does with half a unit: what is smaller in both directions cannot be seen.
  if (cell === undefined) return { tolerance: unit * TOLERANCE, smallest: unit / 2, smallestPart: 0 };
  const tolerance = unit * Math.max(cell * MERGED_TOLERANCE, LEAST_MERGED_TOLERANCE);
  return { tolerance, smallest: unit, smallestPart: (unit * cell * PART) ** 2 };
}

/** Which rows belong together, and in which block each is: a group is in one, and blocks are of neighbours. */
export async function planBlocks(
  tx: Queryable,
  layer: TableLayer,
  { source, zoom, cell }: Making,
): Promise<void> {
  const g = ident(layer.geometry.column);
  const row = ident(ownColumns(layer).row);
  const groups = cell === undefined ? row : groupOf(layer, cell * unitAt(zoom));
  await planRows(
    tx,
    inBlocks(sql`select ${row} as row, ${groups} as grp, st_npoints(${g}) as size
      from ${ident(source.schema, source.name)}`),
  );
}

/** Rows with their groups, in blocks of as many vertices as are simplified together. */
export function inBlocks(grouped: Sql): Sql {
  return sql`select row, grp, (max(upto) over (partition by grp) / ${number(BLOCK_VERTICES)})::int as block
    from (select row, grp, sum(size) over (order by grp, row) as upto from (${grouped}) grouped) counted`;
}

export async function planRows(tx: Queryable, rows: Sql): Promise<void> {
  await tx.run(sql`drop table if exists ${TODO}`);
  await tx.run(sql`create temp table chorograph_overview_todo on commit drop as ${rows}`);
  await tx.run(sql`create index on ${TODO} (block)`);
  await tx.run(sql`create index on ${TODO} (grp)`);
  await tx.run(sql`create unique index on ${TODO} (row)`);
  await tx.run(sql`analyze ${TODO}`);
}

/** The first row of those that are put together with a row; itself where it is larger than a cell. */
function groupOf(layer: TableLayer, metres: number): Sql {
  const { isSmall, x, y } = inCells(sidesOf(ident(layer.geometry.column)), sql`${metres}::float8`);
  const row = ident(ownColumns(layer).row);
  return sql`case when ${isSmall} then min(${row}) over (partition by ${isSmall}, ${x}, ${y}) else ${row} end`;
}

/** Whether a row is smaller than a cell, and in which one its middle is. */
export function inCells({ xmin, ymin, xmax, ymax }: Sides, size: Sql): { isSmall: Sql; x: Sql; y: Sql } {
  const middle = (low: Sql, high: Sql): Sql => sql`floor((${low} + ${high}) / 2 / ${size})`;
  return {
    isSmall: sql`(greatest(${xmax} - ${xmin}, ${ymax} - ${ymin}) < ${size})`,
    x: middle(xmin, xmax),
    y: middle(ymin, ymax),
  };
}

/**
 * The rows of a block, and all of each group of which one's box meets one of theirs: what becomes of a block depends on
 * no others. In the order of their keys, which no number of a row tells once rows have come and gone.
 */
function blockQuery(layer: TableLayer, { source }: Making, block: number): Sql {
  const g = ident(layer.geometry.column);
  const row = ident(ownColumns(layer).row);
  const from = ident(source.schema, source.name);
  const order = (layer.key?.columns.map((name) => ident(name)) ?? [row]).map((column) => sql`s.${column}`);
  return sql`with own as materialized (
      select t.row, t.grp, s.${g} as g from ${TODO} t join ${from} s on s.${row} = t.row where t.block = ${block}
    ), near as materialized (
      select distinct t.grp from own join ${from} s on s.${g} && own.g join ${TODO} t on t.row = s.${row}
      where t.block <> ${block}
    ), both_of_them as (
      select row, grp, true as own from own
      union all select t.row, grp, false from near join ${TODO} t using (grp)
    )
    select b.row, b.grp as "group", b.own, st_asbinary(s.${g}, 'NDR') as wkb
    from both_of_them b join ${from} s on s.${row} = b.row order by ${join(order)}`;
}

async function keep(tx: Queryable, { rows, starts, wkb }: PackedResult): Promise<void> {
  if (rows.length === 0) return;
  const begin = Array.from(rows, (_, i) => starts[i]! + 1);
  const length = Array.from(rows, (_, i) => starts[i + 1]! - starts[i]!);
  const bytes = Buffer.from(wkb.buffer, wkb.byteOffset, wkb.byteLength);
  await tx.run(sql`insert into ${MADE}
    select part.row, st_geomfromwkb(substring(${bytes}::bytea from part.begin for part.length), 3857)
    from unnest(${Array.from(rows)}::int[], ${begin}::int[], ${length}::int[]) part (row, begin, length)`);
}

/** Rows of a copy from what was made. Attributes are those of the row that each stands for. */
export function madeRows(layer: TableLayer, { source }: Making): Sql {
  const { row, rows } = ownColumns(layer);
  const columns = layer.columns.map(({ name }) => sql`s.${ident(name)}`);
  const g = ident(layer.geometry.column);
  const from = ident(source.schema, source.name);
  return sql`select ${join([...columns, sql`m.g::geometry(geometry, 3857) as ${g}`, sql`s.${ident(row)}`])},
      counted.rows as ${ident(rows)}
    from ${MADE} m join ${from} s on s.${ident(row)} = m.row join ${TODO} t on t.row = m.row
      join (select t.grp, sum(s.${ident(rows)})::int as rows
        from ${TODO} t join ${from} s on s.${ident(row)} = t.row where t.block <> ${NOT_OWN}
        group by t.grp) counted on counted.grp = t.grp`;
}

export async function indexCopy(
  tx: Queryable,
  layer: TableLayer,
  { schema, name }: CopyTable,
): Promise<void> {
  const table = ident(schema, name);
  await tx.run(sql`create index on ${table} using gist (${ident(layer.geometry.column)})`);
  await tx.run(sql`create unique index on ${table} (${ident(ownColumns(layer).row)})`);
  await tx.run(sql`analyze ${table}`);
}
