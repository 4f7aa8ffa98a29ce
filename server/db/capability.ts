import { migrateCommand } from './command.ts';
import type { Capability } from '../capability.ts';
import type { GroundEvent, Handlers } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import { databaseSettings, type DatabaseConfig } from './settings.ts';
import type { Database } from './types.ts';

type DatabaseEvent = Extract<GroundEvent, { type: `database.${string}` }>;

interface DatabaseContext {
  readonly config: DatabaseConfig;
  readonly db: Database;
}

/** Where everything is read from: a PostgreSQL, or the embedded one. `startup.ts` opens it. */
export const db = {
  name: 'db',
  settings: databaseSettings,
  migrations: ['0001_generations', '0031_tracking'],

  metrics: (instruments: Instruments, { config, db }: DatabaseContext): Handlers<DatabaseEvent> => {
    const restarts = instruments.counter('embedded_restarts_total', 'Restarts of the embedded database');
    instruments.gauge('db_connections', 'Connections of the database pool', () => [
      ['open', db.load().open],
      ['idle', db.load().idle],
    ]);
    instruments.gauge('db_waiting_requests', 'Requests that wait for a connection', () => db.load().waiting);
    instruments.gauge('db_pool_size', 'Connections that the pool may open', () => config.pool.size);
    return { 'database.restarted': () => restarts.inc() };
  },
  commands: [migrateCommand],
} satisfies Capability;
