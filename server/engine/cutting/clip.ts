import type { ClipBox, TileUnits } from '../types.ts';

/** A reusable list of positions x, y, x, y, …: cutting a tile allocates nothing per vertex. */
export class PositionList {
  data = new Float64Array(2048);
  length = 0;

  /** Adds a position unless it repeats the one before. */
  add(x: number, y: number): void {
    const { length } = this;
    if (length > 0 && this.data[length - 2] === x && this.data[length - 1] === y) return;
    this.#push(x, y);
  }

  /**
   * Adds a ring's next position. Where the ring came straight back (a, b, a), the spike is taken out:
   * rounding makes them of thin necks, and they have no area.
   */
  addToRing(x: number, y: number): void {
    const { data, length } = this;
    if (length > 0 && data[length - 2] === x && data[length - 1] === y) return;
    if (length > 2 && data[length - 4] === x && data[length - 3] === y) this.length -= 2;
    else this.#push(x, y);
  }

  /**
   * `addToRing` for the world coordinates x, y, x, y, … of the vertices from `start` up to `end`, or
   * every `step`th of them. Most of a tile's time goes here, so it works on local variables.
   */
  addRounded(coords: Float64Array, start: number, end: number, units: TileUnits, step = 1): void {
    this.#reserve(2 * (end - start));
    const { scale, left, top } = units;
    const { data } = this;
    let { length } = this;
    let lastX = length > 0 ? data[length - 2]! : NaN;
    let lastY = length > 0 ? data[length - 1]! : NaN;
    for (let i = 2 * start; i < 2 * end; i += 2 * step) {
      const x = Math.floor(coords[i]! * scale + 0.5) - left;
      const y = Math.floor(coords[i + 1]! * scale + 0.5) - top;
      if (x === lastX && y === lastY) continue;
      if (length > 2 && data[length - 4] === x && data[length - 3] === y) {
        length -= 2;
      } else {
        data[length] = x;
        data[length + 1] = y;
        length += 2;
      }
      lastX = x;
      lastY = y;
    }
    this.length = length;
  }

  /** Adds positions, none of them twice in a row, as seen from a tile's corner. */
  addUnits(units: ArrayLike<number>, left: number, top: number): void {
    this.#reserve(units.length);
    const { data, length } = this;
    for (let i = 0; i < units.length; i += 2) {
      data[length + i] = units[i]! - left;
      data[length + i + 1] = units[i + 1]! - top;
    }
    this.length = length + units.length;
  }

  /** Takes out what repeats, or comes straight back, over the end of an open ring. */
  closeRing(): void {
    const { data } = this;
    let first = 0;
    while (this.length - first >= 4) {
      const last = this.length - 2;
      if (samePosition(data, first, last)) this.length -= 2;
      else if (last - 2 > first && samePosition(data, first, last - 2)) this.length -= 4;
      else if (samePosition(data, first + 2, last)) first += 2;
      else break;
    }
    if (first > 0) {
      data.copyWithin(0, first, this.length);
      this.length -= first;
    }
  }

  #push(x: number, y: number): void {
    this.#reserve(2);
    this.data[this.length++] = x;
    this.data[this.length++] = y;
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.data.length) return;
    const grown = new Float64Array(Math.max(needed, 2 * this.data.length));
    grown.set(this.data);
    this.data = grown;
  }
}

function samePosition(data: Float64Array, a: number, b: number): boolean {
  return data[a] === data[b] && data[a + 1] === data[b + 1];
}

const X = 0;
const Y = 1;

/**
 * Clips rings to a square by Sutherland and Hodgman's algorithm (1974), one side after the other. A
 * ring that falls into several pieces stays one, joined along the side: it fills the same pixels.
 */
export class RingClipper {
  readonly #box: ClipBox;
  #from = new PositionList();
  #to = new PositionList();

  constructor(box: ClipBox) {
    this.#box = box;
  }

  /** The part of an open ring inside the box: an open ring without spikes, or fewer than three positions. */
  clip(ring: PositionList): PositionList {
    const { min, max } = this.#box;
    const { data, length } = ring;
    let [left, right, above, below] = [false, false, false, false];
    for (let i = 0; i < length; i += 2) {
      const x = data[i]!;
      const y = data[i + 1]!;
      if (x < min) left = true;
      else if (x > max) right = true;
      if (y < min) above = true;
      else if (y > max) below = true;
    }
    let input = ring;
    if (left) input = this.#cut(input, X, min, 1);
    if (right) input = this.#cut(input, X, max, -1);
    if (above) input = this.#cut(input, Y, min, 1);
    if (below) input = this.#cut(input, Y, max, -1);
    return input;
  }

  /** Keeps what is on the inner side of a limit: above it where `side` is 1, below where it is −1. */
  #cut(ring: PositionList, axis: 0 | 1, limit: number, side: 1 | -1): PositionList {
    const out = this.#to;
    this.#to = this.#from;
    this.#from = out;
    out.length = 0;
    const { data, length } = ring;
    if (length === 0) return out;

    let x = data[length - 2]!;
    let y = data[length - 1]!;
    let inside = ((axis === X ? x : y) - limit) * side >= 0;
    for (let i = 0; i < length; i += 2) {
      const nextX = data[i]!;
      const nextY = data[i + 1]!;
      const nextInside = ((axis === X ? nextX : nextY) - limit) * side >= 0;
      if (inside !== nextInside) {
        if (axis === X) out.addToRing(limit, crossing(limit, x, y, nextX, nextY));
        else out.addToRing(crossing(limit, y, x, nextY, nextX), limit);
      }
      if (nextInside) out.addToRing(nextX, nextY);
      x = nextX;
      y = nextY;
      inside = nextInside;
    }
    out.closeRing();
    return out;
  }
}

/**
 * Where the segment from (a, b) to (c, d) crosses `limit` on its first coordinate: the second
 * coordinate, rounded. Computed from the same end whichever way the segment runs, so that two
 * neighbours cut their common border at the same place.
 */
function crossing(limit: number, a: number, b: number, c: number, d: number): number {
  const at = a < c ? b + (d - b) * ((limit - a) / (c - a)) : d + (b - d) * ((limit - c) / (a - c));
  return Math.round(at);
}

/** Clips a line to the box and calls `emit` with each piece of at least two positions. */
export function clipLine(
  line: PositionList,
  { min, max }: ClipBox,
  piece: PositionList,
  emit: (piece: PositionList) => void,
): void {
  const flush = (): void => {
    if (piece.length >= 4) emit(piece);
    piece.length = 0;
  };
  const { data, length } = line;
  piece.length = 0;
  for (let i = 2; i < length; i += 2) {
    const x = data[i - 2]!;
    const y = data[i - 1]!;
    const dx = data[i]! - x;
    const dy = data[i + 1]! - y;
    // Liang–Barsky: the share of the segment that is inside, from `enter` to `leave`.
    const [enterX, leaveX] = shareInside(x, dx, min, max);
    const [enterY, leaveY] = shareInside(y, dy, min, max);
    const enter = Math.max(0, enterX, enterY);
    const leave = Math.min(1, leaveX, leaveY);
    if (enter > leave) {
      flush();
      continue;
    }
    if (enter > 0) flush();
    piece.add(Math.round(x + enter * dx), Math.round(y + enter * dy));
    piece.add(Math.round(x + leave * dx), Math.round(y + leave * dy));
    if (leave < 1) flush();
  }
  flush();
}

/** The range of t for which start + t × step is between min and max; reversed where there is none. */
function shareInside(start: number, step: number, min: number, max: number): [number, number] {
  if (step === 0) return start >= min && start <= max ? [-Infinity, Infinity] : [Infinity, -Infinity];
  const a = (min - start) / step;
  const b = (max - start) / step;
  return a < b ? [a, b] : [b, a];
}
