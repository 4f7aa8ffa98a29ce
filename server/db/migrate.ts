import { readdirSync } from 'node:fs';
import type pg from 'pg';
import type { RunnerOption } from 'node-pg-migrate';
import { projectPath } from '../tools/paths.ts';

const SCHEMA = 'chorograph';
const TABLE = 'migration';
/** Any fixed number: the advisory lock that lets one instance migrate while others wait. */
const LOCK = 7_302_214_551;

export type Direction = 'up' | 'down';

interface MigrateOptions {
  direction: Direction;
  /** Migrations to run; all for up, one for down where absent. */
  count?: number;
  log?: (message: string) => void;
}

/**
 * Runs migrations on one connection, all in one transaction, and returns the names of those that ran.
 * A second instance that starts at the same time waits for the first and then finds nothing to do. The lock
 * is the transaction's: behind a pooler a session's would be left with whoever has that session next.
 */
export async function migrate(client: pg.ClientBase, options: MigrateOptions): Promise<string[]> {
  const { runner } = await import('node-pg-migrate');
  await client.query(`begin; select pg_advisory_xact_lock(${LOCK})`);
  try {
    // The runner creates the schema where it is not there, which PostgreSQL refuses whoever may not, also where it is.
    if (options.direction === 'up' && (await isMigrated(client))) {
      await client.query('commit');
      return [];
    }
    const done = await runner({
      dbClient: client,
      dir: projectPath('sql', 'migrations'),
      direction: options.direction,
      count: options.count ?? (options.direction === 'up' ? Infinity : 1),
      migrationsTable: TABLE,
      migrationsSchema: SCHEMA,
      createMigrationsSchema: true,
      checkOrder: false, // numbers are shared out beforehand: one may come after a higher one
      noLock: true, // its own lock fails at once instead of waiting
      singleTransaction: true, // its BEGIN is in ours, which its COMMIT ends
      log: options.log ?? (() => {}),
    } as unknown as RunnerOption);
    await client.query('commit');
    return done.map(({ name }) => name);
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** Of every migration of this version, in their order. */
export const migrationNames = (): string[] =>
  readdirSync(projectPath('sql', 'migrations'))
    .map((file) => file.replace(/\.sql$/, ''))
    .sort();

/** Whether the schema has every migration of this version. */
export async function isMigrated(client: pg.ClientBase): Promise<boolean> {
  return (await migrationStatus(client, migrationNames())).every(({ appliedAt }) => appliedAt !== undefined);
}

export interface MigrationStatus {
  name: string;
  appliedAt: string | undefined;
}

/** Every migration of this version and when it was applied. */
export async function migrationStatus(
  client: pg.ClientBase,
  names: readonly string[],
): Promise<MigrationStatus[]> {
  const { rows: found } = await client.query<{ present: boolean }>(
    `select to_regclass('${SCHEMA}.${TABLE}') is not null as present`,
  );
  const applied = found[0]?.present
    ? (await client.query<{ name: string; run_on: string }>(`select name, run_on from ${SCHEMA}.${TABLE}`))
        .rows
    : [];
  return names.map((name) => ({ name, appliedAt: applied.find((row) => row.name === name)?.run_on }));
}
