import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { invalidParameter } from '../../errors.ts';
import { Thread } from '../../tools/thread.ts';
import type { GlobalMoran, LocalMoran } from '../space/index.ts';

interface Job {
  readonly values: readonly (number | null)[];
  readonly lists: readonly (readonly number[])[];
  readonly permutations: number;
  readonly seed: number;
}

export type AutocorrelationJob = Job & { readonly kind: 'global' | 'local' };

/** What a region takes of a kept result, by estimate, and what all of them may take. */
const BYTES_PER_REGION = 100;
const KEPT_BYTES = 32_000_000;

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

/** Results by all that decides them: whoever asks for another `alpha`, or another form of the same, permutes nothing. */
const kept = new LRUCache<string, Promise<unknown>>({ maxSize: KEPT_BYTES });

/**
 * @param client who asks: clients take turns
 * @throws AppError `server_busy`
 */
export function testGlobal(job: Job, client: string): Promise<GlobalMoran | null> {
  return tested({ ...jobOf(job), kind: 'global' }, client) as Promise<GlobalMoran | null>;
}

/** As `testGlobal`. What is significant depends on the share of false discoveries that is accepted: see `q`. */
export function testLocal(job: Job, client: string): Promise<(LocalResult | null)[]> {
  return tested({ ...jobOf(job), kind: 'local' }, client) as Promise<(LocalResult | null)[]>;
}

export type LocalResult = Omit<LocalMoran, 'significant'>;

/** Nothing but what decides the result. */
function jobOf({ values, lists, permutations, seed }: Job): Job {
  return { values, lists, permutations, seed };
}

function tested(job: AutocorrelationJob, client: string): Promise<unknown> {
  const key = keyOf(job);
  const known = kept.get(key);
  if (known) return known;
  const result = thread.run(job, client);
  kept.set(key, result, { size: 1 + BYTES_PER_REGION * job.values.length });
  result.catch(() => kept.delete(key));
  return result;
}

function keyOf({ kind, values, lists, permutations, seed }: AutocorrelationJob): string {
  const hash = createHash('sha256');
  hash.update(Float64Array.from(values, (value) => value ?? NaN));
  for (const list of lists) hash.update(Int32Array.from([list.length, ...list]));
  return `${kind} ${permutations} ${seed} ${hash.digest('base64url')}`;
}
