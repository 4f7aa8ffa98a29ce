import type { Bounds, TileCoord } from '../types.ts';
import { codeAt, DEPTH, firstFrom, inPlaces, interleave, stretchOf } from './morton.ts';

/** Points below which each is looked at. */
const FEW = 16;

/** Looking at so many words of marks takes as long as putting a point in order by comparing. */
const WORDS_PER_POINT = 30;

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
  /** A point beyond the world is in a cell that it is not inside of. */
  readonly #isWithin: boolean;
  /** A bit for each point; all 0 in between. */
  readonly #marks: Uint32Array;
  #found = new Uint32Array(1024);
  #count = 0;

  constructor(coords: Float64Array, { codes, order } = PointTree.orderOf(coords)) {
    this.#coords = coords;
    this.#codes = codes;
    this.#order = order;
    this.#marks = new Uint32Array(Math.ceil(order.length / 32));
    this.#isWithin = coords.every((part) => part >= 0 && part <= 1);
  }

  static orderOf(coords: Float64Array): PointOrder {
    return inPlaces(coords.length / 2, (i) => codeAt(coords[2 * i]!, coords[2 * i + 1]!));
  }

  get bytes(): number {
    return this.#codes.byteLength + this.#order.byteLength + this.#marks.byteLength;
  }

  /** How many points a tile has, without its buffer; of one smaller than a cell, how many the cell has. */
  count(coord: TileCoord): number {
    const [first, end] = stretchOf(coord);
    const from = firstFrom(this.#codes, first);
    return firstFrom(this.#codes, end, from) - from;
  }

  /** Whether a point is in a box. */
  hasAny(box: Bounds): boolean {
    return this.#look(box) > 0;
  }

  /** Positions of the points in a box, the smallest first, until others are looked for. */
  search(box: Bounds): Uint32Array {
    const count = this.#look(box);
    const found = this.#found.subarray(0, count);
    const words = this.#marks;
    if (count * WORDS_PER_POINT < words.length) return found.sort();
    for (let i = 0; i < count; i++) words[found[i]! >>> 5]! |= 1 << found[i]!;
    for (let word = 0, at = 0; at < count; word++) {
      for (let bits = words[word]!; bits !== 0; bits &= bits - 1)
        found[at++] = 32 * word + 31 - Math.clz32(bits & -bits);
      words[word] = 0;
    }
    return found;
  }

  #look(box: Bounds): number {
    this.#count = 0;
    this.#lookAt(box, 0, 0, DEPTH, 0, this.#codes.length);
    return this.#count;
  }

  /**
   * @param column of a square that the box reaches, as `row`, in units of its side: 2^level cells
   * @param from position of its first point on the curve, as `to` of the first one after it
   */
  #lookAt(box: Bounds, column: number, row: number, level: number, from: number, to: number): void {
    if (to - from <= FEW || level === 0) {
      if (to > from) this.#lookAtEach(box, from, to);
      return;
    }
    const [minX, minY, maxX, maxY] = box;
    const side = 2 ** (level - 1 - DEPTH);
    const quarter = 4 ** (level - 1);
    const first = interleave(column << level, row << level);
    let start = from;
    for (let q = 0; q < 4 && start < to; q++) {
      const ownColumn = 2 * column + (q & 1);
      const ownRow = 2 * row + (q >> 1);
      const x = ownColumn * side;
      const y = ownRow * side;
      if (x > maxX || y > maxY || x + side < minX || y + side < minY) continue;
      if (q > 0) start = firstFrom(this.#codes, first + q * quarter, start, to);
      const end = q === 3 ? to : firstFrom(this.#codes, first + (q + 1) * quarter, start, to);
      const isInside = x >= minX && y >= minY && x + side <= maxX && y + side <= maxY;
      if (isInside && this.#isWithin) this.#take(start, end);
      else this.#lookAt(box, ownColumn, ownRow, level - 1, start, end);
      start = end;
    }
  }

  #lookAtEach([minX, minY, maxX, maxY]: Bounds, from: number, to: number): void {
    this.#reserve(to - from);
    const [coords, order, found] = [this.#coords, this.#order, this.#found];
    let count = this.#count;
    for (let i = from; i < to; i++) {
      const point = order[i]!;
      const x = coords[2 * point]!;
      const y = coords[2 * point + 1]!;
      if (x >= minX && x <= maxX && y >= minY && y <= maxY) found[count++] = point;
    }
    this.#count = count;
  }

  #take(from: number, to: number): void {
    this.#reserve(to - from);
    this.#found.set(this.#order.subarray(from, to), this.#count);
    this.#count += to - from;
  }

  #reserve(more: number): void {
    if (this.#count + more <= this.#found.length) return;
    const grown = new Uint32Array(Math.max(this.#count + more, 2 * this.#found.length));
    grown.set(this.#found.subarray(0, this.#count));
    this.#found = grown;
  }
}
