import { invalidParameter } from '../../errors.ts';
import { fitOf } from './fit.ts';
import { assigner, boundsOf, fillIntervals, isolatedClass, type Bounds } from './intervals.ts';
import { BREAKERS } from './methods.ts';
import { checkOptions, type CheckedOptions } from './options.ts';
import { countDistinct, countUpTo, sortValues, type SortedValues } from './sorted.ts';
import { stepsOf } from './thresholds.ts';
import {
  MAX_CLASSES,
  type Classification,
  type ClassifyOptions,
  type Method,
  type Warning,
} from './types.ts';
import { WARNINGS } from './warnings.ts';

export { sortValues, type SortedValues } from './sorted.ts';
export * from './types.ts';

/**
 * Class breaks of the values of a region set: `(lower, upper]`, the first class closed below. NULL, NaN and
 * infinite values are left out first and counted.
 *
 * @throws AppError `invalid_parameter`: an option is not allowed, or `geometric` or `log` meets a value that is
 *   0 or less and not isolated.
 */
export function classify(
  values: ArrayLike<number | null | undefined>,
  options: ClassifyOptions,
): Classification {
  return classifySorted(sortValues(values), options);
}

/** The same for values that are sorted already, to compare methods without sorting again. */
export function classifySorted(sorted: SortedValues, options: ClassifyOptions): Classification {
  const checked = checkOptions(options);
  const all = sorted.values;
  const rest = withoutValues(all, checked.isolate);
  const { bounds, warnings } = place(rest, checked);
  const { intervals, ends } = fillIntervals(rest, bounds);
  const present = checked.isolate.filter((value) => countOf(all, value) > 0);
  const isolated = present.map((value, i) => isolatedClass(intervals.length + i, value, countOf(all, value)));
  const classes = [...intervals, ...isolated];
  const steps = stepsOf(rest, intervals, isolated);
  const fit = fitOf(all, rest, ends);
  const empty = intervals.filter((c) => c.count === 0).length;
  return {
    method: checked.method,
    classesRequested: checked.classes,
    classesActual: intervals.length,
    breaks: bounds.uppers,
    classes,
    counts: classes.map((c) => c.count),
    n: all.length,
    dropped: sorted.dropped,
    min: all[0] ?? null,
    max: all.at(-1) ?? null,
    gvf: fit?.gvf ?? null,
    tai: fit?.tai ?? null,
    thresholds: steps.thresholds,
    thresholdClasses: steps.classes,
    warnings: empty > 0 ? [...warnings, WARNINGS.emptyClasses(empty)] : warnings,
    assign: assigner(bounds.uppers, isolated),
  };
}

interface Placed {
  readonly bounds: Pick<Bounds, 'lower' | 'uppers'>;
  readonly warnings: Warning[];
}

function place(sorted: Float64Array, options: CheckedOptions): Placed {
  if (options.method === 'manual') return placeManual(sorted, options);
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) {
    return { bounds: { lower: NaN, uppers: [] }, warnings: [WARNINGS.noValues()] };
  }
  if (min === max) return { bounds: { lower: min, uppers: [min] }, warnings: [WARNINGS.constant(min)] };
  const { classes, bounds } = placeClasses(sorted, { method: options.method, classes: options.classes }, [
    min,
    max,
  ]);
  const warnings: Warning[] = [];
  if (classes < options.classes) {
    warnings.push(WARNINGS.classesReduced(countDistinct(sorted, options.classes), classes, options.classes));
  }
  if (bounds.collapsed > 0) warnings.push(WARNINGS.breaksCollapsed(bounds.collapsed));
  if (bounds.outside > 0) warnings.push(WARNINGS.breaksOutsideData(bounds.outside));
  return { bounds, warnings };
}

/** These place breaks by a fixed width or round numbers, whatever the number of values. */
const WIDTHS_OF_THEIR_OWN: readonly Method[] = ['pretty', 'log', 'stddev', 'boxplot'];
/** These divide the range: with fewer, wider classes, values that stood apart may come to stand together. */
const DIVIDE_THE_RANGE: readonly Method[] = ['equal', 'geometric'];

/**
 * The other methods cannot make use of more classes than there are distinct values: they get no more, unless it
 * takes more to tell apart what the number asked for would.
 */
function placeClasses(
  sorted: Float64Array,
  { method, classes }: { method: Exclude<Method, 'manual'>; classes: number },
  [min, max]: readonly [min: number, max: number],
): { classes: number; bounds: Bounds } {
  const place = (count: number): { classes: number; bounds: Bounds } => ({
    classes: count,
    bounds: boundsOf(BREAKERS[method](sorted, count), min, max),
  });
  const distinct = WIDTHS_OF_THEIR_OWN.includes(method) ? classes : countDistinct(sorted, classes);
  if (distinct === classes || !DIVIDE_THE_RANGE.includes(method)) return place(distinct);
  const choices = Array.from({ length: classes - distinct + 1 }, (_, i) => place(distinct + i));
  const filled = choices.map(
    ({ bounds }) => fillIntervals(sorted, bounds).intervals.filter((c) => c.count > 0).length,
  );
  return choices[filled.indexOf(Math.max(...filled))]!;
}

/**
 * The breaks as given, empty classes included, so that maps of several years or filters can share them.
 * Only a maximum above the last break adds a class: a value must not be drawn in a class that excludes it.
 */
function placeManual(sorted: Float64Array, options: CheckedOptions): Placed {
  const { breaks } = options;
  const max = sorted.at(-1) ?? -Infinity;
  const warnings: Warning[] = [];
  if (options.repeatedBreaks > 0) warnings.push(WARNINGS.breaksCollapsed(options.repeatedBreaks));
  const above = max > breaks.at(-1)!;
  if (above) warnings.push(WARNINGS.valuesAboveBreaks(max));
  const uppers = above ? [...breaks, max] : breaks;
  if (uppers.length > MAX_CLASSES) {
    throw invalidParameter(
      'breaks',
      breaks,
      `at most ${MAX_CLASSES - 1} where values lie above the last one`,
    );
  }
  return { bounds: { lower: Math.min(sorted[0] ?? Infinity, breaks[0]!), uppers }, warnings };
}

function withoutValues(sorted: Float64Array, isolate: readonly number[]): Float64Array {
  return isolate.some((value) => countOf(sorted, value) > 0)
    ? sorted.filter((value) => !isolate.includes(value))
    : sorted;
}

function countOf(sorted: Float64Array, value: number): number {
  const end = countUpTo(sorted, value);
  let start = end;
  while (start > 0 && sorted[start - 1] === value) start--;
  return end - start;
}
