import { countUpTo } from './sorted.ts';
import type { ClassInterval, ProposedBreaks } from './types.ts';

/** The bounds of the classes: `(lower, uppers[0]]`, `(uppers[0], uppers[1]]`, … */
export interface Bounds {
  readonly lower: number;
  readonly uppers: readonly number[];
  /** Proposed breaks that repeated another one, and those that lay outside the data. */
  readonly collapsed: number;
  readonly outside: number;
}

/**
 * Makes strictly ascending bounds of what a method proposed. A break below the smallest or above the largest
 * value would bound a class that can hold nothing, so it is left out; one equal to the largest value repeats
 * the last bound.
 */
export function boundsOf(proposed: ProposedBreaks, min: number, max: number): Bounds {
  const upper = proposed.upper ?? max;
  const within = proposed.inner.filter((b) => b >= min && b <= max);
  const uppers = within.filter((b, i) => b < upper && (i === 0 || b > within[i - 1]!));
  uppers.push(upper);
  return {
    lower: proposed.lower ?? min,
    uppers,
    collapsed: within.length + 1 - uppers.length,
    outside: proposed.inner.length - within.length,
  };
}

/**
 * The intervals with what fell in them.
 *
 * @param sorted ascending values, all within the bounds
 * @returns the intervals, and per interval the position in `sorted` after its last value
 */
export function fillIntervals(sorted: Float64Array, bounds: Pick<Bounds, 'lower' | 'uppers'>) {
  const ends: number[] = [];
  const intervals: ClassInterval[] = [];
  let start = 0;
  for (const [id, upper] of bounds.uppers.entries()) {
    const end = countUpTo(sorted, upper, start);
    const lower = id === 0 ? bounds.lower : bounds.uppers[id - 1]!;
    intervals.push({
      id,
      lower,
      upper,
      closedLower: id === 0,
      closedUpper: true,
      isolated: false,
      count: end - start,
      min: end > start ? sorted[start]! : null,
      max: end > start ? sorted[end - 1]! : null,
    });
    ends.push(end);
    start = end;
  }
  return { intervals, ends };
}

/** The class of one isolated value. */
export function isolatedClass(id: number, value: number, count: number): ClassInterval {
  const held = count > 0 ? value : null;
  return {
    id,
    lower: value,
    upper: value,
    closedLower: true,
    closedUpper: true,
    isolated: true,
    count,
    min: held,
    max: held,
  };
}

/** Class id of a value, by binary search over the upper bounds. */
export function assigner(uppers: readonly number[], isolated: readonly ClassInterval[]) {
  const apart = new Map(isolated.map((c) => [c.upper, c.id]));
  return (value: number | null | undefined): number | null => {
    if (value == null || Number.isNaN(value)) return null;
    const alone = apart.get(value);
    if (alone !== undefined) return alone;
    if (uppers.length === 0) return null;
    let low = 0;
    let high = uppers.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= uppers[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
