import { setTimeout as sleep } from 'node:timers/promises';

/** What the token of a relation is about to be. */
export interface News {
  readonly relation: string;
  readonly token: string;
}

/** Makes ready what will be asked for; undefined where there is nothing to make. */
export type Preparer = (news: News) => Promise<unknown> | undefined;

/** New data waits this long (ms) for what is made of it, so that it is there when everybody asks for it. */
const PREPARING_MS = 150;

/** Resolves when all has ended, well or not, or `PREPARING_MS` have passed. */
export async function patiently(work: readonly Promise<unknown>[]): Promise<void> {
  const over = new AbortController();
  const limit = sleep(PREPARING_MS, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([Promise.allSettled(work), limit]);
  over.abort();
}
