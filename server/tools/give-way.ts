import { getPriority, setPriority } from 'node:os';

const NICEST = 19;

let usual: number | undefined;

/**
 * Has this thread give way to others by so much more than it did when it began (as `nice` counts): what may take longer then takes the
 * processor where nobody else wants it. Less than before is not allowed to everybody; the thread goes on as it was then. On Linux a
 * priority is a thread's own; elsewhere it is the whole process's, and stays.
 */
export function giveWay(niceness: number): void {
  if (process.platform !== 'linux') return;
  try {
    const now = getPriority(0);
    usual ??= now;
    const wanted = Math.min(NICEST, usual + niceness);
    if (wanted !== now) setPriority(0, wanted);
  } catch {
    // Where that is forbidden it competes with the rest.
  }
}
