import type { ClipBox } from '../types.ts';
import type { Positions } from '../encoding/commands.ts';

/** Sides of the box, as bits: a position is on none, one, or two at a corner. */
const LEFT = 1;
const RIGHT = 2;
const TOP = 4;
const BOTTOM = 8;

/**
 * Rings of one feature that were clipped to the tile's box, to see whether that made them touch: clipping joins the
 * pieces of a ring along the box, and rounds where an outline leaves it. So only what is on the box, and the segments
 * that lead there, can touch anything.
 */
export class ClippedRings {
  readonly #box: ClipBox;
  #data = new Float64Array(1024);
  readonly #ends = new NumberStack();
  /** Segments that lead to the box: where each begins and ends. */
  readonly #cuts = new NumberStack();
  /** Stretches along the box: the side, from where to where, and where the segment begins and ends. */
  readonly #runs = new NumberStack();

  constructor(box: ClipBox) {
    this.#box = box;
  }

  get length(): number {
    return this.#ends.length;
  }

  clear(): void {
    this.#ends.length = 0;
    this.#cuts.length = 0;
    this.#runs.length = 0;
  }

  get #end(): number {
    return this.#ends.length > 0 ? this.#ends.last(1) : 0;
  }

  /** Takes the rings added since there were so many of them back. */
  rewind(length: number): void {
    this.#ends.length = length;
    const end = this.#end;
    while (this.#cuts.length > 0 && this.#cuts.last(1) >= end) this.#cuts.length -= 2;
    while (this.#runs.length > 0 && this.#runs.last(1) >= end) this.#runs.length -= 5;
  }

  add({ data, length }: Positions): void {
    const start = this.#end;
    const end = start + length;
    if (end > this.#data.length) this.#grow(end);
    const all = this.#data;
    const { min, max } = this.#box;
    let last = this.#sides(data[length - 2]!, data[length - 1]!);
    for (let i = 0; i < length; i += 2) {
      const x = data[i]!;
      const y = data[i + 1]!;
      all[start + i] = x;
      all[start + i + 1] = y;
      const sides = x > min && x < max && y > min && y < max ? 0 : this.#sides(x, y);
      if ((sides | last) !== 0)
        this.#note(i === 0 ? end - 2 : start + i - 2, start + i, last & sides, data, i);
      last = sides;
    }
    this.#ends.push(end);
  }

  #grow(size: number): void {
    const larger = new Float64Array(2 * size);
    larger.set(this.#data);
    this.#data = larger;
  }

  #sides(x: number, y: number): number {
    const { min, max } = this.#box;
    return (
      (x === min ? LEFT : 0) | (x === max ? RIGHT : 0) | (y === min ? TOP : 0) | (y === max ? BOTTOM : 0)
    );
  }

  /** A segment with an end on the box, and the sides that it runs along. */
  #note(from: number, to: number, along: number, data: Positions['data'], i: number): void {
    if (along === 0) {
      this.#cuts.push(from);
      this.#cuts.push(to);
      return;
    }
    const axis = along & (LEFT | RIGHT) ? 1 : 0;
    const start = this.#end;
    const a = data[from - start + axis]!;
    const b = data[i + axis]!;
    this.#runs.push(along);
    this.#runs.push(a < b ? a : b);
    this.#runs.push(a < b ? b : a);
    this.#runs.push(from);
    this.#runs.push(to);
  }

  /** Whether a segment at the box touches another, where both do not simply follow one another. */
  touch(): boolean {
    if (this.#runsTouch()) return true;
    const { data, length } = this.#cuts;
    for (let i = 0; i < length; i += 2) if (this.#cutTouches(data[i]!, data[i + 1]!)) return true;
    return false;
  }

  /** Whether two stretches along the box have anything in common. */
  #runsTouch(): boolean {
    const { data: runs, length } = this.#runs;
    for (let i = 0; i < length; i += 5) {
      for (let j = i + 5; j < length; j += 5) {
        if (runs[i] !== runs[j]) continue;
        const shared = Math.min(runs[i + 2]!, runs[j + 2]!) - Math.max(runs[i + 1]!, runs[j + 1]!);
        const follow = runs[i + 4] === runs[j + 3] || runs[j + 4] === runs[i + 3];
        if (shared > 0 || (shared === 0 && !follow)) return true;
      }
    }
    return false;
  }

  #cutTouches(from: number, to: number): boolean {
    const data = this.#data;
    const { data: ends, length: rings } = this.#ends;
    const ax = data[from]!;
    const ay = data[from + 1]!;
    const bx = data[to]!;
    const by = data[to + 1]!;
    const minX = ax < bx ? ax : bx;
    const maxX = ax < bx ? bx : ax;
    const minY = ay < by ? ay : by;
    const maxY = ay < by ? by : ay;
    let d = 0;
    for (let other = 0; other < rings; other++) {
      const end = ends[other]!;
      let c = end - 2;
      let last = this.#beyond(c, minX, maxX, minY, maxY);
      for (; d < end; d += 2) {
        const x = data[d]!;
        const y = data[d + 1]!;
        const beyond = (x < minX ? 1 : 0) | (x > maxX ? 2 : 0) | (y < minY ? 4 : 0) | (y > maxY ? 8 : 0);
        if ((beyond & last) === 0 && c !== from && this.#meets(from, to, c, d)) return true;
        c = d;
        last = beyond;
      }
    }
    return false;
  }

  #beyond(at: number, minX: number, maxX: number, minY: number, maxY: number): number {
    const x = this.#data[at]!;
    const y = this.#data[at + 1]!;
    return (x < minX ? 1 : 0) | (x > maxX ? 2 : 0) | (y < minY ? 4 : 0) | (y > maxY ? 8 : 0);
  }

  /** Whether segment ab touches segment cd where they do not follow one another. */
  #meets(a: number, b: number, c: number, d: number): boolean {
    const data = this.#data;
    if (c === b) return folds(data, a, b, d);
    if (d === a) return folds(data, c, a, b);
    return meet(data, a, b, c, d);
  }

  /** The rings as x, y, x, y, … */
  rings(): number[][] {
    const { data: ends, length } = this.#ends;
    const rings: number[][] = [];
    let at = 0;
    for (let ring = 0; ring < length; ring++) {
      const positions: number[] = [];
      for (; at < ends[ring]!; at++) positions.push(this.#data[at]!);
      rings.push(positions);
    }
    return rings;
  }
}

/** Numbers that come and go many times for a tile: an array would give its memory back whenever it is emptied. */
class NumberStack {
  data = new Int32Array(256);
  length = 0;

  push(value: number): void {
    if (this.length === this.data.length) {
      const larger = new Int32Array(2 * this.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = value;
  }

  /** The last of them is 1. */
  last(place: number): number {
    return this.data[this.length - place]!;
  }
}

/*
 * Below, a position is where its x stands in `data`.
 */

/** Twice the area of the triangle abp: its sign says on which side of ab the position p is. */
function side(data: Float64Array, a: number, b: number, p: number): number {
  const ax = data[a]!;
  const ay = data[a + 1]!;
  return (data[b]! - ax) * (data[p + 1]! - ay) - (data[b + 1]! - ay) * (data[p]! - ax);
}

/** Whether a path over a, b and c comes back over itself at b. */
function folds(data: Float64Array, a: number, b: number, c: number): boolean {
  if (side(data, b, a, c) !== 0) return false;
  const along = (data[a]! - data[b]!) * (data[c]! - data[b]!);
  return along + (data[a + 1]! - data[b + 1]!) * (data[c + 1]! - data[b + 1]!) > 0;
}

/** Whether the segments ab and cd, whose boxes meet, have a position in common. */
function meet(data: Float64Array, a: number, b: number, c: number, d: number): boolean {
  const [p, q] = [side(data, a, b, c), side(data, a, b, d)];
  if ((p > 0 && q > 0) || (p < 0 && q < 0)) return false;
  const [r, s] = [side(data, c, d, a), side(data, c, d, b)];
  return !((r > 0 && s > 0) || (r < 0 && s < 0));
}
