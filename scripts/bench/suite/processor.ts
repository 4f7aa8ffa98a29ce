import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { cpuSeconds } from '../cached.ts';
import { secondsOf } from './process-tree.ts';

/** Seconds of processor time by process id; by the negative one, of the children of a process that have ended. */
type Spent = ReadonlyMap<number, number>;

export interface Readings {
  /** Of the server's processes; undefined where they are not known. */
  server: number | undefined;
  /** Of the connections of this database; undefined where PostgreSQL runs elsewhere. */
  database: Spent | undefined;
}

/** Seconds of processor time between two readings. */
export interface Cost {
  server: number | undefined;
  database: number | undefined;
}

/**
 * What a server and the connections of this database have spent so far. What has ended, such as parallel workers, is
 * counted by the process that started it, as long as nothing else uses that PostgreSQL.
 */
export async function cpuOf(client: pg.Client, server: number | undefined): Promise<Readings> {
  return {
    server: server === undefined ? undefined : secondsOf(server),
    database: await databaseSpent(client),
  };
}

export function cpuSince(before: Readings, after: Readings): Cost {
  const known = before.server !== undefined && after.server !== undefined;
  return {
    server: known ? Number(after.server) - Number(before.server) : undefined,
    database: databaseSince(before.database, after.database),
  };
}

async function databaseSpent(client: pg.Client): Promise<Spent | undefined> {
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  const spent = new Map<number, number>();
  for (const { pid } of rows) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'postgres') return undefined;
      spent.set(pid, cpuSeconds(pid));
    } catch {
      // One that ended meanwhile is counted by its parent.
    }
  }
  const [first] = spent.keys();
  if (first === undefined) return rows.length === 0 ? spent : undefined;
  const { parent } = processFields(first);
  spent.set(-parent, processFields(parent).ofChildren);
  return spent;
}

/** proc(5): the parent of a process, and the processor time (s) of its children that have ended. */
function processFields(pid: number): { parent: number; ofChildren: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return { parent: Number(fields[1]), ofChildren: (Number(fields[13]) + Number(fields[14])) / 100 };
}

function databaseSince(before: Spent | undefined, after: Spent | undefined): number | undefined {
  if (!before || !after) return undefined;
  // What ended in between is among the children of its parent, with all that it ever spent.
  const ended = [...before].filter(([pid]) => !after.has(pid)).reduce((sum, [, seconds]) => sum + seconds, 0);
  // A connection that is new has spent all that it has since; of children nothing is known where none was asked about.
  const spent = [...after].map(([pid, seconds]) => seconds - (before.get(pid) ?? (pid < 0 ? seconds : 0)));
  return spent.reduce((sum, seconds) => sum + seconds, -ended);
}
