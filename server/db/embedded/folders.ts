/** Where the embedded database keeps its files, and how a new one comes to be complete or not at all. */
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SSL_REQUEST } from './frames.ts';

/** `pg` connects to `<folder>/.s.PGSQL.<port>`. */
export const SOCKET_PORT = 5432;
const SOCKET_NAME = `.s.PGSQL.${SOCKET_PORT}`;
/** A unix socket path may have 107 bytes on Linux and 103 on macOS. */
const SOCKET_PATH_BYTES = 103;

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Fills a new data folder: `fill` works in a temporary folder beside it, which is renamed when complete,
 * so that a crash half-way leaves nothing that a later start would take for a database.
 * The caller holds the lock.
 */
export async function createWhole(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await removeLeftovers(folder);
  const temporary = await mkdtemp(temporaryPrefix(folder));
  try {
    await fill(temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Removes the temporary folders of starts that did not come to their end. */
export async function removeLeftovers(folder: string): Promise<void> {
  const prefix = basename(temporaryPrefix(folder));
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(prefix)) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

function temporaryPrefix(folder: string): string {
  return `${folder}.new-`;
}

/**
 * Copies a database that was closed; shares the blocks where the file system can. One file after the other, as many at once
 * take twice the processor time.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const entries = await readdir(from, { withFileTypes: true });
  const unused = basename(from) === 'pg_wal' ? laterSegments(entries.map(({ name }) => name)) : [];
  for (const entry of entries) {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyDatabase(source, copy);
    else if (!unused.includes(entry.name)) await copyFile(source, copy, constants.COPYFILE_FICLONE);
  }
}

/** Of the log, a closed database reads its first segment; those after it are kept, 16 MB each, to be written over. */
function laterSegments(names: readonly string[]): string[] {
  return names
    .filter((name) => /^[0-9A-F]{24}$/.test(name))
    .sort()
    .slice(1);
}

export interface SocketFolder {
  /** The folder, which is `host` to `pg`. */
  readonly folder: string;
  readonly socketPath: string;
  /** Whether a process answers there; while it is busy with a query, the answer waits for that. */
  answers(): Promise<boolean>;
  /** Removes a socket that a killed process left. */
  clear(): Promise<void>;
  remove(): Promise<void>;
}

/** A folder only we can enter: the socket takes no password. */
export async function openSocketFolder(dataFolder: string): Promise<SocketFolder> {
  const beside = `${dataFolder}.run`;
  const folder = fits(beside) ? beside : await mkdtemp(join(tmpdir(), 'chorograph-'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const socketPath = join(folder, SOCKET_NAME);
  return {
    folder,
    socketPath,
    answers: () => answers(socketPath),
    clear: () => rm(socketPath, { force: true }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    // A connection alone proves nothing: the kernel takes it for a process that is just being killed.
    const socket = connect(socketPath, () => socket.write(SSL_REQUEST));
    socket.once('data', () => resolve(true)).once('close', () => resolve(false));
    socket.once('data', () => socket.destroy()).once('error', () => socket.destroy());
  });
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, SOCKET_NAME)) <= SOCKET_PATH_BYTES;
}
