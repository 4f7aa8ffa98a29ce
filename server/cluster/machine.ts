import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

/** A machine, or what a container gives of one. */
export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** Where Linux says how much of the processors a container may have: µs in so many µs, or `max`. */
const QUOTA = '/sys/fs/cgroup/cpu.max';

export const thisMachine = (): Machine => ({
  cores: coresOf(availableParallelism(), read(QUOTA)),
  // 0 or more than there is where nothing constrains it.
  memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
});

/** Whole cores: Node 20 counts those that a process may run on, and not how much of them it is given. */
export function coresOf(parallelism: number, quota: string): number {
  const [, time = NaN, period = NaN] = /^(\d+) (\d+)/.exec(quota)?.map(Number) ?? [];
  const given = time / period;
  return given > 0 ? Math.max(1, Math.min(parallelism, Math.floor(given))) : parallelism;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
