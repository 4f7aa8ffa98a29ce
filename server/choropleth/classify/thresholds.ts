import { countUpTo } from './sorted.ts';
import type { ClassInterval } from './types.ts';

/** Steps that include their lower bound: a value v has class `classes[number of thresholds <= v]`. */
export interface Steps {
  readonly thresholds: number[];
  readonly classes: number[];
}

/**
 * Turns classes `(lower, upper]` into steps that include their lower bound, for the values that were
 * classified: with the breaks as steps, a value equal to a break would land one class too high.
 *
 * A threshold lies in the middle of the gap between the largest value of one class and the smallest of the
 * next, so that it survives a client that rounds. Empty classes between the two get even shares of the gap,
 * or are left out where floats are too coarse for that.
 *
 * @param sorted ascending values of the intervals, without the isolated ones
 */
export function stepsOf(
  sorted: Float64Array,
  intervals: readonly ClassInterval[],
  isolated: readonly ClassInterval[],
): Steps {
  const runs = runsOf(sorted, intervals, isolated);
  const first = runs[0];
  if (!first)
    return { thresholds: intervals.slice(0, -1).map((c) => c.upper), classes: intervals.map((c) => c.id) };
  const steps = leadingSteps(first, intervals);
  let lastInterval = first.isolated ? -1 : first.id;
  for (const [i, run] of runs.slice(1).entries()) {
    const ids = run.isolated ? [run.id] : idsAfter(lastInterval, run.id);
    const gap = [runs[i]!.max, run.min] as const;
    ids.forEach((id, k) => addStep(steps, pointInGap(...gap, (k + 1) / (ids.length + 1)), id));
    if (!run.isolated) lastInterval = run.id;
  }
  addTrailingSteps(steps, lastInterval, intervals, runs.at(-1)!.max);
  return steps;
}

/** A stretch of neighbouring values that share a class. */
interface Run {
  readonly id: number;
  readonly min: number;
  readonly max: number;
  readonly isolated: boolean;
}

/** Stretches in ascending order. An isolated value amid an interval cuts it in two with the same class. */
function runsOf(
  sorted: Float64Array,
  intervals: readonly ClassInterval[],
  isolated: readonly ClassInterval[],
): Run[] {
  const alone = isolated.filter((c) => c.count > 0).map((c) => run(c.id, c.upper, c.upper, true));
  const runs = intervals.flatMap((c) => {
    if (c.min === null || c.max === null) return [];
    const pieces: Run[] = [];
    let min = c.min;
    for (const { min: cut } of alone.filter((r) => r.min > c.min! && r.min < c.max!)) {
      const end = countUpTo(sorted, cut);
      if (sorted[end - 1]! >= min) pieces.push(run(c.id, min, sorted[end - 1]!, false));
      min = sorted[end]!;
    }
    return [...pieces, run(c.id, min, c.max, false)];
  });
  return [...runs, ...alone].sort((a, b) => a.min - b.min);
}

function run(id: number, min: number, max: number, isolated: boolean): Run {
  return { id, min, max, isolated };
}

/** Intervals below all values are empty: their own bounds are thresholds that no value touches. */
function leadingSteps(first: Run, intervals: readonly ClassInterval[]): Steps {
  if (first.isolated) return { thresholds: [], classes: [first.id] };
  const below = intervals.slice(0, first.id);
  return { thresholds: below.map((c) => c.upper), classes: [...below.map((c) => c.id), first.id] };
}

/** Intervals above all values are empty too, but a bound that equals the largest value must move up. */
function addTrailingSteps(steps: Steps, last: number, intervals: readonly ClassInterval[], max: number) {
  for (const { id, lower, upper } of intervals.slice(last + 1)) {
    const threshold = lower > max ? lower : pointInGap(max, upper, 1 / 2);
    if (threshold > max) addStep(steps, threshold, id);
  }
}

/** Adds a step; where no float is left above the last threshold, the empty class there gives way. */
function addStep({ thresholds, classes }: Steps, threshold: number, id: number): void {
  if (thresholds.length > 0 && threshold <= thresholds.at(-1)!) {
    classes[classes.length - 1] = id;
  } else {
    thresholds.push(threshold);
    classes.push(id);
  }
}

/** A point t with `a < t <= b`, that share of the way from a to b as far as floats allow. */
function pointInGap(a: number, b: number, share: number): number {
  const point = a * (1 - share) + b * share;
  return point > a && point <= b ? point : b;
}

/** The interval `id` and the empty ones before it; itself alone where it goes on after an isolated value. */
function idsAfter(last: number, id: number): number[] {
  const first = Math.min(id, last + 1);
  return Array.from({ length: id - first + 1 }, (_, i) => first + i);
}
