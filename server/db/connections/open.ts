import { join } from 'node:path';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { Releasers } from '../../tools/releasers.ts';
import { openEmbedded, type EmbeddedDatabase } from '../embedded/index.ts';
import { openPool } from './pool.ts';
import type { DatabaseConfig } from '../settings.ts';
import type { Database } from '../types.ts';

/** All clients of the embedded database share one session, so they queue up here and not inside it. */
const EMBEDDED_POOL = { size: 1, waitMs: 60_000 };

export interface OpenDatabase {
  database: Database;
  /** Settings for a connection of one's own, for migrations. */
  connection: pg.ClientConfig;
  /** Calls `handler` whenever the embedded database's process was replaced. */
  onRestart?: (handler: () => void) => void;
}

/** Opens the database that the configuration names: PostgreSQL by `DATABASE_URL`, else the embedded one. */
export async function openDatabase(
  config: DatabaseConfig,
  log: Logger,
  releasers: Releasers,
  onProgress: (step: string, elapsedMs: number) => void,
): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) {
    const connection = { connectionString: config.databaseUrl };
    const listenConnection =
      config.listenUrl === undefined ? undefined : { connectionString: config.listenUrl };
    const database = openPool({ connection, listenConnection, kind: 'postgres', ...config.pool, log });
    releasers.push('database pool', () => database.close());
    return { database, connection };
  }
  const embedded = await openEmbedded({
    dataDir: join(config.dataDir, 'db'),
    onProgress,
    log: (message) => log.warn(message),
  });
  releasers.push('embedded database', () => embedded.close());
  return overEmbedded(embedded, config, log, releasers);
}

/** Clients of an embedded database that runs; it goes on running when `releasers` have run. */
export function overEmbedded(
  embedded: EmbeddedDatabase,
  config: DatabaseConfig,
  log: Logger,
  releasers: Releasers,
): OpenDatabase {
  const connection = { ...embedded.connection };
  const database = openPool({
    connection,
    kind: 'embedded',
    ...EMBEDDED_POOL,
    statementTimeoutMs: config.pool.statementTimeoutMs,
    log,
    // Nothing can cancel a query there: the process that runs it is replaced.
    onHang: () => void embedded.respawn('a query exceeded its time').catch(() => {}),
  });
  releasers.push('database pool', () => database.close());
  const onRestart = (handler: () => void): void =>
    releasers.push('handler of restarts', embedded.onRespawn(handler));
  return { database, connection, onRestart };
}
