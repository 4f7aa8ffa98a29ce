import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { invalidParameter } from '../../errors.ts';
import { Thread } from '../../tools/thread.ts';
import type { GlobalMoran } from '../space/index.ts';
import {
  flatLists,
  resultsOf,
  type AutocorrelationJob,
  type FlatLists,
  type LocalColumns,
  type LocalResult,
} from './autocorrelation-job.ts';

export type { LocalResult } from './autocorrelation-job.ts';

interface Job {
  readonly values: readonly (number | null)[];
  readonly lists: readonly (readonly number[])[];
  readonly permutations: number;
  readonly seed: number;
}

/** What a region takes of a kept result, by estimate, and what all of them may take. */
const BYTES_PER_REGION = 100;
const KEPT_BYTES = 32_000_000;

/** Thousands of regions permuted a thousand times take seconds: outside the event loop, one test at a time. */
const thread = new Thread<AutocorrelationJob, unknown>(new URL('./autocorrelation-worker', import.meta.url), {
  maxWaiting: 32,
  timeoutMs: 60_000,
  restMs: 30_000,
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
const flattened = new WeakMap<Job['lists'], FlatLists>();

/**
 * @param client who asks: clients take turns
 * @throws AppError `server_busy`
 */
export function testGlobal(job: Job, client: string): Promise<GlobalMoran | null> {
  return tested('global', job, client, (result) => result as GlobalMoran | null);
}

/** As `testGlobal`. What is significant depends on the share of false discoveries that is accepted: see `q`. */
export function testLocal(job: Job, client: string): Promise<(LocalResult | null)[]> {
  return tested('local', job, client, (result) => resultsOf(result as LocalColumns));
}

function tested<Result>(
  kind: AutocorrelationJob['kind'],
  asked: Job,
  client: string,
  read: (result: unknown) => Result,
): Promise<Result> {
  const job = jobOf(kind, asked);
  const key = keyOf(job);
  const known = kept.get(key);
  if (known) return known as Promise<Result>;
  const result = thread.run(job, client).then(read);
  kept.set(key, result, { size: 1 + BYTES_PER_REGION * job.values.length });
  result.catch(() => kept.delete(key));
  return result;
}

/** Nothing but what decides the result. */
function jobOf(
  kind: AutocorrelationJob['kind'],
  { values, lists, permutations, seed }: Job,
): AutocorrelationJob {
  const neighbours = flattened.get(lists) ?? flatLists(lists);
  flattened.set(lists, neighbours);
  return { kind, values: Float64Array.from(values, (value) => value ?? NaN), neighbours, permutations, seed };
}

function keyOf({ kind, values, neighbours, permutations, seed }: AutocorrelationJob): string {
  const hash = createHash('sha256').update(values).update(neighbours.ends).update(neighbours.items);
  return `${kind} ${permutations} ${seed} ${hash.digest('base64url')}`;
}
