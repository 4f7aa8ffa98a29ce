import { migrateCommand } from './command.ts';
import type { Capability, Check, Running } from '../capability.ts';
import { tells, type GroundEvent, type Handlers, type Observe } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import { databaseCheck, looksOf, type Looks } from './health.ts';
import { databaseSettings, type DatabaseConfig } from './settings.ts';
import type { SlowQuery } from './slow.ts';
import type { Database } from './types.ts';

type SlowEvent = { type: 'query.slow' } & SlowQuery;
type DatabaseEvent = Extract<GroundEvent, { type: `database.${string}` }> | SlowEvent;

interface DatabaseContext {
  readonly config: DatabaseConfig;
  readonly db: Database;
  readonly observe: Observe<SlowEvent>;
  readonly databaseLooks: Looks;
}

const look =
  (what: keyof Looks) =>
  ({ databaseLooks }: Pick<DatabaseContext, 'databaseLooks'>): Promise<Check> =>
    databaseLooks[what]();

/** Where everything is read from: a PostgreSQL, or the embedded one. `startup.ts` opens it. */
export const db = {
  name: 'db',
  settings: databaseSettings,
  events: tells<SlowEvent>({ 'query.slow': 'warn' }),
  migrations: ['0001_generations', '0031_tracking', '0045_tied_parts'],

  services: ({ db, config }: Pick<DatabaseContext, 'db' | 'config'>): { readonly databaseLooks: Looks } => ({
    databaseLooks: looksOf(db, config),
  }),

  vitals: { database: databaseCheck },
  checks: {
    versions: look('versions'),
    clock: look('clock'),
    rights: look('rights'),
    schema: look('schema'),
    disk: look('disk'),
  },

  metrics: (instruments: Instruments, { config, db }: DatabaseContext): Handlers<DatabaseEvent> => {
    const restarts = instruments.counter('embedded_restarts_total', 'Restarts of the embedded database');
    instruments.gauge('db_connections', 'Connections of the database pool', () => [
      ['open', db.load().open],
      ['idle', db.load().idle],
    ]);
    instruments.gauge('db_waiting_requests', 'Requests that wait for a connection', () => db.load().waiting);
    instruments.gauge('db_pool_size', 'Connections that the pool may open', () => config.pool.size);
    const slow = instruments.counter('slow_queries_total', 'Queries that took longer than the limit');
    return { 'database.restarted': () => restarts.inc(), 'query.slow': () => slow.inc() };
  },

  /** From now on: what a start takes is told by its steps. */
  start: ({ db, config: { slowQueryMs }, observe }: DatabaseContext, { releasers }: Running): void => {
    if (slowQueryMs === 0) return;
    const end = db.watchSlow(slowQueryMs, (query) => observe({ type: 'query.slow', ...query }));
    releasers.push('warnings of slow queries', end);
  },
  commands: [migrateCommand],
} satisfies Capability;
