/** Lines of whole tile units: path p has the positions from `start[p]` up to, not including, `start[p + 1]`. */
export interface Paths {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly start: Uint32Array;
}

/** Which path each segment is of; segment i runs from position i to i + 1, and that of a path's last is none: −1. */
export function pathOfSegments({ x, start }: Paths): Int32Array {
  const paths = new Int32Array(x.length).fill(-1);
  for (let path = 0; path + 1 < start.length; path++) {
    for (let i = start[path]!; i + 1 < start[path + 1]!; i++) paths[i] = path;
  }
  return paths;
}

/** Segments looked at between two places where the work may be interrupted. */
const PER_STEP = 4_096;

/**
 * Calls `visit` with every two segments whose boxes meet, one of them `fresh` at least (all are where that is
 * undefined). A sweep along the axis on which fewer of them lie side by side; the order along it is that of buckets,
 * which takes no sorting.
 */
export function* meetingSegments(
  { x, y }: Paths,
  pathOf: Int32Array,
  fresh: Uint8Array | undefined,
  visit: (one: number, other: number) => void,
): Generator<void, void> {
  const [along, across] = share(x, pathOf) <= share(y, pathOf) ? [x, y] : [y, x];
  const { order, bucketOf, last } = inBuckets(along, pathOf);
  const freshOnes = fresh ? order.filter((segment) => fresh[segment] === 1) : order;
  /** The first of `freshOnes` that comes after the segment at hand. */
  let next = 0;
  for (let k = 0; k < order.length; k++) {
    if (k % PER_STEP === 0) yield;
    const i = order[k]!;
    const isFresh = freshOnes[next] === i;
    if (isFresh) next++;
    const others = isFresh ? order : freshOnes;
    const end = last[i]!;
    const low = Math.min(along[i]!, along[i + 1]!);
    const high = Math.max(along[i]!, along[i + 1]!);
    const bottom = Math.min(across[i]!, across[i + 1]!);
    const top = Math.max(across[i]!, across[i + 1]!);
    for (let m = isFresh ? k + 1 : next; m < others.length; m++) {
      const j = others[m]!;
      if (bucketOf[j]! > end) break;
      const a = across[j]!;
      const b = across[j + 1]!;
      if ((a < bottom && b < bottom) || (a > top && b > top)) continue;
      const c = along[j]!;
      const d = along[j + 1]!;
      if ((c > high && d > high) || (c < low && d < low)) continue;
      visit(i, j);
    }
  }
}

/** How far segments reach along an axis, as a share of all of it. */
function share(values: Float64Array, pathOf: Int32Array): number {
  const [min, max] = limits(values);
  let sum = 0;
  for (let i = 0; i + 1 < values.length; i++)
    if (pathOf[i]! >= 0) sum += Math.abs(values[i + 1]! - values[i]!);
  return max > min ? sum / (max - min) : Infinity;
}

function limits(values: Float64Array): [number, number] {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min, max];
}

/** Segments by the bucket that they begin in, and for each the buckets of both its ends. */
function inBuckets(
  along: Float64Array,
  pathOf: Int32Array,
): { order: Uint32Array; bucketOf: Uint32Array; last: Uint32Array } {
  const size = along.length;
  const [min, max] = limits(along);
  const scale = max > min ? (size - 1) / (max - min) : 0;
  const bucketOf = new Uint32Array(size);
  const last = new Uint32Array(size);
  const starts = new Uint32Array(size + 2);
  let count = 0;
  for (let i = 0; i + 1 < size; i++) {
    if (pathOf[i]! < 0) continue;
    const a = Math.floor((along[i]! - min) * scale);
    const b = Math.floor((along[i + 1]! - min) * scale);
    bucketOf[i] = a < b ? a : b;
    last[i] = a < b ? b : a;
    starts[bucketOf[i]! + 1]!++;
    count++;
  }
  for (let bucket = 1; bucket < starts.length; bucket++) starts[bucket]! += starts[bucket - 1]!;
  const order = new Uint32Array(count);
  for (let i = 0; i + 1 < size; i++) if (pathOf[i]! >= 0) order[starts[bucketOf[i]!]!++] = i;
  return { order, bucketOf, last };
}
