import { Command as Parser } from 'commander';
import { pino } from 'pino';
import type { Command } from '../../server/command.ts';
import { loadMaps, type Maps } from '../../server/maps.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import type { Config } from '../../server/config.ts';
import type { TestServer } from './environment.ts';

/** Runs a command as the command line does, on the database of a server. @returns the lines that it printed */
export async function runCommand(
  command: Command<Config, Maps>,
  words: readonly string[],
  { ctx }: Pick<TestServer, 'ctx'>,
  mapsFile: string,
): Promise<string[]> {
  const lines: string[] = [];
  const parser = new Parser(command.name).exitOverride().configureOutput({ writeErr: () => {} });
  command.declare(parser, {
    config: () => ({ ...ctx.config, mapsFile }),
    maps: () => loadMaps(mapsFile),
    servedMaps: () => Promise.resolve(loadMaps(mapsFile)),
    database: () => Promise.resolve({ database: ctx.db, connection: {} }),
    log: pino({ level: 'silent' }),
    releasers: new Releasers(),
    print: (line) => lines.push(...line.split('\n')),
    progress: () => {},
  });
  await parser.parseAsync([...words], { from: 'user' });
  return lines;
}
