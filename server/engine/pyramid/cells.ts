import { number } from '../../catalog/expressions.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES } from '../grid.ts';
import type { TileCoord } from '../types.ts';
import { categoryColumns, cellsTable } from './build-sql.ts';
import { CELL_BITS } from './definition.ts';

/** Cells per tile side. */
export const CELLS = 2 ** CELL_BITS;
/** Tile units per side of a cell. */
export const CELL_UNITS = DEFAULT_EXTENT / CELLS;

/** Columns and rows of cells at one zoom, ends included. Columns beyond the world are those at its other end. */
export interface CellRange {
  readonly z: number;
  readonly minX: number;
  readonly maxX: number;
  readonly minY: number;
  readonly maxY: number;
}

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
 * figure took twice as long. The index finds the tiles; the cells wanted of them are a filter, with
 * columns counted round the world by a bit mask.
 */
export function cellsQuery(table: string, range: CellRange, columns: CellColumns): Sql {
  const half = number(HALF_WORLD_METRES);
  const units = number(DEFAULT_EXTENT * 2 ** range.z);
  const values = [
    sql`cell_x, cell_y, count`,
    sql`floor((x / count + ${half}) / (2 * ${half}) * ${units})::int`,
    sql`floor((${half} - y / count) / (2 * ${half}) * ${units})::int`,
    ...columns.sums.flatMap((i) => [ident(`sum_${i}`), ident(`n_${i}`)]),
    ...categoryColumns(columns.categories, columns.hasOther),
  ];
  return sql`select string_agg(concat_ws(',', ${join(values)}), ';') as cells from ${cellsTable(table)} where ${inRange(range)}`;
}

/** How many points are in the cells: `points`. */
export function pointsQuery(table: string, range: CellRange): Sql {
  return sql`select coalesce(sum(count), 0)::bigint as points from ${cellsTable(table)} where ${inRange(range)}`;
}

function inRange({ z, minX, maxX, minY, maxY }: CellRange): Sql {
  const side = 2 ** z * CELLS;
  const [tileColumns, tileRows] = tiles(z, { minX, maxX, minY, maxY });
  const [column, row] = [sql`(cell_x >> ${number(CELL_BITS)})`, sql`(cell_y >> ${number(CELL_BITS)})`];
  const width = Math.min(maxX - minX, side - 1);
  return sql`z = ${number(z)} and ${column} = any(${tileColumns}::int[]) and ${row} = any(${tileRows}::int[])
    and ((cell_x - ${number(minX)}) & ${number(side - 1)}) <= ${number(width)}
    and cell_y between ${number(minY)} and ${number(maxY)}`;
}

function tiles(z: number, { minX, maxX, minY, maxY }: Omit<CellRange, 'z'>): [number[], number[]] {
  const side = 2 ** z;
  const list = (from: number, to: number): number[] => {
    const first = Math.floor(from / CELLS);
    return Array.from({ length: Math.floor(to / CELLS) - first + 1 }, (_, i) => first + i);
  };
  const wrap = (column: number): number => ((column % side) + side) % side;
  return [[...new Set(list(minX, maxX).map(wrap))], list(minY, maxY)];
}

/** The cells of a range from `cellsQuery`; one may appear at both ends of a range wider than the world. */
export function readCells(text: string | null, range: CellRange, columns: CellColumns): Cell[] {
  const side = 2 ** range.z * CELLS;
  const firstCategory = 5 + 2 * columns.sums.length;
  const cells: Cell[] = [];
  for (const part of text === null ? [] : text.split(';')) {
    const values = part.split(',').map(Number);
    const [column = 0, row = 0, count = 0, x = 0, y = 0] = values;
    const sums = values.slice(5, firstCategory);
    const categories = values.slice(firstCategory);
    const first = range.minX + mod(column - range.minX, side);
    for (let at = first; at <= range.maxX; at += side) {
      // Rounding may carry a mean over the edge of its cell.
      const inCell = clamp(x, column * CELL_UNITS, (column + 1) * CELL_UNITS - 1);
      cells.push({
        column: at,
        row,
        count,
        x: inCell + (at - column) * CELL_UNITS,
        y: clamp(y, row * CELL_UNITS, (row + 1) * CELL_UNITS - 1),
        sums,
        categories,
      });
    }
  }
  return cells;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
