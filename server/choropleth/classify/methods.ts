import { invalidParameter } from '../../errors.ts';
import { jenksBreaks } from './jenks.ts';
import { logBreaks, prettyBreaks } from './round.ts';
import {
  between,
  countDistinct,
  countUpTo,
  distinctValues,
  mean,
  quantile,
  standardDeviation,
} from './sorted.ts';
import type { Method, ProposedBreaks } from './types.ts';

type Placed = Exclude<Method, 'manual'>;
type Breaker = (sorted: Float64Array, classes: number) => ProposedBreaks;

/**
 * Inner breaks of ascending values that are not all equal. Breaks may repeat or lie outside the data; what
 * becomes of those is the same for every method and is decided in `intervals.ts`.
 */
export const BREAKERS: Record<Placed, Breaker> = {
  /** As many values in each class as ties allow; where each value can have a class of its own, it has. */
  quantile(sorted, classes) {
    const breaks = inner(classes, (i) => quantile(sorted, i / classes));
    if (countDistinct(sorted, classes + 1) > classes) return { inner: breaks };
    const { values } = distinctValues(sorted);
    const areApart = values.subarray(1).every((value, i) => breaks.some((b) => b >= values[i]! && b < value));
    return { inner: areApart ? breaks : Array.from(values.subarray(0, -1)) };
  },

  /** Classes of equal width. */
  equal(sorted, classes) {
    const [min, max] = extent(sorted);
    return { inner: inner(classes, (i) => min + ((max - min) / classes) * i) };
  },

  /** Least variance within classes. */
  jenks: (sorted, classes) => ({ inner: jenksBreaks(sorted, classes) }),

  /** Classes one standard deviation wide and symmetric around the mean: six break at −2 … +2, five at −1.5 … +1.5. */
  stddev(sorted, classes) {
    const center = mean(sorted);
    const sd = standardDeviation(sorted);
    return { inner: inner(classes, (i) => center + sd * (i - classes / 2)) };
  },

  /** The mean, the mean of what lies above it, and so on (Jiang 2013, "Head/tail breaks"). */
  headtail(sorted, classes) {
    const breaks: number[] = [];
    let from = 0;
    while (breaks.length < classes - 1 && sorted[from]! < sorted[sorted.length - 1]!) {
      const center = meanAmong(sorted, from);
      breaks.push(center);
      from = countUpTo(sorted, center, from);
    }
    return { inner: breaks };
  },

  /** In the middle of the widest gaps between neighbouring values; of equal gaps the lower ones. */
  maxbreaks(sorted, classes) {
    const breaks = widestGaps(sorted, classes - 1).map((i) => between(sorted[i - 1]!, sorted[i]!));
    return { inner: breaks.sort((a, b) => a - b) };
  },

  /** Round numbers. */
  pretty: (sorted, classes) => prettyBreaks(...extent(sorted), classes),

  /** Quartiles, and Tukey's fences 1.5 interquartile ranges beyond them, so that outliers stand alone. */
  boxplot(sorted) {
    const [q1, q2, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)];
    const reach = 1.5 * (q3 - q1);
    return { inner: [q1 - reach, q1, q2, q3, q3 + reach] };
  },

  /** Each class wider than the one before by the same factor. */
  geometric(sorted, classes) {
    const [min, max] = positiveExtent(sorted, 'geometric');
    return { inner: inner(classes, (i) => min * (max / min) ** (i / classes)) };
  },

  /** Round numbers on a logarithmic scale. */
  log: (sorted, classes) => logBreaks(...positiveExtent(sorted, 'log'), classes),
};

/**
 * The mean of what lies from `from` on, which is a value itself where it equals one but for rounding: decimals have
 * no exact float, so the mean of 0.53, 0.54 and 0.55 can be a hair beside 0.54. Never the largest value, as that is
 * beyond the mean of values that are not all equal.
 */
function meanAmong(sorted: Float64Array, from: number): number {
  const center = mean(sorted, from);
  let size = 0;
  for (let i = from; i < sorted.length; i++) size += Math.abs(sorted[i]!) / (sorted.length - from);
  const at = countUpTo(sorted, center, from);
  const isHere = (value: number | undefined): value is number =>
    value !== undefined && Math.abs(value - center) <= Number.EPSILON * size;
  const largest = sorted[sorted.length - 1]!;
  const near = [sorted[at - 1], sorted[at]].filter(isHere).find((value) => value < largest);
  return near ?? center;
}

/** The k − 1 inner breaks of k classes. */
function inner(classes: number, place: (i: number) => number): number[] {
  return Array.from({ length: classes - 1 }, (_, i) => place(i + 1));
}

function extent(sorted: Float64Array): [min: number, max: number] {
  return [sorted[0]!, sorted[sorted.length - 1]!];
}

function positiveExtent(sorted: Float64Array, method: Method): [min: number, max: number] {
  const [min, max] = extent(sorted);
  if (min > 0) return [min, max];
  const zeros = min === 0 ? ' (isolate=0 sets the zeros apart)' : '';
  throw invalidParameter('method', method, `another one where values are 0 or less${zeros}`);
}

/** Positions i with the largest `sorted[i] - sorted[i - 1]`, at most `count` of them. */
function widestGaps(sorted: Float64Array, count: number): number[] {
  const widest: { at: number; width: number }[] = [];
  for (let at = 1; at < sorted.length; at++) {
    const width = sorted[at]! - sorted[at - 1]!;
    if (width === 0 || (widest.length === count && width <= widest[count - 1]!.width)) continue;
    let place = widest.length;
    while (place > 0 && widest[place - 1]!.width < width) place--;
    widest.splice(place, 0, { at, width });
    widest.length = Math.min(widest.length, count);
  }
  return widest.map((gap) => gap.at);
}
