import { setTimeout as sleep } from 'node:timers/promises';

/** Shorter than the time that a test has, so that it is told what never came to be. */
const PATIENCE_MS = 150_000;

/** Looks again and again, until there is something to be seen that is neither false nor missing, and returns it. */
export async function eventually<T>(
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  what = 'what the test waits for',
): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(50)) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
  }
  throw new Error(`it never came to be: ${what}`);
}

/** Checks again and again, until no assertion of the check fails. */
export async function eventuallyPasses(check: () => void | Promise<void>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(20)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
