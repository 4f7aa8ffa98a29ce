import { z } from 'zod';
import { settings, type ConfigOf } from '../settings.ts';
import { thisMachine, type Machine } from './machine.ts';

/** How long idle connections are left open when another process takes over: most ask again before that. */
export const LINGER_MS = 3_000;

const MOST_WORKERS = 256;
/** With more of them their connections alone would be too many for a PostgreSQL as it comes, which takes 100. */
const MOST_BY_ITSELF = 8;
/**
 * What a process may take: 150 MB of program, 400 MB of layers in memory (two million vertices), and as much again while it
 * reads them.
 */
const WORKER_BYTES = 1e9;
/** What the system has, and a database beside us. */
const RESERVED_BYTES = 1e9;

/** One per core, of which each has the memory that it may come to need. */
export function workersOf({ cores, memoryBytes }: Machine): number {
  return Math.max(
    1,
    Math.min(MOST_BY_ITSELF, cores, Math.floor((memoryBytes - RESERVED_BYTES) / WORKER_BYTES)),
  );
}

const workers = z.string().transform((text, issues): number | 'auto' => {
  if (text === 'auto') return text;
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= MOST_WORKERS) return value;
  issues.addIssue(`auto or a whole number from 1 to ${MOST_WORKERS}`);
  return z.NEVER;
});

export const clusterSettings = settings({
  environment: { WORKERS: workers.default('auto') },
  /** `workers`: processes that serve the port together; as many as the machine is for, where nobody says how many. */
  read: (env) => ({ workers: env.WORKERS }),
  check: ({ WORKERS, DATABASE_URL }) => {
    if (WORKERS === undefined || WORKERS === 'auto' || Number(WORKERS) === 1 || DATABASE_URL !== undefined)
      return [];
    return [
      `WORKERS must be 1 or auto with the embedded database, which serves one process alone, but it is ${JSON.stringify(WORKERS)}; set DATABASE_URL to use more`,
    ];
  },
});

export type ClusterConfig = ConfigOf<typeof clusterSettings>;

interface Sized extends ClusterConfig {
  readonly databaseUrl: string | undefined;
}

/** How many processes serve: the embedded database has one. */
export function countWorkers({ workers, databaseUrl }: Sized, machine = thisMachine()): number {
  if (databaseUrl === undefined) return 1;
  return workers === 'auto' ? workersOf(machine) : workers;
}
