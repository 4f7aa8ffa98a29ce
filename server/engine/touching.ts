import type { Positions } from './commands.ts';

/**
 * Rings of one feature that were clipped to the tile's box, to see whether that made them touch: clipping rounds where
 * an outline leaves, and joins the pieces of a ring along the box.
 */
export class ClippedRings {
  readonly #min: number;
  readonly #max: number;
  #data = new Float64Array(1024);
  readonly #ends: number[] = [];
  /** Segments with an end on the box, by where they begin and end. */
  readonly #onBox: number[] = [];

  constructor({ min, max }: { min: number; max: number }) {
    this.#min = min;
    this.#max = max;
  }

  get length(): number {
    return this.#ends.length;
  }

  clear(): void {
    this.#ends.length = 0;
    this.#onBox.length = 0;
  }

  /** Takes the rings added since there were so many of them back. */
  rewind(length: number): void {
    this.#ends.length = length;
    const end = this.#ends.at(-1) ?? 0;
    while ((this.#onBox.at(-1) ?? -1) >= end) this.#onBox.length -= 2;
  }

  add({ data, length }: Positions): void {
    const start = this.#ends.at(-1) ?? 0;
    const end = start + length;
    if (end > this.#data.length) {
      const larger = new Float64Array(2 * end);
      larger.set(this.#data);
      this.#data = larger;
    }
    const all = this.#data;
    let before = this.#isOnBox(data[length - 2]!, data[length - 1]!);
    for (let i = 0; i < length; i += 2) {
      const x = data[i]!;
      const y = data[i + 1]!;
      all[start + i] = x;
      all[start + i + 1] = y;
      const is = this.#isOnBox(x, y);
      if (is || before) this.#onBox.push(i === 0 ? end - 2 : start + i - 2, start + i);
      before = is;
    }
    this.#ends.push(end);
  }

  #isOnBox(x: number, y: number): boolean {
    return x === this.#min || x === this.#max || y === this.#min || y === this.#max;
  }

  /** Whether a segment at the box touches another, where both do not simply follow one another. */
  touch(): boolean {
    return this.#anyTouches(false);
  }

  /** The same, but for positions that two rings share: they may touch there. */
  overlap(): boolean {
    return this.#anyTouches(true);
  }

  #anyTouches(mayMeet: boolean): boolean {
    for (let i = 0; i < this.#onBox.length; i += 2) {
      if (this.#touches(this.#onBox[i]!, this.#onBox[i + 1]!, mayMeet)) return true;
    }
    return false;
  }

  /** The segment from one position to the one after it. */
  #touches(segment: number, next: number, mayMeet: boolean): boolean {
    const data = this.#data;
    const ends = this.#ends;
    const ax = data[segment]!;
    const ay = data[segment + 1]!;
    const bx = data[next]!;
    const by = data[next + 1]!;
    const minX = ax < bx ? ax : bx;
    const maxX = ax < bx ? bx : ax;
    const minY = ay < by ? ay : by;
    const maxY = ay < by ? by : ay;
    let d = 0;
    for (let ring = 0; ring < ends.length; ring++) {
      const end = ends[ring]!;
      const ringLength = end - d;
      let c = end - 2;
      let cx = data[c]!;
      let cy = data[c + 1]!;
      for (; d < end; d += 2) {
        const dx = data[d]!;
        const dy = data[d + 1]!;
        const apart =
          (cx < minX && dx < minX) ||
          (cx > maxX && dx > maxX) ||
          (cy < minY && dy < minY) ||
          (cy > maxY && dy > maxY);
        if (!apart && c !== segment) {
          if (c === next) {
            if (folds(ax, ay, bx, by, dx, dy)) return true;
          } else if (d === segment) {
            if (folds(cx, cy, ax, ay, bx, by)) return true;
          } else if (meet(ax, ay, bx, by, cx, cy, dx, dy)) {
            const isOther = mayMeet && (segment < end - ringLength || segment >= end);
            if (!isOther || !meetAtEnds(ax, ay, bx, by, cx, cy, dx, dy)) return true;
          }
        }
        c = d;
        cx = dx;
        cy = dy;
      }
    }
    return false;
  }

  /** The rings as x, y, x, y, … */
  rings(): number[][] {
    return this.#ends.map((end, i) => Array.from(this.#data.subarray(this.#ends[i - 1] ?? 0, end)));
  }
}

/** Whether a path over a, b and c comes back over itself at b. */
function folds(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): boolean {
  const dx = ax - bx;
  const dy = ay - by;
  const ex = cx - bx;
  const ey = cy - by;
  return dx * ey === dy * ex && dx * ex + dy * ey > 0;
}

/** Whether the segments ab and cd, whose boxes meet, have a position in common. */
function meet(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): boolean {
  const c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  const d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax);
  if ((c > 0 && d > 0) || (c < 0 && d < 0)) return false;
  const a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx);
  const b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx);
  return !((a > 0 && b > 0) || (a < 0 && b < 0));
}

/** Whether segments that meet have an end in common and nothing else. */
function meetAtEnds(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): boolean {
  if (ax === cx && ay === cy) return !folds(bx, by, ax, ay, dx, dy);
  if (ax === dx && ay === dy) return !folds(bx, by, ax, ay, cx, cy);
  if (bx === cx && by === cy) return !folds(ax, ay, bx, by, dx, dy);
  return bx === dx && by === dy && !folds(ax, ay, bx, by, cx, cy);
}
