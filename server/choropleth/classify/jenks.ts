import { distinctValues } from './sorted.ts';

/**
 * Upper bounds of the first k − 1 of k natural classes: the partition with the least sum of squared
 * deviations from the class means (Fisher 1958; Jenks 1977), found exactly.
 *
 * Equal values are one weighted point, so ties are never split. The best partition of the first j points
 * into q classes is a table filled row by row; within a row the start of the last class never moves left
 * as j grows, so each row is filled by divide and conquer in O(n log n) (Wu 1991, "Optimal quantization
 * by matrix searching"; Wang & Song 2011, Ckmeans.1d.dp).
 *
 * @param sorted ascending values
 * @param classes at most the number of distinct values
 */
export function jenksBreaks(sorted: Float64Array, classes: number): number[] {
  const { values, weights } = distinctValues(sorted);
  const n = values.length;
  if (classes >= n) return Array.from(values.subarray(0, n - 1));
  const starts = bestStarts(spreads(values, weights, sorted[sorted.length >> 1]!), n, classes);
  const breaks: number[] = [];
  for (let q = classes - 1, end = n; q > 0; q--) {
    end = starts[q]![end]!;
    breaks.unshift(values[end - 1]!);
  }
  return breaks;
}

/** Running weight, sum and sum of squares, so that the spread of any stretch costs three differences. */
interface Sums {
  readonly weight: Float64Array;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
}

/** Sums are taken around a value amid the data: around 0, large offsets would eat the precision. */
function spreads(values: Float64Array, weights: Float64Array, origin: number): Sums {
  const n = values.length;
  const sums = {
    weight: new Float64Array(n + 1),
    sum: new Float64Array(n + 1),
    squares: new Float64Array(n + 1),
  };
  for (let i = 0; i < n; i++) {
    const w = weights[i]!;
    const x = values[i]! - origin;
    sums.weight[i + 1] = sums.weight[i]! + w;
    sums.sum[i + 1] = sums.sum[i]! + w * x;
    sums.squares[i + 1] = sums.squares[i]! + w * x * x;
  }
  return sums;
}

/** Squared deviations from the mean of points `from..to-1`. */
function spread({ weight, sum, squares }: Sums, from: number, to: number): number {
  const s = sum[to]! - sum[from]!;
  return squares[to]! - squares[from]! - (s * s) / (weight[to]! - weight[from]!);
}

/** `starts[q][j]`: where the last of q + 1 classes begins in the best partition of the first j points. */
function bestStarts(sums: Sums, n: number, classes: number): Int32Array[] {
  let costs = new Float64Array(n + 1);
  for (let j = 1; j <= n; j++) costs[j] = spread(sums, 0, j);
  const starts = [new Int32Array(n + 1)];
  for (let q = 1; q < classes; q++) {
    const row = { costs: new Float64Array(n + 1), starts: new Int32Array(n + 1) };
    // Of the last row only the whole matters; of the others, j must leave a point for each later class.
    const last = q === classes - 1;
    fillRow(sums, costs, row, last ? n : q + 1, last ? n : n - (classes - 1 - q), q, n - 1);
    costs = row.costs;
    starts.push(row.starts);
  }
  return starts;
}

interface Row {
  readonly costs: Float64Array;
  readonly starts: Int32Array;
}

function fillRow(
  sums: Sums,
  before: Float64Array,
  row: Row,
  low: number,
  high: number,
  from: number,
  to: number,
) {
  if (low > high) return;
  const j = (low + high) >>> 1;
  let best = Infinity;
  let start = Math.min(from, j - 1);
  for (let i = from, end = Math.min(to, j - 1); i <= end; i++) {
    const cost = before[i]! + spread(sums, i, j);
    if (cost < best) {
      best = cost;
      start = i;
    }
  }
  row.costs[j] = best;
  row.starts[j] = start;
  fillRow(sums, before, row, low, j - 1, from, start);
  fillRow(sums, before, row, j + 1, high, start, to);
}
