import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds after which work lets others have their turn. */
const TURN_MS = 8;

/** The result of work that yields wherever it may be interrupted, done in turns of the event loop. */
export async function inTurns<T>(work: Generator<void, T>): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - since < TURN_MS) continue;
    await nextTurn();
    since = performance.now();
  }
}

/** The same at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
