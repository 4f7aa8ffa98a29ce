import { meetingSegments, pathOfSegments, type Paths } from './paths.ts';

/** What noding asks of the paths, and tells about them. */
export interface NodingRules {
  /** Whether two paths may not touch but at their ends. */
  related(one: number, other: number): boolean;
  /** Two paths, or two places of one, touched where they may not. */
  touched(one: number, other: number): void;
  /** They share a position that is an end of both. */
  met(one: number, other: number, x: number, y: number): void;
}

/** Rounding a crossing bends two segments by up to a unit, which may make others cross; that ends soon. */
const MAX_ROUNDS = 60;

/**
 * Paths of whole units with a position wherever related ones cross or touch, so that their segments meet at positions
 * alone: iterated snap rounding (Halperin and Packer, 2002). The same for each path, whoever shares it.
 * @returns the paths as given where nothing had to be added
 */
export function* noded(paths: Paths, rules: NodingRules): Generator<void, Paths> {
  let current = paths;
  let fresh: Uint8Array | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const pathOf = pathOfSegments(current);
    const added = new Additions(current, pathOf, rules, round === 0);
    yield* meetingSegments(current, pathOf, fresh, (i, j) => added.look(i, j));
    if (added.count === 0) return current;
    ({ paths: current, fresh } = added.applied());
  }
  return current;
}

/** Positions to add to segments. */
class Additions {
  count = 0;
  readonly #paths: Paths;
  readonly #pathOf: Int32Array;
  readonly #rules: NodingRules;
  readonly #isFirst: boolean;
  readonly #bySegment = new Map<number, [x: number, y: number][]>();

  constructor(paths: Paths, pathOf: Int32Array, rules: NodingRules, isFirst: boolean) {
    this.#paths = paths;
    this.#pathOf = pathOf;
    this.#rules = rules;
    this.#isFirst = isFirst;
  }

  look(i: number, j: number): void {
    const [p, q] = [this.#pathOf[i]!, this.#pathOf[j]!];
    if (!this.#rules.related(p, q)) return;
    if (this.#shareEnd(i, j)) return;
    const { x, y } = this.#paths;
    const before = this.count;
    const [a, b] = [this.#side(i, j), this.#side(i, j + 1)];
    const [c, d] = [this.#side(j, i), this.#side(j, i + 1)];
    if (a * b < 0 && c * d < 0) {
      if (!this.#addEnds(i, j, a, b) && !this.#addEnds(j, i, c, d)) this.#addCrossing(i, j);
    } else {
      if (a === 0) this.#addWithin(i, x[j]!, y[j]!);
      if (b === 0) this.#addWithin(i, x[j + 1]!, y[j + 1]!);
      if (c === 0) this.#addWithin(j, x[i]!, y[i]!);
      if (d === 0) this.#addWithin(j, x[i + 1]!, y[i + 1]!);
    }
    if (this.count > before) this.#rules.touched(p, q);
  }

  /** Deals with segments that have an end in common. */
  #shareEnd(i: number, j: number): boolean {
    const { x, y } = this.#paths;
    for (const m of [i, i + 1]) {
      for (const n of [j, j + 1]) {
        if (x[m] !== x[n] || y[m] !== y[n]) continue;
        this.#met(i, j, m, n);
        return true;
      }
    }
    return false;
  }

  /** Positions m of segment i and n of segment j are the same. */
  #met(i: number, j: number, m: number, n: number): void {
    const { x, y } = this.#paths;
    const [p, q] = [this.#pathOf[i]!, this.#pathOf[j]!];
    const [k, l] = [2 * i + 1 - m, 2 * j + 1 - n]; // the other ends
    if (m !== n) {
      if (this.#isEnd(p, m) && this.#isEnd(q, n)) {
        if (this.#isFirst) this.#rules.met(p, q, x[m]!, y[m]!);
      } else this.#rules.touched(p, q);
    }
    const [dx, dy] = [x[k]! - x[m]!, y[k]! - y[m]!];
    const [ex, ey] = [x[l]! - x[m]!, y[l]! - y[m]!];
    if (dx * ey !== dy * ex || dx * ex + dy * ey <= 0) return;
    // One comes back over the other.
    this.#rules.touched(p, q);
    this.#addWithin(i, x[l]!, y[l]!);
    this.#addWithin(j, x[k]!, y[k]!);
  }

  #isEnd(path: number, position: number): boolean {
    const { start } = this.#paths;
    return position === start[path] || position === start[path + 1]! - 1;
  }

  /** Positive where a position lies on one side of a segment, negative on the other: its distance times the length. */
  #side(segment: number, position: number): number {
    const { x, y } = this.#paths;
    const [ax, ay] = [x[segment]!, y[segment]!];
    return (x[segment + 1]! - ax) * (y[position]! - ay) - (y[segment + 1]! - ay) * (x[position]! - ax);
  }

  /**
   * Leads a segment over the ends of one that crosses it, where it passes within half a unit of them anyway. The
   * crossing itself would be the next position, and so on: lines that are almost parallel creep along one another.
   */
  #addEnds(segment: number, other: number, ...sides: [start: number, end: number]): boolean {
    const { x, y } = this.#paths;
    const before = this.count;
    const reach = (Math.abs(x[segment + 1]! - x[segment]!) + Math.abs(y[segment + 1]! - y[segment]!)) / 2;
    sides.forEach((side, k) => {
      if (Math.abs(side) <= reach) this.#addWithin(segment, x[other + k]!, y[other + k]!);
    });
    return this.count > before;
  }

  #addCrossing(i: number, j: number): void {
    const { x, y } = this.#paths;
    const [ax, ay] = [x[i]!, y[i]!];
    const [dx, dy] = [x[i + 1]! - ax, y[i + 1]! - ay];
    const [ex, ey] = [x[j + 1]! - x[j]!, y[j + 1]! - y[j]!];
    const t = ((x[j]! - ax) * ey - (y[j]! - ay) * ex) / (dx * ey - dy * ex);
    const [cx, cy] = [Math.round(ax + t * dx), Math.round(ay + t * dy)];
    this.#add(i, cx, cy);
    this.#add(j, cx, cy);
  }

  /** Adds a position that is on the line of a segment if it is between the segment's ends. */
  #addWithin(segment: number, px: number, py: number): void {
    const { x, y } = this.#paths;
    const [ax, ay, bx, by] = [x[segment]!, y[segment]!, x[segment + 1]!, y[segment + 1]!];
    if ((px - ax) * (px - bx) > 0 || (py - ay) * (py - by) > 0) return;
    this.#add(segment, px, py);
  }

  #add(segment: number, px: number, py: number): void {
    const { x, y } = this.#paths;
    if (px === x[segment] && py === y[segment]) return;
    if (px === x[segment + 1] && py === y[segment + 1]) return;
    const list = this.#bySegment.get(segment);
    if (list) list.push([px, py]);
    else this.#bySegment.set(segment, [[px, py]]);
    this.count++;
  }

  applied(): { paths: Paths; fresh: Uint8Array } {
    const { x, y, start } = this.#paths;
    const size = x.length + this.count;
    const made = {
      x: new Float64Array(size),
      y: new Float64Array(size),
      start: new Uint32Array(start.length),
    };
    const fresh = new Uint8Array(size);
    let end = 0;
    const push = (px: number, py: number, isFresh: boolean): void => {
      const isFirst = end === made.start[path];
      if (!isFirst && made.x[end - 1] === px && made.y[end - 1] === py) return;
      made.x[end] = px;
      made.y[end] = py;
      if (isFresh && !isFirst) fresh[end - 1] = 1;
      end++;
    };
    let path = 0;
    for (; path + 1 < start.length; path++) {
      made.start[path] = end;
      for (let i = start[path]!; i < start[path + 1]!; i++) {
        const before = i > start[path]! ? this.#bySegment.get(i - 1) : undefined;
        if (before) {
          const [ax, ay] = [x[i - 1]!, y[i - 1]!];
          const distance = ([px, py]: [number, number]): number => (px - ax) ** 2 + (py - ay) ** 2;
          for (const [px, py] of before.sort((a, b) => distance(a) - distance(b))) push(px, py, true);
        }
        push(x[i]!, y[i]!, before !== undefined);
      }
    }
    made.start[path] = end;
    return { paths: { x: made.x.slice(0, end), y: made.y.slice(0, end), start: made.start }, fresh };
  }
}
