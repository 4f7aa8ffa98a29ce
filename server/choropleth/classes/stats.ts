import {
  countUpTo,
  mean,
  quantile,
  sortValues,
  standardDeviation,
  type SortedValues,
} from '../classify/sorted.ts';

export interface Statistics {
  readonly n: number;
  /** Values left out: NULL, NaN and infinite ones. */
  readonly dropped: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  /** Sample standard deviation (n − 1); 0 for one value. */
  readonly sd: number;
  /** Sample skewness, 0 where it is not defined; see `skewness`. */
  readonly skew: number;
  /** Type 7. */
  readonly quantiles: {
    readonly p5: number;
    readonly p25: number;
    readonly p75: number;
    readonly p95: number;
  };
  /** Share of values that are exactly 0. */
  readonly zeroShare: number;
  readonly histogram: Histogram;
}

/** Bins of equal width, `(edge, next edge]`, the first closed below: the same rule as for classes. */
export interface Histogram {
  /** One more than there are counts. */
  readonly edges: number[];
  readonly counts: number[];
}

/** A histogram beside a legend is some 300 pixels wide; more bins would be thinner than a bar can be. */
const MAX_BINS = 60;

/** Describes the values of a region set; `null` where there are none. */
export function statistics(values: ArrayLike<number | null | undefined>): Statistics | null {
  return statisticsOf(sortValues(values));
}

/** The same for values that are sorted already. */
export function statisticsOf({ values, dropped }: SortedValues): Statistics | null {
  const n = values.length;
  if (n === 0) return null;
  return {
    n,
    dropped,
    min: values[0]!,
    max: values[n - 1]!,
    mean: mean(values),
    median: quantile(values, 0.5),
    sd: standardDeviation(values),
    skew: skewness(values),
    quantiles: {
      p5: quantile(values, 0.05),
      p25: quantile(values, 0.25),
      p75: quantile(values, 0.75),
      p95: quantile(values, 0.95),
    },
    zeroShare: zeros(values) / n,
    histogram: histogram(values),
  };
}

/**
 * Adjusted Fisher–Pearson skewness G1 (Joanes & Gill 1998), as in pandas and spreadsheets:
 * `√(n(n−1)) / (n−2) × m3 / m2^1.5`. 0 for fewer than three values or constant ones.
 */
export function skewness(sorted: Float64Array): number {
  const n = sorted.length;
  const center = mean(sorted);
  let squares = 0;
  let cubes = 0;
  for (const value of sorted) {
    const deviation = value - center;
    squares += deviation ** 2;
    cubes += deviation ** 3;
  }
  if (n < 3 || squares === 0) return 0;
  const g1 = cubes / n / (squares / n) ** 1.5;
  return (Math.sqrt(n * (n - 1)) / (n - 2)) * g1;
}

/**
 * Bins as wide as Freedman & Diaconis (1981) propose, `2 IQR / ∛n`, at most 60; where the middle half of the
 * values is constant, as many as Sturges (1926), `1 + log2 n`. Constant data is one bin.
 */
export function histogram(sorted: Float64Array): Histogram {
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return { edges: [], counts: [] };
  if (min === max) return { edges: [min, max], counts: [sorted.length] };
  const bins = binCount(sorted, max - min);
  const edges = Array.from({ length: bins + 1 }, (_, i) =>
    i === bins ? max : min + ((max - min) / bins) * i,
  );
  const ends = edges.slice(1).map((edge) => countUpTo(sorted, edge));
  return { edges, counts: ends.map((end, i) => end - (i === 0 ? 0 : ends[i - 1]!)) };
}

function binCount(sorted: Float64Array, range: number): number {
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const wanted =
    spread > 0 ? range / ((2 * spread) / Math.cbrt(sorted.length)) : 1 + Math.log2(sorted.length);
  return Math.min(MAX_BINS, Math.max(1, Math.ceil(wanted)));
}

function zeros(sorted: Float64Array): number {
  const end = countUpTo(sorted, 0);
  let start = end;
  while (start > 0 && sorted[start - 1] === 0) start--;
  return end - start;
}
