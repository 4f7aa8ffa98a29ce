import { number } from '../../catalog/expressions.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES } from '../grid.ts';
import type { TileCoord } from '../types.ts';
import { CELLS, columnOfTile, partsOf, placeInTile, rowOfTile, type CellRange } from './blocks.ts';
import { categoryColumns, cellsTable } from './build-sql.ts';

/** Tile units per side of a cell. */
export const CELL_UNITS = DEFAULT_EXTENT / CELLS;

/** One cell as a tile sees it. */
export interface Cell {
  /** Column (beyond the world's ends where the range was) and row at the range's zoom. */
  readonly column: number;
  readonly row: number;
  readonly count: number;
  /** Mean position in whole tile units of the range's zoom from the world's north-western corner, always in the cell. */
  readonly x: number;
  readonly y: number;
  /** For each summed column two numbers: the sum, and how many points had a value. */
  readonly sums: readonly number[];
  /** By category, those of all others last. */
  readonly categories: readonly number[];
}

/** The cells of a tile and of `margin` tile units around it, at `zoom`, the tile's own or a deeper one. */
export function cellRange({ z, x, y }: TileCoord, margin: number, zoom = z): CellRange {
  const perTile = CELLS * 2 ** (zoom - z);
  const around = Math.ceil((margin * perTile) / DEFAULT_EXTENT);
  return {
    z: zoom,
    minX: x * perTile - around,
    maxX: (x + 1) * perTile - 1 + around,
    minY: Math.max(0, y * perTile - around),
    maxY: Math.min(2 ** zoom * CELLS, (y + 1) * perTile + around) - 1,
  };
}

/** What to read of each cell besides its count and position. */
export interface CellColumns {
  /** Positions of the summed columns in the definition. */
  readonly sums: readonly number[];
  readonly categories: number;
  readonly hasOther: boolean;
}

/**
 * All cells of a range as one text, `;` between cells and `,` between figures: fetching a field for each
 * figure took twice as long. All that tells a tile from another is a parameter.
 */
export function cellsQuery(table: string, range: CellRange, columns: CellColumns): Sql {
  const half = number(HALF_WORLD_METRES);
  const units = sql`${DEFAULT_EXTENT * 2 ** range.z}::float8`;
  const values = [
    sql`cell_x, cell_y, count`,
    sql`floor((x / count + ${half}) / (2 * ${half}) * ${units})::int`,
    sql`floor((${half} - y / count) / (2 * ${half}) * ${units})::int`,
    ...columns.sums.flatMap((i) => [ident(`sum_${i}`), ident(`n_${i}`)]),
    ...categoryColumns(columns.categories, columns.hasOther),
  ];
  return sql`select string_agg(concat_ws(',', ${join(values)}), ';') as cells from ${cellsIn(table, range)}`;
}

/** How many points are in the cells: `points`. */
export function pointsQuery(table: string, range: CellRange): Sql {
  return sql`select coalesce(sum(count), 0)::bigint as points from ${cellsIn(table, range)}`;
}

/**
 * The rows of a range. The index finds the tiles and what is wanted of each; the range itself is a filter, with
 * columns counted round the world by a bit mask.
 */
function cellsIn(table: string, range: CellRange): Sql {
  const { z, minX, maxX, minY, maxY } = range;
  const side = 2 ** z * CELLS;
  const parts = partsOf(range);
  const list = (key: keyof (typeof parts)[number]): Sql => sql`${parts.map((part) => part[key])}::int[]`;
  return sql`unnest(${list('tileX')}, ${list('tileY')}, ${list('first')}, ${list('last')}) part (tile_x, tile_y, first, last)
    join ${cellsTable(table)} on z = ${z}::int and ${columnOfTile()} = part.tile_x and ${rowOfTile()} = part.tile_y
      and ${placeInTile()} between part.first and part.last
    where ((cell_x - ${minX}::int) & ${side - 1}::int) <= ${Math.min(maxX - minX, side - 1)}::int
      and cell_y between ${minY}::int and ${maxY}::int`;
}

/**
 * The cells of a range from `cellsQuery`, by rows and in them by columns, whatever order they come in; one may appear at
 * both ends of a range wider than the world.
 */
export function readCells(text: string | null, range: CellRange, columns: CellColumns): Cell[] {
  if (text === null) return [];
  const side = 2 ** range.z * CELLS;
  const width = range.maxX - range.minX + 1;
  const firstCategory = 5 + 2 * columns.sums.length;
  // Each cell has a place of its own: no need to sort.
  const places = new Array<Cell | undefined>(width * (range.maxY - range.minY + 1));
  // Reading numbers one by one takes three times as long.
  for (const values of JSON.parse(`[[${text.replaceAll(';', '],[')}]]`) as number[][]) {
    const [column, row, count, x, y] = [values[0]!, values[1]!, values[2]!, values[3]!, values[4]!];
    const sums = values.slice(5, firstCategory);
    const categories = values.slice(firstCategory);
    const first = mod(column - range.minX, side);
    for (let at = first; at < width; at += side) {
      const turned = range.minX + at;
      places[(row - range.minY) * width + at] = {
        column: turned,
        row,
        count,
        // Rounding may carry a mean over the edge of its cell.
        x: clamp(x, column * CELL_UNITS, (column + 1) * CELL_UNITS - 1) + (turned - column) * CELL_UNITS,
        y: clamp(y, row * CELL_UNITS, (row + 1) * CELL_UNITS - 1),
        sums,
        categories,
      };
    }
  }
  return places.filter((cell) => cell !== undefined);
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
