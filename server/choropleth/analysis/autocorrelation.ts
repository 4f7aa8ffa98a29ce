import { Thread } from '../../thread.ts';
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
  maxWaiting: 8,
  timeoutMs: 60_000,
});

/** @throws AppError `server_busy` */
export function testGlobal(job: Job): Promise<GlobalMoran | null> {
  return thread.run({ ...job, kind: 'global' }) as Promise<GlobalMoran | null>;
}

/** @throws AppError `server_busy` */
export function testLocal(job: Job & { alpha: number }): Promise<(LocalMoran | null)[]> {
  return thread.run({ ...job, kind: 'local' }) as Promise<(LocalMoran | null)[]>;
}
