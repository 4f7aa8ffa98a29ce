import { setImmediate as nextTurn } from 'node:timers/promises';

/** What came too late. */
export const LATE = Symbol('late');

/** What a promise gives, or `LATE` where that takes longer; it may fail later without being heard. */
export async function within<T>(promise: Promise<T>, ms: number | undefined): Promise<T | typeof LATE> {
  if (ms === undefined) return promise;
  promise.catch(() => {});
  if (ms === 0) return Promise.race([promise, nextTurn(LATE)]);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => (timer = setTimeout(resolve, ms, LATE)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
