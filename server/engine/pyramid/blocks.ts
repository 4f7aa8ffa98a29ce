import { number } from '../../catalog/expressions.ts';
import { sql, type Sql } from '../../db/sql.ts';
import { CELL_BITS } from './definition.ts';

/** Cells per tile side. */
export const CELLS = 2 ** CELL_BITS;
const LAST = CELLS - 1;

/**
 * Where a cell lies in its tile: on the way round its edge from the north-western corner on (corners are even, the
 * sides between them odd), or inside. So the cells of one edge are those of two or three numbers in a row.
 */
export const INSIDE = 8;

/** Columns and rows of cells at one zoom, ends included. Columns beyond the world are those at its other end. */
export interface CellRange {
  readonly z: number;
  readonly minX: number;
  readonly maxX: number;
  readonly minY: number;
  readonly maxY: number;
}

/** What is to be read of one tile's cells: those whose place, numbered as `INSIDE` says, is from `first` to `last`. */
export interface BlockPart {
  readonly tileX: number;
  readonly tileY: number;
  readonly first: number;
  readonly last: number;
}

type Numbers = readonly [first: number, last: number];

const WHOLE: readonly Numbers[] = [[0, INSIDE]];
/** Of the western edge, whose northern end is where the way round begins, in two pieces. */
const EDGES = { north: [[0, 2]], east: [[2, 4]], south: [[4, 6]], west: [[6, 7], [0, 0]] } as const; // prettier-ignore
const CORNERS = { northwest: [[0, 0]], northeast: [[2, 2]], southeast: [[4, 4]], southwest: [[6, 6]] } as const; // prettier-ignore

/** Column and row of the tile that a cell is in. */
export function tileOf(): Sql {
  return sql`${columnOfTile()}, ${rowOfTile()}`;
}

export function columnOfTile(): Sql {
  return sql`(cell_x >> ${number(CELL_BITS)})`;
}

export function rowOfTile(): Sql {
  return sql`(cell_y >> ${number(CELL_BITS)})`;
}

/** Where in it: what `BlockPart` chooses by. */
export function placeInTile(): Sql {
  const last = number(LAST);
  const [x, y] = [sql`(cell_x & ${last})`, sql`(cell_y & ${last})`];
  return sql`(case when ${y} = 0 then case ${x} when 0 then 0 when ${last} then 2 else 1 end
    when ${y} = ${last} then case ${x} when ${last} then 4 when 0 then 6 else 5 end
    when ${x} = ${last} then 3 when ${x} = 0 then 7 else ${number(INSIDE)} end)`;
}

/**
 * What has to be read for a range: its tiles whole, and of those that it only touches along an edge that edge. Where it
 * reaches further into a tile, or meets it on both of the world's ends, all of that is read, so the range itself is
 * still to be asked for.
 */
export function partsOf(range: CellRange): BlockPart[] {
  const side = 2 ** range.z;
  const met = new Map<string, { tileX: number; tileY: number; numbers: readonly Numbers[] }>();
  for (let column = tileAt(range.minX); column <= tileAt(range.maxX); column++) {
    const tileX = ((column % side) + side) % side;
    for (let tileY = tileAt(range.minY); tileY <= tileAt(range.maxY); tileY++) {
      const key = `${tileX} ${tileY}`;
      const numbers = met.has(key) ? WHOLE : numbersOf(range, column, tileY);
      met.set(key, { tileX, tileY, numbers });
    }
  }
  return [...met.values()].flatMap(({ tileX, tileY, numbers }) =>
    numbers.map(([first, last]) => ({ tileX, tileY, first, last })),
  );
}

function tileAt(cell: number): number {
  return cell >> CELL_BITS;
}

/** What a range has of the tile, as numbers of places in it. */
function numbersOf(range: CellRange, column: number, row: number): readonly Numbers[] {
  const across = edgeOf(range.minX, range.maxX, column);
  const down = edgeOf(range.minY, range.maxY, row);
  const vertical = across === 'first' ? 'west' : across === 'last' ? 'east' : undefined;
  const horizontal = down === 'first' ? 'north' : down === 'last' ? 'south' : undefined;
  if (horizontal && vertical) return CORNERS[`${horizontal}${vertical}`];
  if (horizontal) return EDGES[horizontal];
  return vertical ? EDGES[vertical] : WHOLE;
}

/** Which single line of cells of a tile a range has in one direction; undefined where it has more of it. */
function edgeOf(min: number, max: number, tile: number): 'first' | 'last' | undefined {
  if (max === tile * CELLS) return 'first';
  return min === tile * CELLS + LAST ? 'last' : undefined;
}
