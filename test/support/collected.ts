import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collecting everything may take a second of a busy machine: after so many times the work has its time again. */
const MOST = 4;

/** Has all that nobody holds collected, again and again in the first seconds of `work`. */
export async function whileCollected<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let times = 0;
  const timer = setInterval(() => times++ < MOST && collect(), 300);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
