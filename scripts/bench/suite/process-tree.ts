import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  parent: number;
  /** Seconds of processor time of the process, and of its children that have ended. */
  seconds: number;
}

/** Megabytes of all processes of a server. */
export interface Memory {
  processes: number;
  /** Resident, added up: what processes share counts for each. */
  rss: number;
  /** What they share is divided among those that share it; undefined where it may not be read. */
  pss: number | undefined;
}

/** A process and all that descend from it (Linux). */
export function treeOf(pid: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), processOf(Number(name))?.parent] as const);
  const found = [pid];
  for (const one of found) found.push(...all.filter(([, parent]) => parent === one).map(([child]) => child));
  return found;
}

/** Seconds of processor time that a process and all that descend from it have taken. */
export function secondsOf(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + (processOf(one)?.seconds ?? 0), 0);
}

export function memoryOf(pid: number): Memory {
  const tree = treeOf(pid);
  const sum = (of: (pid: number) => number | undefined): number | undefined => {
    const each = tree.map(of);
    return each.includes(undefined) ? undefined : each.reduce((all = 0, one = 0) => all + one, 0);
  };
  return {
    processes: tree.length,
    rss: sum((one) => megabytes(one, 'status', /VmRSS:\s+(\d+) kB/)) ?? NaN,
    pss: sum((one) => megabytes(one, 'smaps_rollup', /^Pss:\s+(\d+) kB/m)),
  };
}

function megabytes(pid: number, file: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(read(pid, file) ?? '')?.[1];
  return found === undefined ? undefined : Number(found) / 1000;
}

/** proc(5); undefined where it has ended. */
function processOf(pid: number): Process | undefined {
  const fields = read(pid, 'stat')?.split(') ')[1]?.split(' ');
  if (!fields) return undefined;
  const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0);
  return { parent: Number(fields[1]), seconds: ticks / 100 };
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
