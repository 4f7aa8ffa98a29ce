import type { ClassInterval } from '../classify/types.ts';
import {
  decimalsOf,
  decorate,
  formatNumber,
  inSteps,
  MAX_DIGITS,
  plainNumber,
  shownValue,
  type NumberStyle,
} from './numbers.ts';

/** What a label needs to know of a class. */
export type LabelledClass = Pick<ClassInterval, 'lower' | 'upper' | 'isolated' | 'min' | 'max'>;

export interface RangeLabels {
  /** One label per class, in the order of the classes. */
  readonly labels: string[];
  /** Decimals of the interval labels; show values beside the map with as many. */
  readonly digits: number;
  /** True where every value, rounded to `digits`, lies within the label of its class. */
  readonly exact: boolean;
}

/**
 * Legend labels such as `1.2 – 3.4`, `3.5 – 5.0`, in whole numbers `1 – 4`, `5 – 9`; `7` for a class of one value.
 *
 * A label is a range of rounded numbers, both ends included, and the next one starts one step of the last
 * digit higher, so no number belongs to two. An end is the class bound rounded down, moved where the
 * data need it so that every value, rounded likewise, lies in the label of its own class. Decimals are the
 * fewest that allow this; where neighbouring classes almost touch and it would take three or more additional
 * ones, the bounds are merely rounded and `exact` is false.
 *
 * @param classes intervals in ascending order, then isolated values
 */
export function rangeLabels(classes: readonly LabelledClass[], style: NumberStyle = {}): RangeLabels {
  const intervals = classes.filter((c) => !c.isolated).map((c) => inShownValues(c, style));
  const isolated = classes.filter((c) => c.isolated).map((c) => c.upper);
  const { digits, ends, exact } = chooseEnds(
    intervals,
    isolated.map((value) => shownValue(value, style)),
  );
  const write = (end: number) => plainNumber(end / 10 ** digits, style.locale, digits);
  const ranges = ends.map(([from, to]) => (from === to ? write(from) : `${write(from)} – ${write(to)}`));
  return {
    labels: [...ranges.map((text) => decorate(text, style)), ...isolated.map((v) => formatNumber(v, style))],
    digits,
    exact,
  };
}

type Interval = Pick<ClassInterval, 'lower' | 'upper' | 'min' | 'max'>;

/** First and last number of a label, counted in steps of the last digit. */
type Ends = readonly [from: number, to: number];

interface Choice {
  readonly digits: number;
  readonly ends: Ends[];
  readonly exact: boolean;
}

/** Decimals to add for exactness before bounds are merely rounded. */
const EXTRA_DIGITS = 2;

function chooseEnds(intervals: readonly Interval[], isolated: readonly number[]): Choice {
  const first = fewestDigits(intervals);
  for (let digits = first; digits <= Math.min(MAX_DIGITS, first + EXTRA_DIGITS); digits++) {
    const ends = exactEnds(intervals, isolated, digits);
    if (ends) return { digits, ends, exact: true };
  }
  for (let digits = first; ; digits++) {
    const ends = roundedEnds(intervals, digits);
    const distinct = ends.every(([from, to]) => from <= to);
    if (distinct) return { digits, ends, exact: false };
    if (digits === MAX_DIGITS) return { digits, ends: ends.map(([from]) => [from, from]), exact: false };
  }
}

/** Whole numbers need no decimals, one value its own; else a step is at most a twentieth of the range. */
function fewestDigits(intervals: readonly Interval[]): number {
  const values = intervals.flatMap((c) => [c.min ?? c.upper, c.max ?? c.upper]);
  const range = Math.max(...values) - Math.min(...values);
  if (values.every(Number.isInteger)) return 0;
  if (range === 0) return decimalsOf(values[0]!);
  return Math.min(MAX_DIGITS, Math.max(0, Math.ceil(-Math.log10(range / 20))));
}

/**
 * Ends in which every value, rounded, finds its own class; `undefined` where these decimals are too few. An
 * empty class needs a step of its own too.
 */
function exactEnds(intervals: readonly Interval[], isolated: readonly number[], digits: number) {
  const ends: Ends[] = [];
  for (const [i, { lower, upper, max }] of intervals.entries()) {
    const from = i === 0 ? inSteps(lower, digits) : ends[i - 1]![1] + 1;
    const least = Math.max(from, max === null ? -Infinity : inSteps(max, digits));
    const most = roomUpTo(intervals, i, digits);
    if (least > most) return undefined;
    ends.push([from, Math.min(most, Math.max(least, floor(upper, digits)))]);
  }
  const start = intervals[0]?.lower ?? Infinity;
  const swallowed = isolated.some(
    (value) => value < start && inSteps(value, digits) >= inSteps(start, digits),
  );
  return swallowed ? undefined : ends;
}

/** The highest end of class i that leaves a step to each empty class before the next value. */
function roomUpTo(intervals: readonly Interval[], i: number, digits: number): number {
  const next = intervals.findIndex((c, j) => j > i && c.min !== null);
  return next === -1 ? Infinity : inSteps(intervals[next]!.min!, digits) - (next - i);
}

function roundedEnds(intervals: readonly Interval[], digits: number): Ends[] {
  return intervals.map(({ lower, upper }, i) => [
    inSteps(lower, digits) + (i === 0 ? 0 : 1),
    inSteps(upper, digits),
  ]);
}

/** The last step at or below a value; dividing back tells whether rounding went above it. */
function floor(value: number, digits: number): number {
  const nearest = inSteps(value, digits);
  return nearest / 10 ** digits <= value ? nearest : nearest - 1;
}

function inShownValues({ lower, upper, min, max }: LabelledClass, style: NumberStyle): Interval {
  return {
    lower: shownValue(lower, style),
    upper: shownValue(upper, style),
    min: min === null ? null : shownValue(min, style),
    max: max === null ? null : shownValue(max, style),
  };
}
