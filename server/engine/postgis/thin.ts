import { number } from '../../catalog/expressions.ts';
import { rawGeometry } from '../../catalog/geometry.ts';
import type { Column, TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES } from '../grid.ts';
import type { TileCoord } from '../types.ts';

/**
 * Thinning of points: of each cell of a grid the one whose key has the lowest hash is kept. Cells are those of the world, so
 * a point is kept or left out whichever tile it is seen in; and each cell is two of the next finer grid, so what is kept of a
 * grid is kept of every finer one, that of the next zoom with cells as large included.
 */

/** Cells of the finest grid in a tile, as a power of two: 128 × 64. */
export const FINEST_GRID = 13;

/** Columns and rows of cells in a tile, as powers of two. */
function sides(grid: number): [columns: number, rows: number] {
  return [Math.ceil(grid / 2), Math.floor(grid / 2)];
}

/** Tile units around a tile that have to be looked at, so that the cells in its buffer are whole. */
export function bufferOfCells(grid: number, buffer: number): number {
  const cell = DEFAULT_EXTENT / 2 ** Math.floor(grid / 2);
  return Math.ceil(buffer / cell) * cell;
}

/** The grid to try when a tile of this one has so many times the bytes that it may have: a cell less in two halves the points at most. */
export function coarserGrid(grid: number, times: number): number {
  return Math.max(0, grid - Math.max(1, Math.floor(Math.log2(times))));
}

/** Rows of a layer of points, one of each cell, as a relation with the columns that its tiles are made of. */
export function thinned(layer: TableLayer, { coord, grid, columns, metres, where }: ThinQuery): Sql {
  const names = [
    ...new Set([
      layer.geometry.column,
      ...columns.map(({ name }) => name),
      ...(layer.key?.columns ?? []),
      ...(layer.key?.integer === undefined ? [] : [layer.key.integer]),
    ]),
  ];
  const taken = new Set([...names, ...layer.columns.map(({ name }) => name)]);
  const own = (name: string): Sql => ident(untaken(name, taken));
  const [g, x, y, hash] = [own('thin_g'), own('thin_x'), own('thin_y'), own('thin_hash')];
  const [bx, by] = sides(grid);
  const half = number(HALF_WORLD_METRES);
  const cell = (metresFromCorner: Sql, bits: number): Sql =>
    sql`floor((${metresFromCorner}) / (2 * ${half}) * ${number(2 ** (coord.z + bits))})::bigint`;
  const list = join(names.map((name) => ident(name)));
  const middle = (low: Sql, high: Sql): Sql => sql`(${low} + ${high}) / 2`;
  return sql`(select distinct on (${x}, ${y}) ${list} from (
      select ${list}, ${hash}, ${cell(sql`${middle(sql`st_xmin(${g})`, sql`st_xmax(${g})`)} + ${half}`, bx)} as ${x},
        ${cell(sql`${half} - ${middle(sql`st_ymin(${g})`, sql`st_ymax(${g})`)}`, by)} as ${y}
      from (select ${list}, ${metres} as ${g}, ${hashOf(layer)} as ${hash}
        from ${ident(layer.schema, layer.name)} ${where} offset 0) placed
    ) in_cell order by ${x}, ${y}, ${join([hash, ...(layer.key?.columns ?? []).map((name) => ident(name))])}) kept`;
}

interface ThinQuery {
  coord: TileCoord;
  /** Cells in a tile, as a power of two. */
  grid: number;
  /** That the tile carries. */
  columns: readonly Column[];
  /** The geometry in web mercator. */
  metres: Sql;
  where: Sql;
}

/** Of the key; of all that a row has where it has none. */
function hashOf(layer: TableLayer): Sql {
  const all = layer.key
    ? layer.key.columns.map((name) => sql`${ident(name)}::text`)
    : [...layer.columns.map(({ name }) => sql`${ident(name)}::text`), sql`${rawGeometry(layer)}::text`];
  return sql`hashtextextended(concat_ws(',', ${join(all)}), 0)`;
}

function untaken(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? untaken(`${name}_`, taken) : name;
}
