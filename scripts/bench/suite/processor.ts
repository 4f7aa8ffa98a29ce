import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { cpuSeconds } from '../cached.ts';

/** Seconds of processor time by process id; by the negative one, of the children of a process that have ended. */
type Spent = ReadonlyMap<number, number>;

/**
 * What a server and the connections of this database have spent so far; undefined where the server's process
 * is not known or PostgreSQL runs elsewhere. What has ended, such as parallel workers, is counted by the process
 * that started it, as long as nothing else uses that PostgreSQL.
 */
export async function cpuOf(client: pg.Client, server: number | undefined): Promise<Spent | undefined> {
  if (server === undefined) return undefined;
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  const spent = new Map([[server, cpuSeconds(server)]]);
  for (const { pid } of rows) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'postgres') return undefined;
      spent.set(pid, cpuSeconds(pid));
    } catch {
      return undefined;
    }
  }
  const [first] = rows;
  if (first) {
    const { parent } = processFields(first.pid);
    spent.set(-parent, processFields(parent).ofChildren);
  }
  return spent;
}

/** proc(5): the parent of a process, and the processor time (s) of its children that have ended. */
function processFields(pid: number): { parent: number; ofChildren: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return { parent: Number(fields[1]), ofChildren: (Number(fields[13]) + Number(fields[14])) / 100 };
}

/** Seconds spent between two readings. */
export function cpuSince(before: Spent | undefined, after: Spent | undefined): number | undefined {
  if (!before || !after) return undefined;
  // What ended in between is among the children of its parent, with all that it ever spent.
  const ended = [...before].filter(([pid]) => !after.has(pid)).reduce((sum, [, seconds]) => sum + seconds, 0);
  return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), -ended);
}
