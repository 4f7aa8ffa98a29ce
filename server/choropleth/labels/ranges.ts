import type { ClassInterval } from '../classify/types.ts';
import {
  decimalsOf,
  decorate,
  formatNumber,
  fromSteps,
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
  /** Decimals of the interval labels, below zero where they are rounded to thousands or more. */
  readonly digits: number;
  /** True where every value, rounded to `digits`, lies within the label of its class and of no other. */
  readonly exact: boolean;
}

/**
 * Legend labels such as `1.2 – 3.4`, `3.5 – 5.0`, in whole numbers `1 – 4`, `5 – 9`; `7` for a class of one value.
 *
 * A label is a range of rounded numbers, both ends included, and the next one starts one step of the last
 * digit higher, so no number belongs to two. An end is the class bound rounded down, moved where the
 * data need it so that every value, rounded likewise, lies in the label of its own class. Decimals are the
 * fewest that allow this; where neighbouring classes almost touch and it would take three or more additional
 * ones, two are added, neighbours share the number that both have values at, and `exact` is false. Numbers of ten
 * digits and more are rounded to thousands, millions, … where that suffices.
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
  const write = (end: number) => plainNumber(fromSteps(end, digits), style.locale, digits);
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

/** Decimals to add for exactness before neighbours share an end. */
const EXTRA_DIGITS = 2;

function chooseEnds(intervals: readonly Interval[], isolated: readonly number[]): Choice {
  const first = fewestDigits(intervals);
  const most = Math.min(MAX_DIGITS, Math.max(first + EXTRA_DIGITS, 0));
  for (let digits = first; digits <= most; digits++) {
    const ends = exactEnds(intervals, isolated, digits);
    if (ends) return { digits, ends, exact: true };
  }
  for (let digits = most; ; digits++) {
    const ends = sharedEnds(intervals, digits);
    const areDistinct = ends.every(([from, to], i) => from !== ends[i - 1]?.[0] || to !== ends[i - 1]?.[1]);
    if (areDistinct || digits === MAX_DIGITS) return { digits, ends, exact: false };
  }
}

/** Numbers from here on are too long to stand in a legend digit by digit. */
const LONG = 1e9;

/** Whole numbers need no decimals, one value its own; else a step is at most a twentieth of the range. */
function fewestDigits(intervals: readonly Interval[]): number {
  const values = intervals.flatMap((c) => [c.min ?? c.upper, c.max ?? c.upper]);
  const range = Math.max(...values) - Math.min(...values);
  const isLong = values.some((value) => Math.abs(value) >= LONG);
  const areWhole = values.every(Number.isInteger);
  if (areWhole && !isLong) return 0;
  if (range === 0) return decimalsOf(values[0]!);
  const wanted = Math.ceil(-Math.log10(range / 20));
  return Math.min(areWhole ? 0 : MAX_DIGITS, Math.max(isLong ? -MAX_DIGITS : 0, wanted));
}

/**
 * Ends in which every value, rounded, finds its own class; `undefined` where these decimals are too few. An
 * empty class needs a step of its own too.
 */
function exactEnds(intervals: readonly Interval[], isolated: readonly number[], digits: number) {
  const ends: Ends[] = [];
  for (const [i, { lower, upper, max }] of intervals.entries()) {
    const from = i === 0 ? inSteps(lower, digits) : ends[i - 1]![1] + 1;
    // Beyond 2^53 there is no next number.
    if (i > 0 && from === ends[i - 1]![1]) return undefined;
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

/** Ends in which every value, rounded, lies in its own class, although it may be an end of a neighbour too. */
function sharedEnds(intervals: readonly Interval[], digits: number): Ends[] {
  const ends: Ends[] = [];
  for (const [i, { lower, upper, min, max }] of intervals.entries()) {
    const last = ends[i - 1]?.[1];
    const bound = floor(upper, digits);
    const next = last === undefined ? inSteps(lower, digits) : last + 1;
    const from = Math.min(next, min === null ? Math.max(last ?? next, bound) : inSteps(min, digits));
    ends.push([from, Math.max(from, bound, max === null ? -Infinity : inSteps(max, digits))]);
  }
  return ends;
}

/** The last step at or below a value; dividing back tells whether rounding went above it. */
function floor(value: number, digits: number): number {
  const nearest = inSteps(value, digits);
  return fromSteps(nearest, digits) <= value ? nearest : nearest - 1;
}

function inShownValues({ lower, upper, min, max }: LabelledClass, style: NumberStyle): Interval {
  return {
    lower: shownValue(lower, style),
    upper: shownValue(upper, style),
    min: min === null ? null : shownValue(min, style),
    max: max === null ? null : shownValue(max, style),
  };
}
