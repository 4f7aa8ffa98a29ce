import { rm } from 'node:fs/promises';
import { pino } from 'pino';
import request from 'supertest';
import { readConfig } from '../../server/config.ts';
import { seedDemo } from '../../server/demo/seed.ts';
import { openDatabase, type OpenDatabase } from '../../server/db/connections/open.ts';
import { statement } from '../../server/db/sql.ts';
import type { Database } from '../../server/db/types.ts';
import { readMaps, type Maps } from '../../server/maps.ts';
import type { MapsFile } from '../../server/maps/file.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import { startServer, type RunningServer } from '../../server/server.ts';
import { createDatabase, dropDatabase, dropTemplates, type Filling } from './cluster.ts';
import { clientsOf, discardSpares, giveBack, lend, newFolder, type Lent } from './embedded-pool.ts';

/**
 * Where tests run. The runner starts the suite once for each database; a test asks for a server or a
 * database and does not say which. `TEST_DATABASE_URL` names any database of a PostgreSQL server.
 */
export const backend: Database['kind'] = process.env.TEST_DATABASE_URL ? 'postgres' : 'embedded';

/** However busy the machine is, the engine of a tile is the one that was decided. */
export const DECIDED_ENGINE = { CHOROGRAPH_MEMORY_WAIT_MS: '600000' };

const adminUrl = process.env.TEST_DATABASE_URL ?? '';

type Tests = (this: Mocha.Suite) => void;

/** For what only one of the databases does: the other run does not even list it, so nothing counts as skipped. */
export const onPostgres = (title: string, tests: Tests): void =>
  void (backend === 'postgres' && describe(title, tests));
export const onEmbedded = (title: string, tests: Tests): void =>
  void (backend === 'embedded' && describe(title, tests));
/** For what one database is enough for and PostgreSQL is quicker at: the runner says where it runs as well. */
export const once = (title: string, tests: Tests): void =>
  void (process.env.TEST_ONCE !== 'elsewhere' && describe(title, tests));

export interface TestServer extends RunningServer {
  /** supertest over the network, so that aborts and headers are real. */
  api: ReturnType<typeof request>;
  /** Runs SQL text on the same database. */
  run<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  environment: Record<string, string>;
  /** The database where it is embedded: another server may use it too. */
  opened?: OpenDatabase | undefined;
  /** Stops it, and leaves its database to other tests. */
  done(): Promise<void>;
}

type StopOptions = Parameters<RunningServer['stop']>[0];

export interface TestServerOptions {
  environment?: Record<string, string>;
  /** A file is read again when it changes. */
  maps?: Maps | MapsFile<Maps> | string;
  /** SQL that runs before the server starts, on an empty database with PostGIS. */
  sql?: string;
  demo?: boolean;
}

let counter = 0;
type Closers = (() => Promise<unknown>)[];
const closers: Closers = [];
/** For `serve` in a test whose server the next tests of the file use. */
export const untilFileEnds: Closers = [];
const sharedClosers: Closers = [];
let shared: Promise<TestServer> | undefined;

/** One server over the demo data for all tests that only read. */
export function demoServer(): Promise<TestServer> {
  shared ??= sharedServer({ demo: true });
  return shared;
}

/** A server that several files use; closed after the last test of all. */
export const sharedServer = (options: TestServerOptions): Promise<TestServer> =>
  newServer(options, sharedClosers);

/** A server of one's own over a new database; closed after the test or, where a hook opened it, the file. */
export async function newServer(
  options: TestServerOptions = {},
  opened: Closers = closers,
): Promise<TestServer> {
  if (backend === 'embedded') return embeddedServer(options, opened);
  const { sql, demo } = options;
  const environment = environmentOf(await newDatabase(opened, { migrated: true, demo }), options);
  if (sql !== undefined) await withDatabase(environment, (database) => fill(database, { sql }));
  return serve(environment, options, opened);
}

/** Over a database that another test may have used before, and that another may use after it. */
async function embeddedServer(options: TestServerOptions, closing: Closers): Promise<TestServer> {
  const lent = await lend();
  const environment = environmentOf(onFolder(lent.folder), options);
  const releasers = new Releasers();
  const opened = clientsOf(lent, readConfig(environment), releasers);
  await fill(opened.database, options);
  const server = await serve(environment, options, closing, opened);
  let ended: Promise<void> | undefined;
  const end = (how: StopOptions, leave: (lent: Lent) => Promise<void>): Promise<void> =>
    (ended ??= (async () => {
      await server.stop(how);
      await releasers.run();
      await leave(lent);
    })());
  const done = (): Promise<void> => end({}, giveBack);
  // Whoever stops a server may start another over the same folder.
  const stop = (how: StopOptions = {}): Promise<void> =>
    end(how, async ({ embedded, folder }) => {
      untilFileEnds.push(() => rm(folder, { recursive: true, force: true }));
      await embedded.close();
    });
  closing.push(done);
  return { ...server, stop, done };
}

const environmentOf = (
  database: Record<string, string>,
  { environment, demo, maps }: TestServerOptions,
): Record<string, string> => ({
  ...database,
  PORT: '0',
  LOG_LEVEL: 'silent',
  CHOROGRAPH_SCHEDULE: 'false',
  // What one server remembers is no business of the next.
  CHOROGRAPH_START_LOADING_MS: '0',
  CHOROGRAPH_SNAPSHOTS_MB: '0',
  // What is made of layers by itself would take its time from what is tested, and change what tiles are made of.
  CHOROGRAPH_AUTO_MB: '0',
  // Entries of the demo are for who asks for it and says nothing else.
  CHOROGRAPH_DEMO: String(demo === true && maps === undefined),
  ...environment,
});

async function fill(database: Database, { sql, demo }: TestServerOptions): Promise<void> {
  if (sql !== undefined) await database.run(statement(sql), { timeoutMs: 120_000 });
  if (demo) await seedDemo(database);
}

/** Starts a server over an existing environment. */
export async function serve(
  environment: Record<string, string>,
  options: TestServerOptions = {},
  closing: Closers = closers,
  opened?: OpenDatabase,
): Promise<TestServer> {
  const maps = typeof options.maps === 'object' ? options.maps : readMaps(options.maps ?? '');
  const server = await startServer({
    config: readConfig({ ...DECIDED_ENGINE, ...environment }),
    maps,
    log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
    ...(opened && { opened }),
  });
  closing.push(() => server.stop());
  await server.ready;
  return {
    ...server,
    api: request(server.url),
    run: (text, values = []) => server.ctx.db.run(statement(text, values)),
    environment,
    opened,
    done: () => server.stop(),
  };
}

/** Environment of a database with PostGIS and nothing else (on PostgreSQL, our own tables and the demo data where that is asked for), removed after the last test of the file. */
export async function newDatabase(
  opened: Closers = closers,
  { migrated = false, demo = false }: { migrated?: boolean; demo?: boolean | undefined } = {},
): Promise<Record<string, string>> {
  const name = `chorograph_test_${process.pid}_${++counter}`;
  if (backend === 'postgres') {
    const url = await createDatabase(adminUrl, name, { migrated, ...(demo && { filled: DEMO }) });
    // Pushed first, run last: the server over it is closed before.
    opened.push(() => dropDatabase(adminUrl, url));
    // A program that is started over it is one process, which the test can see.
    return { DATABASE_URL: url, WORKERS: '1', ...DECIDED_ENGINE };
  }
  const folder = await newFolder();
  opened.push(() => rm(folder, { recursive: true, force: true }));
  return onFolder(folder);
}

/** Copying it takes a tenth of loading it anew. */
const DEMO: Filling = {
  name: 'demo',
  fill: (url) => withDatabase({ DATABASE_URL: url }, async (database) => void (await seedDemo(database))),
};

const onFolder = (folder: string): Record<string, string> => ({
  CHOROGRAPH_DATA_DIR: folder,
  CHOROGRAPH_DEMO: 'false',
});

export async function withDatabase<T>(
  environment: Record<string, string>,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const releasers = new Releasers();
  try {
    const { database } = await openDatabase(
      readConfig(environment),
      pino({ level: 'silent' }),
      releasers,
      () => {},
    );
    return await work(database);
  } finally {
    await releasers.run();
  }
}

/** How much is open now: what is opened from here on can be closed by itself. */
export const openedSoFar = (): number => closers.length;

/** Closes what was opened since, last first. An embedded database takes most of a gigabyte. */
export const closeOpenedSince = (mark: number): Promise<void> => closeLastFirst(closers, mark);

/** Closes what a file opened. */
export async function closeOpened(): Promise<void> {
  await closeLastFirst(untilFileEnds);
  await closeLastFirst(closers);
}

/** Closes what all files share. */
export async function closeShared(): Promise<void> {
  await closeLastFirst(sharedClosers);
  if (backend === 'postgres') await dropTemplates(adminUrl);
  else await discardSpares();
}

async function closeLastFirst(opened: Closers, mark = 0): Promise<void> {
  while (opened.length > mark) await opened.pop()?.();
}
