import { statisticsOf, type Statistics } from '../stats.ts';
import { classifySorted } from './index.ts';
import { countDistinct, sortValues, type SortedValues } from './sorted.ts';
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
export function advise(values: ArrayLike<number | null | undefined>, classes = DEFAULT_CLASSES): Advice {
  const sorted = sortValues(values);
  const stats = statisticsOf(sorted);
  if (!stats) return { n: 0, dropped: sorted.dropped, skew: 0, zeroShare: 0, candidates: [] };
  // Many zeros (none, nothing reported) are a statement of their own and would fill the low classes.
  const isolate = stats.zeroShare >= 1 / classes && stats.min >= 0 && stats.max > 0 ? [0] : [];
  const shape = shapeOf(sorted, stats, isolate);
  const candidates = PROPOSALS[shape].map(({ method, reason }) =>
    candidate(classifySorted(sorted, { method, classes, isolate }), isolate, reason),
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
  readonly reason: string;
}

const RANKS = 'As many regions in each class: good for ranks, though near values may be parted.';
const GROUPS = 'Breaks where values part by themselves: good to see groups, hard to compare between maps.';

/** Best first. Every list has a method for groups and one for ranks, whatever the shape. */
const PROPOSALS: Record<Shape, readonly [Proposal, Proposal, Proposal]> = {
  few: [
    { method: 'jenks', reason: 'Few distinct values, so each can be a class.' },
    { method: 'equal', reason: 'Steps of equal width keep the distances between the few values visible.' },
    { method: 'quantile', reason: RANKS },
  ],
  'long-tailed': [
    {
      method: 'headtail',
      reason: 'Very many small values and few large ones: each class splits off the head above its mean.',
    },
    { method: 'jenks', reason: GROUPS },
    { method: 'quantile', reason: RANKS },
  ],
  skewed: [
    { method: 'jenks', reason: GROUPS },
    { method: 'quantile', reason: RANKS },
    { method: 'pretty', reason: 'Round numbers: easy to read, but the skewed data crowd into some classes.' },
  ],
  even: [
    { method: 'pretty', reason: 'Nearly symmetric data and round numbers: easy to read and to compare.' },
    { method: 'jenks', reason: GROUPS },
    { method: 'quantile', reason: RANKS },
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
