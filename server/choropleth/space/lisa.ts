import { DEFAULT_PERMUTATIONS, fieldOf, lag, pseudoP, type Field, type PermutationOptions } from './field.ts';
import { seededRandom } from './random.ts';

/** Own value first, neighbours second: `HL` is a high value among low ones. */
export type Quadrant = 'HH' | 'HL' | 'LH' | 'LL';

export interface LocalMoran {
  readonly i: number;
  readonly quadrant: Quadrant;
  /** Two-sided pseudo p-value, and its Benjamini–Hochberg adjusted value. */
  readonly p: number;
  readonly q: number;
  /** True where `q <= alpha`: a cluster (HH, LL) or an outlier (HL, LH) beyond chance. */
  readonly significant: boolean;
}

export interface LisaOptions extends PermutationOptions {
  /** Accepted share of false discoveries among the significant regions; 0.05 where absent. */
  alpha?: number | undefined;
}

/**
 * Local Moran's I (Anselin 1995), `zᵢ · mean zⱼ of the neighbours / mean z²`; its mean over the regions is the
 * global I. Each region is tested by conditional permutation: its own value stays and its neighbours get
 * random values of the others. As many tests as regions would give many false alarms, so p-values are adjusted
 * for the false discovery rate (Benjamini & Hochberg 1995).
 *
 * @returns per region; `null` where it has no value or no neighbour with one
 */
export function localMoran(
  values: readonly (number | null)[],
  lists: readonly (readonly number[])[],
  { permutations = DEFAULT_PERMUTATIONS, seed = 1, alpha = 0.05 }: LisaOptions = {},
): (LocalMoran | null)[] {
  const result: (LocalMoran | null)[] = values.map(() => null);
  const field = fieldOf(values, lists);
  if (!field) return result;
  const random = seededRandom(seed);
  const pool = Int32Array.from(field.regions, (_, i) => i);
  const p = field.regions.map((_, i) => permutationP(field, i, { pool, random, permutations }));
  const q = adjustedP(p);
  for (const [i, region] of field.regions.entries()) {
    const own = field.z[i]!;
    const around = lag(field.z, field.lists[i]!);
    result[region] = {
      i: (own * around) / field.variance,
      quadrant: `${own > 0 ? 'H' : 'L'}${around > 0 ? 'H' : 'L'}`,
      p: p[i]!,
      q: q[i]!,
      significant: q[i]! <= alpha,
    };
  }
  return result;
}

interface Draws {
  /** All positions in some order; each draw goes on from the order that the last one left. */
  readonly pool: Int32Array;
  readonly random: () => number;
  readonly permutations: number;
}

function permutationP(
  { z, lists, variance }: Field,
  i: number,
  { pool, random, permutations }: Draws,
): number {
  // The own value and the number of neighbours stay, so the sums of the neighbours order as the statistic does;
  // the side on which the data lie is taken by the p-value itself.
  const neighbours = lists[i]!;
  const observed = lag(z, neighbours) * neighbours.length;
  const simulate = () => drawSum(z, i, neighbours.length, pool, random);
  return pseudoP(observed, simulate, permutations, Math.sqrt(variance));
}

/** Sum of the deviations of `count` regions other than i, drawn without putting back. */
function drawSum(z: Float64Array, i: number, count: number, pool: Int32Array, random: () => number): number {
  let sum = 0;
  for (let drawn = 0; drawn < count;) {
    const at = drawn + Math.floor(random() * (pool.length - drawn));
    const region = pool[at]!;
    if (region === i) continue;
    pool[at] = pool[drawn]!;
    pool[drawn] = region;
    sum += z[region]!;
    drawn++;
  }
  return sum;
}

/** Benjamini–Hochberg: `p × n / rank`, made monotone from the largest p downwards. */
export function adjustedP(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((a, b) => p[b]! - p[a]!);
  const adjusted = new Array<number>(p.length);
  let least = 1;
  for (const [position, i] of order.entries()) {
    const rank = p.length - position;
    least = Math.min(least, p[i]! * (p.length / rank));
    adjusted[i] = least;
  }
  return adjusted;
}
