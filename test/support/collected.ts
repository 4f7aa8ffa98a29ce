import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Has all that nobody holds collected, again and again while `work` goes on. */
export async function whileCollected<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const timer = setInterval(collect, 300);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
