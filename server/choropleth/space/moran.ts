import { DEFAULT_PERMUTATIONS, fieldOf, lag, pseudoP, type Field, type PermutationOptions } from './field.ts';
import { seededRandom, shuffle } from './random.ts';

export interface GlobalMoran {
  /** About −1 (neighbours differ) through 0 (no pattern) to 1 (neighbours are alike). */
  readonly i: number;
  /** What chance gives, −1 / (n − 1). */
  readonly expected: number;
  /** Two-sided pseudo p-value of the permutations. */
  readonly p: number;
  /** Distance from the permutations' mean in their standard deviations. */
  readonly z: number;
  readonly permutations: number;
  /** Regions that took part: with a value and with a neighbour that has one. */
  readonly n: number;
}

/**
 * Global Moran's I with row-standardised weights, `Σ zᵢ · mean zⱼ of the neighbours / Σ zᵢ²` (Moran 1950;
 * Cliff & Ord 1981), tested by permuting the values over the regions.
 *
 * @returns `null` where fewer than three regions take part or all have the same value
 */
export function globalMoran(
  values: readonly (number | null)[],
  lists: readonly (readonly number[])[],
  { permutations = DEFAULT_PERMUTATIONS, seed = 1 }: PermutationOptions = {},
): GlobalMoran | null {
  const field = fieldOf(values, lists);
  if (!field) return null;
  const i = moran(field, field.z);
  const random = seededRandom(seed);
  const z = field.z.slice();
  let sum = 0;
  let squares = 0;
  const simulate = () => {
    shuffle(z, random);
    const value = moran(field, z);
    sum += value;
    squares += value * value;
    return value;
  };
  const p = pseudoP(i, simulate, permutations, 1);
  const mean = sum / permutations;
  const spread = Math.max(0, squares / permutations - mean * mean);
  return {
    i,
    expected: -1 / (field.z.length - 1),
    p,
    z: spread > 0 ? (i - mean) / Math.sqrt(spread) : 0,
    permutations,
    n: field.z.length,
  };
}

function moran({ lists, variance }: Field, z: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < z.length; i++) sum += z[i]! * lag(z, lists[i]!);
  return sum / z.length / variance;
}
