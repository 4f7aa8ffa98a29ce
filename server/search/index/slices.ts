import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of work between two turns of the event loop: requests that come meanwhile hardly notice. */
const SLICE_MS = 1;

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

const CHUNK = 512;

/** Sorts numbers by a comparison: chunks first, which are then merged. */
export function* sortSliced(
  numbers: Uint32Array,
  compare: (a: number, b: number) => number,
): Sliced<Uint32Array> {
  let from: Uint32Array = numbers;
  for (let i = 0; i < from.length; i += CHUNK) {
    from.subarray(i, i + CHUNK).sort(compare);
    yield;
  }
  let to: Uint32Array = new Uint32Array(from.length);
  for (let width = CHUNK; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length);
      const end = Math.min(start + 2 * width, from.length);
      let [a, b] = [start, middle];
      for (let i = start; i < end; i++) {
        const takesA = a < middle && (b >= end || compare(from[a]!, from[b]!) <= 0);
        to[i] = from[takesA ? a++ : b++]!;
        if ((i & 511) === 0) yield;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
