/**
 * The embedded database: PostgreSQL and PostGIS as WebAssembly (PGlite) in a child process, reached by the
 * ordinary `pg` client over a private unix socket.
 *
 * WebAssembly runs a query to its end on one thread: nothing cancels it, `statement_timeout` does not fire,
 * and the child answers nothing meanwhile. So whoever gives up on a query calls `respawn()`.
 *
 * Durability: PGlite does not fsync. What was committed survives the end of the process, a kill included,
 * but not necessarily a power cut.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import {
  SOCKET_PORT,
  copyDatabase,
  createWhole,
  exists,
  openSocketFolder,
  removeLeftovers,
} from './folders.ts';
import type { SocketFolder } from './folders.ts';
import { acquireLock } from './lock.ts';
import type { Lock } from './lock.ts';
import { startChild } from './process.ts';
import type { Child } from './process.ts';

/** Connection settings for `pg`; `host` is the folder of the socket. */
export interface EmbeddedConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export interface EmbeddedDatabase {
  readonly connection: EmbeddedConnection;
  readonly pid: number | undefined;
  /**
   * Resolves when the database answers: at once, or after the query or the restart that is under way.
   * @throws AppError `database_unavailable` after `close()`.
   */
  ready(): Promise<void>;
  /**
   * Kills the child, which may hang in a query, and starts it again. Committed data is kept.
   * Resolves when it answers; concurrent calls share one restart.
   */
  respawn(reason: string): Promise<void>;
  /** Calls `handler` whenever a new child has taken the place of one that crashed or was killed. */
  onRespawn(handler: () => void): () => void;
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The data folder; created on first use. Its lock and socket lie beside it. */
  dataDir: string;
  /** Copied instead of creating a database anew: a folder made by `createTemplate`. */
  templateDir?: string | undefined;
  /** Steps of a start, with the milliseconds since it began. */
  onProgress?: ((message: string, elapsedMs: number) => void) | undefined;
  /** Told why the child was restarted. */
  log?: ((message: string) => void) | undefined;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
/** A child that ran this long was healthy: its crash starts the back-off anew. */
const HEALTHY_MS = 60_000;

/** @throws Error when another process holds the folder, or the database cannot be created or opened. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const dataDir = resolve(options.dataDir);
  const began = Date.now();
  const progress = (message: string) => options.onProgress?.(message, Date.now() - began);
  await mkdir(dirname(dataDir), { recursive: true });
  const lock = await acquireLock(`${dataDir}.lock`);
  try {
    await removeLeftovers(dataDir);
    if (!(await exists(join(dataDir, 'PG_VERSION')))) {
      await createDatabase(dataDir, options.templateDir, lock, progress);
    }
    progress('opening the database');
    const database = new Supervisor(dataDir, lock, await openSocketFolder(dataDir), options.log);
    await database.start();
    progress('the database is ready');
    return database;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Makes a database that `templateDir` can name, unless it is there already. For tests: a copy takes 0.1 s. */
export async function createTemplate(folder: string): Promise<void> {
  if (await exists(folder)) return; // it comes there whole
  await mkdir(dirname(folder), { recursive: true });
  const lock = await acquireLock(`${folder}.lock`);
  try {
    if (!(await exists(folder))) await createDatabase(folder, undefined, lock, () => {});
  } finally {
    await lock.release();
  }
}

async function createDatabase(
  dataDir: string,
  templateDir: string | undefined,
  lock: Lock,
  progress: (message: string) => void,
): Promise<void> {
  await createWhole(dataDir, async (temporary) => {
    if (templateDir !== undefined) return copyDatabase(templateDir, temporary);
    const child = startChild(['create', temporary], progress);
    await lock.holdFor(child.pid);
    const how = await child.ended;
    if (!(await exists(join(temporary, 'PG_VERSION'))) || how !== 'ended with exit code 0') {
      throw new Error(`the embedded database could not be created: its process ${how}`);
    }
  });
}

class Supervisor implements EmbeddedDatabase {
  readonly connection: EmbeddedConnection;
  readonly #dataDir: string;
  readonly #lock: Lock;
  readonly #socket: SocketFolder;
  readonly #log: (message: string) => void;
  readonly #respawnHandlers = new Set<() => void>();
  readonly #stopWaiting = new AbortController();
  #child: Child | undefined;
  #ready: Promise<void> = Promise.resolve();
  #respawning: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #crashes = 0;

  constructor(dataDir: string, lock: Lock, socket: SocketFolder, log: (message: string) => void = () => {}) {
    this.#dataDir = dataDir;
    this.#lock = lock;
    this.#socket = socket;
    this.#log = log;
    this.connection = { host: socket.folder, port: SOCKET_PORT, user: 'postgres', database: 'postgres' };
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The first start: unlike later ones, it fails when the database does not open. */
  async start(): Promise<void> {
    try {
      await this.#launch();
    } catch (error) {
      await this.#socket.remove();
      throw error;
    }
  }

  async ready(): Promise<void> {
    for (;;) {
      if (this.#closed) throw unavailable();
      await this.#ready;
      if (await this.#socket.answers()) return;
      await sleep(20); // the child has just died and its end has not reached us yet
    }
  }

  respawn(reason: string): Promise<void> {
    this.#respawning ??= this.#replace(reason).finally(() => {
      this.#respawning = undefined;
    });
    return this.#respawning;
  }

  onRespawn(handler: () => void): () => void {
    this.#respawnHandlers.add(handler);
    return () => this.#respawnHandlers.delete(handler);
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.#stopWaiting.abort();
    await this.#child?.close();
    await this.#ready.catch(() => {});
    await this.#socket.remove();
    await this.#lock.release();
  }

  async #replace(reason: string): Promise<void> {
    if (this.#closed) throw unavailable();
    this.#log(`the embedded database is restarted: ${reason}`);
    this.#crashes = 0; // asked for, so without delay
    const child = this.#child;
    await child?.kill();
    await this.ready();
  }

  async #launch(): Promise<void> {
    await this.#socket.clear();
    if (this.#closed) throw unavailable();
    const child = startChild(['serve', this.#dataDir, this.#socket.socketPath]);
    const began = Date.now();
    this.#child = child;
    await this.#lock.holdFor(child.pid);
    await child.ready;
    void child.ended.then((how) => {
      if (this.#closed) return;
      if (Date.now() - began > HEALTHY_MS) this.#crashes = 0;
      this.#log(`the embedded database ${how}`);
      this.#ready = this.#launchAgain();
      this.#ready.catch(() => {}); // whoever needs it awaits it
    });
  }

  /** Tries until it succeeds or the database is closed. */
  async #launchAgain(): Promise<void> {
    for (;;) {
      await this.#backOff();
      if (this.#closed) throw unavailable();
      try {
        await this.#launch();
        break;
      } catch (error) {
        this.#log(error instanceof Error ? error.message : String(error));
      }
    }
    for (const handler of this.#respawnHandlers) handler();
  }

  async #backOff(): Promise<void> {
    const delay = this.#crashes === 0 ? 0 : FIRST_DELAY_MS * 2 ** (this.#crashes - 1);
    this.#crashes += 1;
    await sleep(Math.min(delay, LONGEST_DELAY_MS), undefined, { signal: this.#stopWaiting.signal }).catch(
      () => {}, // closing: no need to wait
    );
  }
}

function unavailable(): AppError {
  return new AppError('database_unavailable', { detail: 'the embedded database has been closed' });
}
