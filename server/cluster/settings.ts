import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { settings, type ConfigOf } from '../settings.ts';

const MOST_WORKERS = 256;
const workers = z.string().transform((text, issues) => {
  if (text === 'auto') return availableParallelism();
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= MOST_WORKERS) return value;
  issues.addIssue(`auto or a whole number from 1 to ${MOST_WORKERS}`);
  return z.NEVER;
});

export const clusterSettings = settings({
  environment: { WORKERS: workers.default(1) },
  /** `workers`: processes that serve the port together. */
  read: (env) => ({ workers: env.WORKERS }),
  check: ({ WORKERS, DATABASE_URL }) => {
    if (WORKERS === undefined || Number(WORKERS) === 1 || DATABASE_URL !== undefined) return [];
    return [
      `WORKERS must be 1 with the embedded database, which serves one process alone, but it is ${JSON.stringify(WORKERS)}; set DATABASE_URL to use more`,
    ];
  },
});

export type ClusterConfig = ConfigOf<typeof clusterSettings>;
