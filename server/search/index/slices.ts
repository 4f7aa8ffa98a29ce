import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of work between two turns of the event loop: a request takes several turns, and waits so long in each. */
const SLICE_MS = 0.25;
/** Of work that nobody waits for, and the rest between two slices: a request may be answered in it. */
const LEISURE_MS = 0.5;
const REST_MS = 1;

/** Work that may be put aside wherever it yields. */
export type Sliced<T> = Generator<void, T, void>;

/** How work lets others have their turn. */
export interface Turns {
  /** Whether somebody waits for it; what nobody waits for takes a small share of the event loop. */
  readonly isAwaited?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Lets others have their turn. @throws the signal's reason, where that fired */
export async function turn({ isAwaited = true, signal }: Turns = {}): Promise<void> {
  await (isAwaited ? nextTurn() : sleep(REST_MS));
  signal?.throwIfAborted();
}

/** Runs it to its end, letting others have their turn. @throws the signal's reason, where that fires first */
export async function inSlices<T>(work: Sliced<T>, turns: Turns = {}): Promise<T> {
  const slice = (turns.isAwaited ?? true) ? SLICE_MS : LEISURE_MS;
  for (let end = performance.now() + slice; ;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() < end) continue;
    await turn(turns);
    end = performance.now() + slice;
  }
}

/** Runs it at once. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
