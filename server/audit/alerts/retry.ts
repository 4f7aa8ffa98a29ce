import { setTimeout as sleep } from 'node:timers/promises';

/** What failed so that trying again would change nothing. */
export class Hopeless extends Error {}

const FIRST_DELAY_MS = 500;
const MOST_ATTEMPTS = 6;

/** Tries again with growing delays, half a minute in all; then, or when the signal fires, what failed is thrown. */
export async function persistently(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || signal.aborted || error instanceof Hopeless) throw error;
      await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1), undefined, { signal }).catch(() => {});
    }
  }
}
