/** Cells along each side of the world, as a power of two: each is some 600 metres wide. */
export const DEPTH = 16;
export const CELLS = 2 ** DEPTH;

/** The bits of a code that are of its column; those of its row are next to them. */
export const COLUMN = 0x5555_5555;

/** The place of a cell on a curve on which every tile is one stretch (Morton's): bits of column and row in turn. */
export function interleave(column: number, row: number): number {
  return (spread(column) | (spread(row) << 1)) >>> 0;
}

/** The place of the cell that world coordinates are in; what is beyond the world is in a cell at its edge. */
export function codeAt(x: number, y: number): number {
  return interleave(cellAt(x), cellAt(y));
}

const cellAt = (part: number): number => Math.min(CELLS - 1, Math.max(0, Math.floor(part * CELLS)));

function spread(bits: number): number {
  let n = bits & 0xffff;
  n = (n | (n << 8)) & 0x00ff00ff;
  n = (n | (n << 4)) & 0x0f0f0f0f;
  n = (n | (n << 2)) & 0x33333333;
  return (n | (n << 1)) & 0x55555555;
}

/** The stretch of a tile: its first place, and the first one after it. Of one smaller than a cell, that of the cell. */
export function stretchOf({ z, x, y }: { z: number; x: number; y: number }): [first: number, end: number] {
  const up = 2 ** Math.max(0, z - DEPTH);
  const side = 2 ** Math.max(0, DEPTH - z);
  const first = interleave(Math.floor(x / up) * side, Math.floor(y / up) * side);
  return [first, first + side * side];
}

/** One more than the last code. */
const LAST_CODE = 2 ** 32;
const DIGIT = 2 ** 16;

/** Places on the curve in order, and which of `count` things each is of: equal ones as they were (a radix sort). */
export function inPlaces(
  count: number,
  codeOf: (i: number) => number,
): { codes: Uint32Array; order: Uint32Array } {
  const codes = new Uint32Array(count);
  for (let i = 0; i < count; i++) codes[i] = codeOf(i);
  const byLower = byDigit(codes, (code) => code & (DIGIT - 1));
  const lower = gathered(codes, byLower);
  const byUpper = byDigit(lower, (code) => code >>> 16);
  return { codes: gathered(lower, byUpper), order: gathered(byLower, byUpper) };
}

/** Positions of the codes in the order of one half of them. */
function byDigit(codes: Uint32Array, digitOf: (code: number) => number): Uint32Array {
  const starts = new Uint32Array(DIGIT + 1);
  for (let i = 0; i < codes.length; i++) starts[digitOf(codes[i]!) + 1]!++;
  for (let digit = 0; digit < DIGIT; digit++) starts[digit + 1]! += starts[digit]!;
  const order = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) order[starts[digitOf(codes[i]!)]!++] = i;
  return order;
}

function gathered(values: Uint32Array, order: Uint32Array): Uint32Array {
  const found = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) found[i] = values[order[i]!]!;
  return found;
}

/** Position of the first of sorted codes, between two positions, that is not below `code`. */
export function firstFrom(codes: Uint32Array, code: number, from = 0, to = codes.length): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((codes[middle] as number) < code) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Places of cells that share one start: small beside the codes themselves. */
const PER_START = 8;
const DEEPEST_START = 8;

/**
 * Where the places of each square of a level start among sorted codes: what is looked for in a square, or in one of its
 * parts, is looked for among the places of that square alone.
 */
export class CellStarts {
  readonly #codes: Uint32Array;
  readonly #starts: Uint32Array;
  /** Bits of a code below those that say which square it is in. */
  readonly #shift: number;

  constructor(codes: Uint32Array) {
    const level = Math.round(Math.log2(Math.max(4, codes.length / PER_START)) / 2);
    const depth = Math.min(DEEPEST_START, Math.max(1, level));
    this.#codes = codes;
    this.#shift = 2 * (DEPTH - depth);
    this.#starts = new Uint32Array(4 ** depth + 1);
    let cell = 0;
    for (let i = 0; i < codes.length; i++)
      for (const own = codes[i]! >>> this.#shift; cell <= own; cell++) this.#starts[cell] = i;
    this.#starts.fill(codes.length, cell);
  }

  get bytes(): number {
    return this.#starts.byteLength;
  }

  /** Position of the first code that is not below `code`, which may be the one after the last of all. */
  firstFrom(code: number): number {
    const cell = code >= LAST_CODE ? this.#starts.length - 1 : code >>> this.#shift;
    const start = this.#starts[cell]!;
    if ((code & ((1 << this.#shift) - 1)) === 0) return start;
    return firstFrom(this.#codes, code, start, this.#starts[cell + 1]);
  }
}
