import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { migrate } from '../../server/db/migrate.ts';

const run = promisify(execFile);
const BINARIES = '/usr/lib/postgresql';

/** A PostgreSQL server of our own in a temporary folder: it can be stopped, killed and started again. */
export interface Cluster {
  /** URL of a database in it. */
  url(database: string): string;
  /** Its data folder, whose configuration a test may change. */
  readonly data: string;
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** The newest installed PostgreSQL that has PostGIS; undefined where there is none. */
export function postgresBinaries(): string | undefined {
  if (!existsSync(BINARIES)) return undefined;
  const versions = readdirSync(BINARIES).sort((a, b) => Number(b) - Number(a));
  const usable = versions.find(
    (version) =>
      existsSync(join(BINARIES, version, 'bin', 'initdb')) &&
      existsSync(`/usr/share/postgresql/${version}/extension/postgis.control`),
  );
  return usable === undefined ? undefined : join(BINARIES, usable, 'bin');
}

/** @throws Error where no PostgreSQL with PostGIS is installed. */
export async function startCluster(settings: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  return newCluster(
    ({ binaries, data, user }) =>
      run(
        join(binaries, 'initdb'),
        ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8'],
        user,
      ),
    settings,
  );
}

/** A hot standby of a cluster, made as an operator makes one. `promote()` it with SQL. */
export async function startStandby(primary: Cluster): Promise<Cluster> {
  return newCluster(({ binaries, data, user }) =>
    run(
      join(binaries, 'pg_basebackup'),
      ['-d', primary.url('postgres'), '-D', data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'],
      user,
    ),
  );
}

interface NewCluster {
  binaries: string;
  data: string;
  user: { uid: number; gid: number } | undefined;
}

async function newCluster(
  make: (cluster: NewCluster) => Promise<unknown>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  const binaries = postgresBinaries();
  if (binaries === undefined) throw new Error('no PostgreSQL with PostGIS is installed');
  const user = await unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-pg-'));
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  await make({ binaries, data, user });
  const port = await freePort();
  const options = { listen_addresses: '127.0.0.1', fsync: 'off', max_connections: '500', ...settings };
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const parameters = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    server = spawn(
      join(binaries, 'postgres'),
      ['-D', data, '-p', String(port), '-k', folder, ...parameters],
      {
        ...user,
        stdio: 'ignore',
      },
    );
    await answering(url('postgres'));
  };
  // One that is gone may have had its port.
  for (const key of templates.keys()) if (key.startsWith(`127.0.0.1:${port} `)) templates.delete(key);
  const stop = async (mode: 'fast' | 'immediate' = 'fast'): Promise<void> => {
    const current = server;
    server = undefined;
    if (!current || current.exitCode !== null) return;
    const ended = new Promise((resolve) => current.once('exit', resolve));
    current.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  };
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  await start();
  return {
    url,
    data,
    start,
    stop,
    remove: async () => {
      await stop('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Names of databases that others are copied from, by server: copying takes a tenth of making one. */
const templates = new Map<string, Promise<string>>();

interface NewDatabase {
  /** The tables of the server are there, as when it has been started over it before. */
  migrated?: boolean;
  /** What is in it besides, by a name: the first who asks for it fills it in, once. */
  filled?: Filling;
}

export interface Filling {
  readonly name: string;
  fill(url: string): Promise<void>;
}

/** Creates a database with PostGIS and returns its URL. `adminUrl` is any database of the same server. */
export async function createDatabase(adminUrl: string, name: string, how: NewDatabase = {}): Promise<string> {
  await copyOf(adminUrl, await templateOf(adminUrl, how), name);
  return urlOf(adminUrl, name);
}

function templateOf(adminUrl: string, { migrated = false, filled }: NewDatabase): Promise<string> {
  const { host } = new URL(adminUrl);
  const key = `${host} ${migrated} ${filled?.name ?? ''}`;
  const made = (): Promise<string> =>
    filled
      ? createFilled(adminUrl, migrated, filled)
      : migrated
        ? createMigrated(adminUrl)
        : createTemplate(adminUrl);
  const template = templates.get(key) ?? made();
  templates.set(key, template);
  return template;
}

async function copyOf(adminUrl: string, template: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
    await client.query(
      `create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`,
    );
  });
}

/** Drops what `createDatabase` made, its connections too; what is gone already is no error. */
export async function dropDatabase(adminUrl: string, url: string): Promise<void> {
  const name = pg.escapeIdentifier(new URL(url).pathname.slice(1));
  await withClient(adminUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
}

/** Drops the templates: what they were copied to stays. */
export async function dropTemplates(adminUrl: string): Promise<void> {
  const { host } = new URL(adminUrl);
  for (const [key, template] of templates)
    if (key.startsWith(`${host} `)) await dropDatabase(adminUrl, urlOf(adminUrl, await template));
}

async function createMigrated(adminUrl: string): Promise<string> {
  const name = `chorograph_migrated_${process.pid}`;
  await copyOf(adminUrl, await templateOf(adminUrl, {}), name);
  await withClient(urlOf(adminUrl, name), (client) => migrate(client, { direction: 'up' }));
  return name;
}

async function createFilled(adminUrl: string, migrated: boolean, { name, fill }: Filling): Promise<string> {
  const database = `chorograph_${name}_${process.pid}`;
  await copyOf(adminUrl, await templateOf(adminUrl, { migrated }), database);
  await fill(urlOf(adminUrl, database));
  return database;
}

async function createTemplate(adminUrl: string): Promise<string> {
  const name = `chorograph_template_${process.pid}`;
  await withClient(adminUrl, async (client) => {
    await client.query(`drop database if exists ${name}`);
    await client.query(`create database ${name}`);
  });
  await withClient(urlOf(adminUrl, name), (client) =>
    client.query('create extension postgis; create extension if not exists pg_trgm'),
  );
  return name;
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

export async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root: its own user does it then. */
export async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      await withClient(url, (client) => client.query('select 1'));
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error('PostgreSQL did not start');
}
