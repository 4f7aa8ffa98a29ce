import { REASONS } from './reasons.ts';
import { statisticsOf, type Statistics } from '../classes/stats.ts';
import { classifySorted } from './index.ts';
import { countDistinct, sortValues, type SortedValues } from './sorted.ts';
import type { Locale } from '../labels/index.ts';
import { DEFAULT_CLASSES, type Classification, type Method } from './types.ts';

export interface Candidate {
  readonly method: Method;
  readonly isolate: readonly number[];
  readonly breaks: readonly number[];
  readonly counts: readonly number[];
  readonly gvf: number | null;
  readonly tai: number | null;
  /** Intervals without a value. */
  readonly emptyClasses: number;
  /** Intervals with one value, or with fewer than 2 % of them: those hardly show on a map. */
  readonly tinyClasses: number;
  /** One sentence: what this method shows on these data. */
  readonly reason: string;
}

export interface Advice {
  readonly n: number;
  readonly dropped: number;
  readonly skew: number;
  readonly zeroShare: number;
  /** Three methods, the one that suits the shape of the data best first; none where there are no values. */
  readonly candidates: readonly Candidate[];
}

/**
 * Three classifications to choose from. The order follows the shape of the data and whether classes would be
 * empty or nearly so. Fit (GVF, TAI) is shown and does not decide: `jenks` always wins on it, and a map for
 * comparing ranks or fixed steps may need another method.
 */
export function advise(
  values: ArrayLike<number | null | undefined>,
  classes = DEFAULT_CLASSES,
  locale: Locale = 'en',
): Advice {
  const sorted = sortValues(values);
  const stats = statisticsOf(sorted);
  if (!stats) return { n: 0, dropped: sorted.dropped, skew: 0, zeroShare: 0, candidates: [] };
  // Many zeros (none, nothing reported) are a statement of their own and would fill the low classes.
  const isolate = stats.zeroShare >= 1 / classes && stats.min >= 0 && stats.max > 0 ? [0] : [];
  const shape = shapeOf(sorted, stats, isolate);
  const candidates = PROPOSALS[shape].map(({ method, reason }) =>
    candidate(classifySorted(sorted, { method, classes, isolate }), isolate, REASONS[reason][locale]),
  );
  // Empty classes waste colours, so they move a method back. Tiny ones do not: the last head of `headtail` and
  // an outlier that `jenks` sets apart are tiny on purpose.
  candidates.sort((a, b) => a.emptyClasses - b.emptyClasses);
  return {
    n: stats.n,
    dropped: stats.dropped,
    skew: stats.skew,
    zeroShare: stats.zeroShare,
    candidates,
  };
}

type Shape = 'few' | 'long-tailed' | 'skewed' | 'even';

interface Proposal {
  readonly method: Method;
  readonly reason: keyof typeof REASONS;
}

/** Best first. Every list has a method for groups and one for ranks, whatever the shape. */
const PROPOSALS: Record<Shape, readonly [Proposal, Proposal, Proposal]> = {
  few: [
    { method: 'jenks', reason: 'fewValues' },
    { method: 'equal', reason: 'fewSteps' },
    { method: 'quantile', reason: 'ranks' },
  ],
  'long-tailed': [
    { method: 'headtail', reason: 'tail' },
    { method: 'jenks', reason: 'groups' },
    { method: 'quantile', reason: 'ranks' },
  ],
  skewed: [
    { method: 'jenks', reason: 'groups' },
    { method: 'quantile', reason: 'ranks' },
    { method: 'pretty', reason: 'roundSkewed' },
  ],
  even: [
    { method: 'pretty', reason: 'roundEven' },
    { method: 'jenks', reason: 'groups' },
    { method: 'quantile', reason: 'ranks' },
  ],
};

/** So many distinct values can each have a class. */
const FEW = 5;

/** Skewness beyond 1 is commonly called high; an exponential distribution has 2, a log-normal one more. */
const HIGH_SKEW = 1;
const VERY_HIGH_SKEW = 2;

function shapeOf(sorted: SortedValues, whole: Statistics, isolate: readonly number[]): Shape {
  const rest = sorted.values.filter((value) => !isolate.includes(value));
  const stats = statisticsOf({ values: rest, dropped: 0 }) ?? whole;
  if (countDistinct(rest, FEW + 1) <= FEW) return 'few';
  if (stats.skew > VERY_HIGH_SKEW && stats.min >= 0) return 'long-tailed';
  return Math.abs(stats.skew) > HIGH_SKEW ? 'skewed' : 'even';
}

function candidate(result: Classification, isolate: readonly number[], reason: string): Candidate {
  const intervals = result.classes.filter((c) => !c.isolated);
  const total = intervals.reduce((sum, c) => sum + c.count, 0);
  return {
    method: result.method,
    isolate,
    breaks: result.breaks,
    counts: result.counts,
    gvf: result.gvf,
    tai: result.tai,
    emptyClasses: intervals.filter((c) => c.count === 0).length,
    tinyClasses: intervals.filter((c) => c.count > 0 && c.count < Math.max(2, total * 0.02)).length,
    reason,
  };
}
