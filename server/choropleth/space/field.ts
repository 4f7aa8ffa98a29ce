/** Deviations from the mean and row-standardised weights: what all statistics of autocorrelation start from. */
export interface Field {
  /** Positions of the regions that take part, in the caller's list. */
  readonly regions: readonly number[];
  /** `value − mean` per region that takes part. */
  readonly z: Float64Array;
  /** Mean of the squared deviations. */
  readonly variance: number;
  /** Neighbours as positions in `regions`. Each has the weight 1 / number of neighbours. */
  readonly lists: readonly (readonly number[])[];
}

export interface PermutationOptions {
  /** How often to permute; the least p-value is 2 / (permutations + 1). 999 where absent. */
  permutations?: number | undefined;
  /** The same seed gives the same p-values. */
  seed?: number | undefined;
}

export const DEFAULT_PERMUTATIONS = 999;

/**
 * Regions with a value and with at least one neighbour that has a value too; without one, a region says
 * nothing about its surroundings. `null` where the rest is fewer than three regions or constant.
 */
export function fieldOf(
  values: readonly (number | null)[],
  lists: readonly (readonly number[])[],
): Field | null {
  const known = values.map((value) => value !== null && Number.isFinite(value));
  const connected = lists.map((list, i) => (known[i] ? list.filter((j) => known[j]) : []));
  const regions = connected.flatMap((list, i) => (list.length > 0 ? [i] : []));
  if (regions.length < 3) return null;
  const place = new Map(regions.map((region, i) => [region, i]));
  const own = regions.map((region) => values[region]!);
  const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
  const z = Float64Array.from(own, (value) => value - mean);
  const variance = z.reduce((sum, value) => sum + value * value, 0) / z.length;
  if (own.every((value) => value === own[0]) || variance === 0) return null;
  return {
    regions,
    z,
    variance,
    lists: regions.map((region) => connected[region]!.map((j) => place.get(j)!)),
  };
}

/** Mean deviation of the neighbours of one region. */
export function lag(z: Float64Array, neighbours: readonly number[]): number {
  let sum = 0;
  for (const j of neighbours) sum += z[j]!;
  return sum / neighbours.length;
}

/**
 * Two-sided pseudo p-value of a permutation test, `2 (r + 1) / (permutations + 1)`, at most 1: r permutations were at
 * least as extreme as the data on the side where the data lie. Taking the side from the data and not doubling, as is
 * common, calls noise significant twice as often as it says.
 *
 * @param simulated gives the statistic of one permutation
 * @param scale size of the statistic, to tell ties from rounding: equal sums differ by the order of adding
 */
export function pseudoP(
  observed: number,
  simulated: () => number,
  permutations: number,
  scale: number,
): number {
  const rounding = 1e-10 * scale;
  let above = 0;
  let below = 0;
  for (let run = 0; run < permutations; run++) {
    const value = simulated();
    if (value >= observed - rounding) above++;
    if (value <= observed + rounding) below++;
  }
  return Math.min(1, (2 * (Math.min(above, below) + 1)) / (permutations + 1));
}
