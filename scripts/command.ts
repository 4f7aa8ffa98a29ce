import { Command as Parser, CommanderError } from 'commander';
import pg from 'pg';
import type { Command } from '../server/command.ts';
import { ConfigError, loadConfig, type Config } from '../server/config.ts';
import { migrate } from '../server/db/migrate.ts';
import { openDatabase } from '../server/db/open.ts';
import { loadMaps, type Maps } from '../server/maps.ts';
import { createLogger } from '../server/observe/log.ts';
import { Releasers } from '../server/releasers.ts';

const USAGE = 64;

/** Runs one command of a capability with the words of this process, and closes what it opened. */
export async function runCommand(command: Command<Config, Maps>): Promise<void> {
  const releasers = new Releasers();
  const log = createLogger('warn');
  const progress = (text: string): void =>
    void process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  const parser = new Parser(`npm run ${command.name} --`).description(command.summary).exitOverride();
  command.declare(parser, {
    config: loadConfig,
    maps: () => loadMaps(loadConfig().mapsFile),
    database: async ({ migrated } = {}) => {
      const opened = await openDatabase(loadConfig(), log, releasers, progress);
      if (migrated) await migrateWith(opened.connection);
      return opened;
    },
    log,
    releasers,
    print: (line) => console.log(line),
    progress,
  });
  try {
    await parser.parseAsync();
  } catch (error) {
    process.exitCode = exitCode(error);
    if (!(error instanceof CommanderError)) process.stderr.write(`${describe(error)}\n`);
  } finally {
    await releasers.run();
  }
}

async function migrateWith(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await migrate(client, { direction: 'up' }).finally(() => client.end());
}

const exitCode = (error: unknown): number =>
  error instanceof CommanderError ? (error.exitCode === 0 ? 0 : USAGE) : 1;

function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.problems.join('\n');
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== message ? `${message}: ${cause.message}` : message;
}
