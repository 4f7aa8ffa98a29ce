import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { cpuSeconds } from '../cached.ts';

/** Seconds of processor time by process id. */
type Spent = ReadonlyMap<number, number>;

/**
 * What a server and the connections of this database have spent so far; undefined where the server's process
 * is not known or PostgreSQL runs elsewhere. Parallel workers, which come and go, are not counted.
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
  return spent;
}

/** Seconds spent between two readings. */
export function cpuSince(before: Spent | undefined, after: Spent | undefined): number | undefined {
  if (!before || !after) return undefined;
  return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
}
