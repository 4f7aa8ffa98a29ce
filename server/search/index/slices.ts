import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of work between two turns of the event loop: a request takes several turns, and waits so long in each. */
const SLICE_MS = 0.25;

/** Work that may be put aside wherever it yields. */
export type Sliced<T> = Generator<void, T, void>;

/** Runs it to its end, letting others have their turn. @throws the signal's reason, where that fires first */
export async function inSlices<T>(work: Sliced<T>, signal?: AbortSignal): Promise<T> {
  for (let end = performance.now() + SLICE_MS; ;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() < end) continue;
    await nextTurn();
    signal?.throwIfAborted();
    end = performance.now() + SLICE_MS;
  }
}

/** Runs it at once. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
