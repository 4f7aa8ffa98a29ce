import { invalidParameter } from '../../errors.ts';
import { Thread } from '../../tools/thread.ts';
import type { GlobalMoran, LocalMoran } from '../space/index.ts';

interface Job {
  readonly values: readonly (number | null)[];
  readonly lists: readonly (readonly number[])[];
  readonly permutations: number;
  readonly seed: number;
}

export type AutocorrelationJob =
  (Job & { readonly kind: 'global' }) | (Job & { readonly kind: 'local'; readonly alpha: number });

/** Thousands of regions permuted a thousand times take seconds: outside the event loop, one test at a time. */
const thread = new Thread<AutocorrelationJob, unknown>(new URL('./autocorrelation-worker', import.meta.url), {
  maxWaiting: 32,
  timeoutMs: 60_000,
});

/**
 * Regions times permutations that one test may have: a quarter of a microsecond each (measured on 80,000 regions), some
 * twelve seconds together.
 */
const MOST_STEPS = 50_000_000;
const DEFAULT_PERMUTATIONS = 999;
export const FEWEST_PERMUTATIONS = 99;

/**
 * How often values are permuted: as asked for, else as often as usual or as so many regions allow.
 * @throws AppError `invalid_parameter` (400) where that would take too long
 */
export function permutationsOf(wanted: number | undefined, regions: number): number {
  const most = Math.max(FEWEST_PERMUTATIONS, Math.floor(MOST_STEPS / Math.max(1, regions)));
  if (wanted === undefined) return Math.min(DEFAULT_PERMUTATIONS, most);
  if (wanted <= most) return wanted;
  throw invalidParameter('permutations', wanted, `at most ${most} for ${regions} regions`);
}

/**
 * @param client who asks: clients take turns
 * @throws AppError `server_busy`
 */
export function testGlobal(job: Job, client: string): Promise<GlobalMoran | null> {
  return thread.run({ ...job, kind: 'global' }, client) as Promise<GlobalMoran | null>;
}

/** As `testGlobal`. */
export function testLocal(job: Job & { alpha: number }, client: string): Promise<(LocalMoran | null)[]> {
  return thread.run({ ...job, kind: 'local' }, client) as Promise<(LocalMoran | null)[]>;
}
