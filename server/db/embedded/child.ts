/**
 * The process that holds PGlite. Its parent forks it, talks to it over IPC, and can kill it at any moment.
 *
 *   child create <folder>            makes a new database and ends
 *   child serve <folder> <socket>    serves it until told to close
 */
import { writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { fuzzystrmatch } from '@electric-sql/pglite/contrib/fuzzystrmatch';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto';
import { unaccent } from '@electric-sql/pglite/contrib/unaccent';
import { uuid_ossp } from '@electric-sql/pglite/contrib/uuid_ossp';
import { postgis } from '@electric-sql/pglite-postgis';
import { lean } from './bundle.ts';
import { startupMessage } from './frames.ts';
import { cppErrors, guardMainLoop } from './guard.ts';
import { WireServer } from './wire.ts';
import type { ChildMessage } from './process.ts';

/** Longest that a clean shutdown may take before the process ends anyway. */
const CLOSE_DEADLINE_MS = 5000;
const TRAP_EXIT_CODE = 70;

/**
 * A query keeps this thread busy inside WebAssembly, where no event is seen. So another thread watches
 * the parent: a child that outlives it would hold, and go on writing to, a folder that a new server opens.
 */
const WATCH_PARENT = `
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 1000);
`;

function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}

/** The engine's state is unknown: end at once, without a word to PGlite. The parent starts another process. */
function die(error: unknown): never {
  writeSync(2, `the database engine failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(TRAP_EXIT_CODE);
}

async function openDatabase(folder: string): Promise<PGlite> {
  const db = await PGlite.create(folder, {
    relaxedDurability: false,
    extensions: {
      cppErrors: cppErrors(),
      postgis: lean(postgis, dirname(folder)),
      ...{ pg_trgm, unaccent, fuzzystrmatch, pgcrypto, uuid_ossp },
    },
  });
  guardMainLoop(db, die);
  return db;
}

async function create(folder: string): Promise<void> {
  tell({ type: 'progress', message: 'creating the database' });
  const db = await openDatabase(folder);
  tell({ type: 'progress', message: 'installing PostGIS' });
  await db.exec('create extension postgis; create extension pg_trgm');
  await db.close();
}

async function serve(folder: string, socketPath: string): Promise<void> {
  new Worker(WATCH_PARENT, { eval: true, execArgv: [] }).unref();
  const db = await openDatabase(folder);
  const exec = async (messages: Uint8Array): Promise<Buffer> => {
    const answer: Buffer[] = [];
    // The bytes are a view of WebAssembly memory that the next call overwrites.
    const onRawData = (bytes: Uint8Array) => answer.push(Buffer.from(bytes));
    // It rejects where PostgreSQL ends its process, as it does when COPY reads from a client.
    await db.runExclusive(() => db.execProtocolRawStream(messages, { onRawData })).catch(die);
    return Buffer.concat(answer);
  };
  const greeting = await exec(startupMessage({ user: 'postgres', database: 'postgres' }));
  const server = new WireServer({ exec, inTransaction: () => db.isInTransaction() }, greeting);
  stop = cleanStop(async () => {
    await server.close();
    await db.close();
  });
  await server.listen(socketPath);
  tell({ type: 'ready' });
}

function cleanStop(close: () => Promise<void>): () => void {
  let closing = false;
  return () => {
    if (closing) return;
    closing = true;
    setTimeout(() => process.exit(1), CLOSE_DEADLINE_MS).unref();
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
}

// Until the database is open there is nothing to save.
let stop = () => process.exit(1) as void;
process.on('message', () => stop()); // the only message a parent sends is "close"
process.on('disconnect', () => stop());
process.on('SIGTERM', () => stop());
// Ctrl-C reaches the whole process group; it is the parent that decides when the database closes.
process.on('SIGINT', () => {});

const [mode, folder = '', socketPath = ''] = process.argv.slice(2);
try {
  if (mode === 'create') {
    await create(folder);
    process.exit(0);
  }
  await serve(folder, socketPath);
} catch (error) {
  writeSync(2, `${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
