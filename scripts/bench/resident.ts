import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory of a process, as Linux reports it. */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1000);
}

/** Memory of a process and those that it started, each page that several have in equal parts to them. */
export function proportionalMegabytes(pid: number): number {
  const sum = familyOf(pid).reduce((total, each) => {
    const rollup = readFileSync(`/proc/${each}/smaps_rollup`, 'utf8');
    return total + Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? NaN);
  }, 0);
  return Math.round(sum / 1000);
}

function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) => childrenOf(pid, thread));
  return [pid, ...children.flatMap(familyOf)];
}

/** Processes that a thread started; none of one that ended since it was listed. */
function childrenOf(pid: number, thread: string): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
