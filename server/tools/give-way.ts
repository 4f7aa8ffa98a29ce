import { getPriority, setPriority } from 'node:os';

const NICEST = 19;

/**
 * Has this thread give way to others by so much more than it does (as `nice` counts): what may take longer then takes the processor
 * where nobody else wants it. On Linux a priority is a thread's own; elsewhere it is the whole process's, and stays.
 */
export function giveWay(niceness: number): void {
  if (process.platform !== 'linux' || niceness === 0) return;
  try {
    setPriority(0, Math.min(NICEST, getPriority(0) + niceness));
  } catch {
    // Where that is forbidden it competes with the rest.
  }
}
