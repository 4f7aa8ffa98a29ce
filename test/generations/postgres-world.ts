import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { migrate } from '../../server/db/migrate.ts';
import { openDatabase } from '../../server/db/connections/open.ts';
import type { Database } from '../../server/db/types.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import { postgresBinaries, startCluster, withClient, type Cluster } from '../support/cluster.ts';
import { DECIDED_ENGINE } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import type { Random } from './random.ts';

const run = promisify(execFile);
const NAME = 'world';
/** How often one of the things happens that take a second or two. */
const UPHEAVAL = 0.015;

/** A PostgreSQL of its own: it crashes, is restored from a dump or from its files, and goes on. */
export class PostgresWorld {
  readonly environment: Record<string, string>;
  readonly database: Database;
  readonly #cluster: Cluster;
  readonly #releasers: Releasers;
  #writer: pg.Client | undefined;
  #isCopied = false;

  private constructor(cluster: Cluster, database: Database, releasers: Releasers) {
    this.#cluster = cluster;
    this.database = database;
    this.#releasers = releasers;
    this.environment = { DATABASE_URL: cluster.url(NAME), ...DECIDED_ENGINE };
  }

  static async begin(scripts: readonly string[]): Promise<PostgresWorld> {
    const cluster = await startCluster({ max_prepared_transactions: '5' });
    await withClient(cluster.url('postgres'), (client) => client.query(`create database ${NAME}`));
    await withClient(cluster.url(NAME), async (client) => {
      await client.query('create extension postgis; create extension pg_trgm');
      const [first = '', ...others] = scripts;
      await client.query(first);
      await migrate(client, { direction: 'up' });
      for (const script of others) await client.query(script);
    });
    const releasers = new Releasers();
    const config = readConfig({ DATABASE_URL: cluster.url(NAME), CHOROGRAPH_POOL_SIZE: '6' });
    const { database } = await openDatabase(config, pino({ level: 'silent' }), releasers, () => {});
    return new PostgresWorld(cluster, database, releasers);
  }

  async run(sql: string): Promise<void> {
    const writer = await this.#connected();
    // One statement after the other, as psql sends them: what PostgreSQL takes as one message is one transaction to it.
    for (const one of statementsOf(sql)) {
      const failed = await writer.query(one).then(
        () => false,
        () => true,
      );
      if (!failed) continue;
      await writer.query('rollback').catch(() => {});
      await writer.query('reset session_replication_role').catch(() => {});
      break;
    }
    await tell(writer);
  }

  readonly upheaval = async (random: Random): Promise<string | undefined> => {
    if (!random.chance(UPHEAVAL)) return undefined;
    const [name, work] = random.of<[string, () => Promise<void>]>([
      ['-- PostgreSQL is restarted', () => this.#restart('fast')],
      ['-- PostgreSQL crashes', () => this.#restart('immediate')],
      ['-- its files are copied', () => this.#copyFiles()],
      ['-- its files are restored', () => this.#restoreFiles()],
      ['-- the database is restored from a dump', () => this.#restoreDump()],
      ['-- a backend is killed', () => this.#crashBackend()],
    ]);
    await work();
    return name;
  };

  async end(): Promise<void> {
    await this.#disconnect();
    await this.#releasers.run();
    await this.#cluster.remove();
    await rm(`${this.#cluster.data}.copy`, { recursive: true, force: true });
  }

  async #connected(): Promise<pg.Client> {
    if (this.#writer) return this.#writer;
    const writer = new pg.Client({ connectionString: this.#cluster.url(NAME) });
    writer.on('error', () => (this.#writer = undefined));
    await writer.connect();
    // A prepared transaction keeps its locks until it is committed.
    await writer.query(`set lock_timeout = '200ms'`);
    return (this.#writer = writer);
  }

  async #disconnect(): Promise<void> {
    await this.#writer?.end().catch(() => {});
    this.#writer = undefined;
  }

  async #restart(mode: 'fast' | 'immediate'): Promise<void> {
    await this.#disconnect();
    await this.#cluster.stop(mode);
    await this.#cluster.start();
    await this.#answers();
  }

  /** All backends start anew after one of them was killed, and the counters with them. */
  async #crashBackend(): Promise<void> {
    // Another one's end tells that PostgreSQL has noticed: until then the old backends answer, and new ones are refused after.
    const bystander = await this.#connected();
    const ended = new Promise((resolve) => bystander.once('end', resolve));
    await withClient(this.#cluster.url('postgres'), async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      process.kill(rows[0]!.pid, 'SIGKILL');
      await ended;
    }).catch(() => {});
    await ended;
    this.#writer = undefined;
    await this.#answers();
  }

  async #copyFiles(): Promise<void> {
    const { data } = this.#cluster;
    await this.#disconnect();
    await this.#cluster.stop('fast');
    await rm(`${data}.copy`, { recursive: true, force: true });
    await copy(data, `${data}.copy`);
    this.#isCopied = true;
    await this.#cluster.start();
    await this.#answers();
  }

  async #restoreFiles(): Promise<void> {
    const { data } = this.#cluster;
    if (!this.#isCopied) return;
    await this.#disconnect();
    await this.#cluster.stop('fast');
    await rm(data, { recursive: true, force: true });
    await copy(`${data}.copy`, data);
    await this.#cluster.start();
    await this.#answers();
  }

  /** As an operator does it: into the same database, everything dropped before. */
  async #restoreDump(): Promise<void> {
    await this.#disconnect();
    const file = `${this.#cluster.data}.dump`;
    const url = this.#cluster.url(NAME);
    const binaries = postgresBinaries()!;
    const writer = await this.#connected();
    await writer.query(`rollback prepared 'later'`).catch(() => {});
    await run(`${binaries}/pg_dump`, ['-Fc', '-f', file, url]);
    await writer
      .query(`update pts set name = name || '!'; update told set name = name || '!'`)
      .catch(() => {});
    await tell(writer);
    await this.#disconnect();
    // Extensions' own objects cannot be dropped by themselves; what else is not restored is told on standard error.
    await run(`${binaries}/pg_restore`, ['--clean', '--if-exists', '-d', url, file]).catch(() => {});
    await rm(file, { force: true });
    await this.#answers();
  }

  async #answers(): Promise<void> {
    // To newcomers first: an old connection may answer still while PostgreSQL ends the others.
    await eventually(
      () =>
        withClient(this.#cluster.url(NAME), (client) => client.query('select 1')).then(
          () => true,
          () => false,
        ),
      'PostgreSQL takes connections',
    );
    await eventually(
      () =>
        this.database.ping().then(
          () => true,
          () => false,
        ),
      'PostgreSQL answers',
    );
    // Connections that broke are found out one by one.
    for (let i = 0; i < 8; i++) await this.database.ping().catch(() => {});
  }
}

/** Counters are told at once, not after a pause. */
async function tell(writer: pg.Client): Promise<void> {
  await writer.query('select pg_stat_force_next_flush()').catch(() => {});
}

async function copy(from: string, to: string): Promise<void> {
  await run('cp', ['-a', from, to]);
}

/** Split at semicolons, but for those inside of dollar quotes. */
function statementsOf(sql: string): string[] {
  return (sql.match(/(?:\$\$[\s\S]*?\$\$|[^;])+/g) ?? []).filter((one) => one.trim() !== '');
}
