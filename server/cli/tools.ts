import pg from 'pg';
import type { Logger } from 'pino';
import type { CommandTools, DatabaseOptions } from '../command.ts';
import { loadConfig, type Config } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import { openDatabase, type OpenDatabase } from '../db/connections/open.ts';
import { sqlState } from '../db/sqlstate.ts';
import type { Queryable } from '../db/types.ts';
import { loadMaps, readMaps, type Maps } from '../maps.ts';
import { servedMaps } from '../maps/served.ts';
import { createLogger } from '../observe/log.ts';
import { Releasers } from '../tools/releasers.ts';
import { Terminal } from './terminal.ts';

/** What `--database`, `--maps` and the like say instead of the environment. */
const VARIABLES: Readonly<Record<string, string>> = {
  database: 'DATABASE_URL',
  maps: 'CHOROGRAPH_MAPS',
  host: 'HOST',
  port: 'PORT',
  workers: 'WORKERS',
  data: 'CHOROGRAPH_DATA_DIR',
};

/** What one run of the command line works with. */
export class Tools implements CommandTools<Config, Maps> {
  readonly releasers = new Releasers();
  readonly #terminal = new Terminal();
  #overrides: Readonly<Record<string, string>> = {};
  #config: Config | undefined;
  #log: Logger | undefined;

  /** The options of the command that runs, above the environment. */
  overrideBy(options: Readonly<Record<string, unknown>>): void {
    this.#overrides = Object.fromEntries(
      Object.entries(VARIABLES).flatMap(([option, variable]) =>
        typeof options[option] === 'string' ? [[variable, options[option]]] : [],
      ),
    );
  }

  config(more: Readonly<Record<string, string>> = {}): Config {
    return (this.#config ??= loadConfig({ ...this.#overrides, ...more }));
  }

  maps(): Maps {
    return loadMaps(this.config().mapsFile);
  }

  servedMaps(db: Queryable): Promise<Maps> {
    return servedMaps(this.config(), db, readMaps);
  }

  async database({ migrated = false, statementTimeoutMs }: DatabaseOptions = {}): Promise<OpenDatabase> {
    const config = this.config();
    const pool = statementTimeoutMs === undefined ? config.pool : { ...config.pool, statementTimeoutMs };
    const opened = await openDatabase({ ...config, pool }, this.log, this.releasers, (step, ms) =>
      this.progress(`${step} (${(ms / 1000).toFixed(1)} s)`),
    );
    if (migrated !== false) await this.#migrate(opened, migrated);
    return opened;
  }

  get log(): Logger {
    return (this.#log ??= createLogger('warn'));
  }

  print(line: string): void {
    this.#terminal.print(line);
  }

  progress(text: string, share?: number): void {
    this.#terminal.progress(text, share);
  }

  complain(text: string): void {
    this.#terminal.complain(text);
  }

  async close(): Promise<void> {
    await this.releasers.run((name, error) => this.log.warn({ err: error, name }, 'could not be closed'));
    this.#terminal.end();
  }

  async #migrate({ connection }: OpenDatabase, migrated: true | 'if permitted'): Promise<void> {
    const client = new pg.Client(connection);
    await client.connect();
    try {
      await migrate(client, { direction: 'up' });
    } catch (error) {
      if (migrated === true) throw withAdvice(error);
      this.progress(`without schema chorograph: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await client.end();
    }
  }
}

/** PostgreSQL names the database or the table alone. */
function withAdvice(error: unknown): unknown {
  if (sqlState(error) !== INSUFFICIENT_PRIVILEGE || !(error instanceof Error)) return error;
  const advice = 'chorograph migrate up, as the owner of the database, makes the tables of schema chorograph';
  return new Error(`${error.message}; ${advice}`, { cause: error });
}

const INSUFFICIENT_PRIVILEGE = '42501';
