/** Values ready for classification: finite, ascending, sorted once and shared between methods. */
export interface SortedValues {
  readonly values: Float64Array;
  /** How many were left out: NULL, NaN and infinite ones. */
  readonly dropped: number;
}

export function sortValues(input: ArrayLike<number | null | undefined>): SortedValues {
  const kept = new Float64Array(input.length);
  let n = 0;
  for (let i = 0; i < input.length; i++) {
    const value = input[i];
    // Adding 0 turns -0 into 0, which would otherwise print as a second zero.
    if (typeof value === 'number' && Number.isFinite(value)) kept[n++] = value + 0;
  }
  return { values: kept.subarray(0, n).sort(), dropped: input.length - n };
}

/** Distinct ascending values and how many times each occurs. */
export interface DistinctValues {
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

export function distinctValues(sorted: Float64Array): DistinctValues {
  const values = new Float64Array(sorted.length);
  const weights = new Float64Array(sorted.length);
  let n = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) values[n++] = sorted[i]!;
    weights[n - 1]! += 1;
  }
  return { values: values.subarray(0, n), weights: weights.subarray(0, n) };
}

/** Number of distinct values, counted no further than `limit`. */
export function countDistinct(sorted: Float64Array, limit = Infinity): number {
  let n = sorted.length > 0 ? 1 : 0;
  for (let i = 1; i < sorted.length && n < limit; i++) if (sorted[i] !== sorted[i - 1]) n++;
  return n;
}

/** Number of values `<= bound` in an ascending array, from position `from` on. */
export function countUpTo(sorted: ArrayLike<number>, bound: number, from = 0): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Quantile of type 7 (default of R, NumPy and Excel): h = (n − 1)p, linear between the neighbours.
 * Hyndman & Fan (1996), "Sample quantiles in statistical packages". NaN without values.
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) return NaN;
  const h = (sorted.length - 1) * p;
  const below = Math.floor(h);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return Math.min(high, low + (high - low) * (h - below));
}

/**
 * Arithmetic mean of `sorted[from..to)`; NaN where that is empty. Summed with compensation, so that the result is
 * the mean's own rounding and not that of all additions before it.
 */
export function mean(sorted: ArrayLike<number>, from = 0, to = sorted.length): number {
  if (to <= from) return NaN;
  const whole = compensatedSum(sorted, from, to) / (to - from);
  // Where the sum is beyond the range of floats, the mean is not.
  const center = Number.isFinite(whole) ? whole : compensatedSum(sorted, from, to, to - from);
  // Rounding can put the mean of equal values just outside of them; it belongs between the extremes.
  return Math.min(sorted[to - 1]!, Math.max(sorted[from]!, center));
}

/** Sum of `values[from..to)`, each divided by `by`: Neumaier 1974, "Rundungsfehleranalyse einiger Verfahren". */
function compensatedSum(values: ArrayLike<number>, from: number, to: number, by = 1): number {
  let sum = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]! / by;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Sample standard deviation (n − 1), in two passes so that large offsets do not cancel. */
export function standardDeviation(sorted: ArrayLike<number>): number {
  const n = sorted.length;
  if (n < 2) return 0;
  const center = mean(sorted);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (sorted[i]! - center) ** 2;
  return Math.sqrt(squares / (n - 1));
}

/**
 * A point between two neighbouring values, `a < b`: the middle, or `a` where no float lies between them.
 * So `a <= result < b` holds, whatever the rounding does.
 */
export function between(a: number, b: number): number {
  const middle = a / 2 + b / 2;
  return middle >= a && middle < b ? middle : a;
}
