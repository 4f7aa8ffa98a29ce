import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { openEmbedded } from '../../server/db/embedded/index.ts';
import type { EmbeddedConnection, EmbeddedDatabase } from '../../server/db/embedded/index.ts';
import { templateDir } from './template.ts';

/** Gives a folder what a start keeps beside a database, so that it need not be made anew for each. */
export async function linkBundle(folder: string): Promise<void> {
  const kept = dirname(await templateDir());
  const there = await readdir(folder);
  for (const name of await readdir(kept)) {
    if (name.endsWith('.tar.gz') && !there.includes(name))
      await symlink(join(kept, name), join(folder, name));
  }
}

export interface Scratch {
  /** A data folder that does not exist yet. */
  readonly dataDir: string;
  readonly folder: string;
  open(log?: (message: string) => void): Promise<EmbeddedDatabase>;
  remove(): Promise<void>;
}

export async function scratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-test-'));
  const dataDir = join(folder, 'db');
  const opened: EmbeddedDatabase[] = [];
  return {
    dataDir,
    folder,
    async open(log) {
      if (opened.length === 0) await linkBundle(folder);
      const database = await openEmbedded({ dataDir, templateDir: await templateDir(), log });
      opened.push(database);
      return database;
    },
    async remove() {
      for (const database of opened) await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs `work` with a connected client and ends it. */
export async function withClient<T>(
  connection: EmbeddedConnection,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(connection);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

export async function connect(connection: EmbeddedConnection): Promise<pg.Client> {
  const client = new pg.Client({ ...connection });
  client.on('error', () => {}); // a test kills the server on purpose; the query's own rejection tells
  await client.connect();
  return client;
}

/** The first column of the first row. */
export async function value(client: pg.Client, text: string, values: unknown[] = []): Promise<unknown> {
  const { rows } = await client.query<Record<string, unknown>>(text, values);
  return Object.values(rows[0] ?? {})[0];
}
