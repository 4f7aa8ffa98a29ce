import type { Bounds, TileCoord } from '../types.ts';
import { CELLS, CellStarts, codeAt, COLUMN, DEPTH, inPlaces, interleave, stretchOf } from './morton.ts';
import { Marks } from './marks.ts';

/** Points below which each is looked at: finding out which squares of theirs are inside takes longer. */
const LOOKED_AT = 200;
/** Points up to which copying one by one is faster than making a view to copy. */
const FEW = 64;

/** World units along a side of 2^level cells, and how many cells such a square has: powers take long to raise. */
const SIDES = Float64Array.from({ length: DEPTH + 1 }, (_, level) => 2 ** (level - DEPTH));
const QUADS = Float64Array.from({ length: DEPTH + 1 }, (_, level) => 4 ** level);

/** Places along the curve in order, and which point is at each. */
export interface PointOrder {
  readonly codes: Uint32Array;
  readonly order: Uint32Array;
}

/**
 * Finds points by a box: they are sorted along a curve on which every square of the quadtree is one stretch, so that the
 * tree needs no nodes, and how many a tile has is known without looking for them.
 */
export class PointTree {
  /** World coordinates x, y, x, y, … */
  readonly #coords: Float64Array;
  readonly #codes: Uint32Array;
  readonly #order: Uint32Array;
  readonly #starts: CellStarts;
  /** A point beyond the world is in a cell that it is not inside of. */
  readonly #isWithin: boolean;
  readonly #marks: Marks;
  #found = new Uint32Array(1024);
  #count = 0;
  /** Cells of the sides of the box that is looked at, as their bits are in codes: these are in the same order. */
  #left = 0;
  #top = 0;
  #right = 0;
  #bottom = 0;

  constructor(coords: Float64Array, { codes, order } = PointTree.orderOf(coords)) {
    this.#coords = coords;
    this.#codes = codes;
    this.#order = order;
    this.#starts = new CellStarts(codes);
    this.#marks = new Marks(order.length);
    this.#isWithin = coords.every((part) => part >= 0 && part <= 1);
  }

  static orderOf(coords: Float64Array): PointOrder {
    return inPlaces(coords.length / 2, (i) => codeAt(coords[2 * i]!, coords[2 * i + 1]!));
  }

  get bytes(): number {
    return this.#codes.byteLength + this.#order.byteLength + this.#starts.bytes + this.#marks.bytes;
  }

  /** How many points a tile has, without its buffer; of one smaller than a cell, how many the cell has. */
  count(coord: TileCoord): number {
    const [first, end] = stretchOf(coord);
    return this.#starts.firstFrom(end) - this.#starts.firstFrom(first);
  }

  /** Whether a point is in a box. */
  hasAny(box: Bounds): boolean {
    return this.#look(box) > 0;
  }

  /** Positions of the points in a box, the smallest first, until others are looked for. */
  search(box: Bounds): Uint32Array {
    const count = this.#look(box);
    return this.#marks.sort(this.#found.subarray(0, count));
  }

  /** Looks at the squares, at most four, that are as large as the box and have something of it. */
  #look(box: Bounds): number {
    this.#count = 0;
    const [minX, minY, maxX, maxY] = box;
    const [first, last] = [codeAt(minX, minY), codeAt(maxX, maxY)];
    this.#left = first & COLUMN;
    this.#top = (first >>> 1) & COLUMN;
    this.#right = last & COLUMN;
    this.#bottom = (last >>> 1) & COLUMN;
    const across = Math.max(maxX - minX, maxY - minY) * CELLS;
    const level = across >= CELLS ? DEPTH : 32 - Math.clz32(Math.ceil(across) - 1);
    const squares = 1 << (DEPTH - level);
    const [firstColumn, lastColumn] = [within(minX, squares), within(maxX, squares)];
    const lastRow = within(maxY, squares);
    for (let row = within(minY, squares); row <= lastRow; row++) {
      for (let column = firstColumn; column <= lastColumn; column++) {
        const first = interleave(column << level, row << level);
        const from = this.#starts.firstFrom(first);
        const to = this.#starts.firstFrom(first + QUADS[level]!);
        if (to > from) this.#lookAt(box, column, row, level, from, to);
      }
    }
    return this.#count;
  }

  /**
   * @param column of a square that the box reaches, as `row`, in units of its side: 2^level cells
   * @param from position of its first point on the curve, as `to` of the first one after it
   */
  #lookAt(box: Bounds, column: number, row: number, level: number, from: number, to: number): void {
    if (to - from <= LOOKED_AT || level === 0) {
      if (to > from) this.#lookAtEach(box, from, to);
      return;
    }
    const [minX, minY, maxX, maxY] = box;
    const side = SIDES[level - 1]!;
    const quarter = QUADS[level - 1]!;
    const first = interleave(column << level, row << level);
    let start = from;
    for (let q = 0; q < 4 && start < to; q++) {
      const ownColumn = 2 * column + (q & 1);
      const ownRow = 2 * row + (q >> 1);
      const x = ownColumn * side;
      const y = ownRow * side;
      if (x > maxX || y > maxY || x + side < minX || y + side < minY) continue;
      if (q > 0) start = this.#starts.firstFrom(first + q * quarter);
      const end = q === 3 ? to : this.#starts.firstFrom(first + (q + 1) * quarter);
      const isInside = x >= minX && y >= minY && x + side <= maxX && y + side <= maxY;
      if (isInside && this.#isWithin) this.#take(start, end);
      else this.#lookAt(box, ownColumn, ownRow, level - 1, start, end);
      start = end;
    }
  }

  /** What is in a cell between those of the box's sides needs no look at its coordinates, which lie here and there in memory. */
  #lookAtEach([minX, minY, maxX, maxY]: Bounds, from: number, to: number): void {
    this.#reserve(to - from);
    const [codes, coords, order, found] = [this.#codes, this.#coords, this.#order, this.#found];
    const [left, top, right, bottom] = [this.#left, this.#top, this.#right, this.#bottom];
    let count = this.#count;
    for (let i = from; i < to; i++) {
      const across = codes[i]! & COLUMN;
      const down = (codes[i]! >>> 1) & COLUMN;
      if (across < left || across > right || down < top || down > bottom) continue;
      const point = order[i]!;
      if (across === left || across === right || down === top || down === bottom) {
        const x = coords[2 * point]!;
        const y = coords[2 * point + 1]!;
        if (!(x >= minX && x <= maxX && y >= minY && y <= maxY)) continue;
      }
      found[count++] = point;
    }
    this.#count = count;
  }

  #take(from: number, to: number): void {
    this.#reserve(to - from);
    const [order, found] = [this.#order, this.#found];
    if (to - from > FEW) found.set(order.subarray(from, to), this.#count);
    else for (let i = from, at = this.#count; i < to; i++) found[at++] = order[i]!;
    this.#count += to - from;
  }

  #reserve(more: number): void {
    if (this.#count + more <= this.#found.length) return;
    const grown = new Uint32Array(Math.max(this.#count + more, 2 * this.#found.length));
    grown.set(this.#found.subarray(0, this.#count));
    this.#found = grown;
  }
}

/** Which of so many squares a coordinate is in. */
function within(part: number, squares: number): number {
  return part <= 0 ? 0 : Math.min(squares - 1, Math.floor(part * squares));
}
