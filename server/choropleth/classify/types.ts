/** The ways to place class breaks. Each is described beside its function in `methods.ts`. */
export const METHODS = [
  'quantile',
  'equal',
  'jenks',
  'stddev',
  'headtail',
  'maxbreaks',
  'pretty',
  'boxplot',
  'geometric',
  'log',
  'manual',
] as const;
export type Method = (typeof METHODS)[number];

export const MIN_CLASSES = 2;
export const MAX_CLASSES = 9;
export const DEFAULT_CLASSES = 5;

export interface ClassifyOptions {
  method: Method;
  /**
   * How many classes are wanted, 2–9, 5 where absent. `pretty` and `log` come as close as round numbers
   * allow, `headtail` makes at most so many (9 where absent), `boxplot` and `manual` do not look at it.
   */
  classes?: number | undefined;
  /** For `manual`: ascending upper bounds. Values above the last one get one more class. */
  breaks?: readonly number[] | undefined;
  /** Values that get a class of their own (`[0]`: the zeros) and take no part in placing the breaks. */
  isolate?: readonly number[] | undefined;
}

/** One class: `(lower, upper]`, or `[lower, upper]` where `closedLower`. */
export interface ClassInterval {
  /** Position in `Classification.classes`. */
  readonly id: number;
  readonly lower: number;
  readonly upper: number;
  readonly closedLower: boolean;
  readonly closedUpper: true;
  /** True for a class that holds one isolated value; then `lower = upper`. */
  readonly isolated: boolean;
  readonly count: number;
  /** Smallest and largest value that fell in the class; `null` where it is empty. */
  readonly min: number | null;
  readonly max: number | null;
}

export type WarningCode =
  | 'no_values'
  | 'constant'
  | 'classes_reduced'
  | 'breaks_collapsed'
  | 'breaks_outside_data'
  | 'empty_classes'
  | 'values_above_breaks';

export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
}

/** What a method proposes: inner breaks, and outer bounds where they are rounder than the data's own. */
export interface ProposedBreaks {
  readonly inner: readonly number[];
  readonly lower?: number;
  readonly upper?: number;
}

export interface Classification {
  readonly method: Method;
  readonly classesRequested: number;
  /** Number of intervals, that is `breaks.length`; isolated classes come on top. */
  readonly classesActual: number;
  /** Upper bounds of the intervals, strictly ascending. */
  readonly breaks: readonly number[];
  /**
   * The intervals in ascending order (id = position in a colour ramp), then the isolated values in
   * ascending order: whether a value is isolated never moves the ids of the intervals.
   */
  readonly classes: readonly ClassInterval[];
  /** Values per class id. */
  readonly counts: readonly number[];
  /** Values classified, and values left out (NULL, NaN, infinite). */
  readonly n: number;
  readonly dropped: number;
  readonly min: number | null;
  readonly max: number | null;
  /** Goodness of variance fit and tabular accuracy index, 0–1; `null` without values. */
  readonly gvf: number | null;
  readonly tai: number | null;
  /**
   * For clients whose steps include their lower bound (MapLibre `step`, d3 `scaleThreshold`,
   * `width_bucket`): a value v has class `thresholdClasses[number of thresholds <= v]`. Thresholds are
   * strictly ascending and lie in the gaps between the classified values, so they hold for those values.
   */
  readonly thresholds: readonly number[];
  readonly thresholdClasses: readonly number[];
  readonly warnings: readonly Warning[];
  /** Class id of a value; values beyond the outer bounds get the outer class. `null` for NULL and NaN. */
  readonly assign: (value: number | null | undefined) => number | null;
}
