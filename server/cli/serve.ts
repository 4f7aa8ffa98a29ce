import { once } from 'node:events';
import type { Command } from '../command.ts';
import { serve } from '../serve.ts';

interface Options {
  readonly host?: string;
  readonly port?: string;
  readonly workers?: string;
  readonly maps?: string;
  readonly data?: string;
  readonly demo: boolean;
}

/** `chorograph serve [postgres://…]`: the settings that a first try needs are words, the others are in the environment. */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'serves maps: of the database that is named, else of DATABASE_URL, else of an embedded one',
  usesDatabase: false, // its own argument names it
  declare: (parser) => {
    parser
      .argument('[database]', 'postgres://user:password@host/database')
      .option('--host <address>', 'where to listen (HOST)')
      .option('--port <number>', 'where to listen; 0 picks a free one (PORT)')
      .option('--workers <number>', 'processes that serve together, or auto (WORKERS)')
      .option('--maps <file>', 'region sets and choropleths (CHOROGRAPH_MAPS)')
      .option('--data <folder>', 'where the embedded database lives (CHOROGRAPH_DATA_DIR)')
      .option('--no-demo', 'without demo data (CHOROGRAPH_DEMO)')
      .action(async (database: string | undefined, options: Options) => {
        const { host, port, workers, maps, data, demo } = options;
        const said = {
          DATABASE_URL: database,
          HOST: host,
          PORT: port,
          WORKERS: workers,
          CHOROGRAPH_MAPS: maps,
          CHOROGRAPH_DATA_DIR: data,
          CHOROGRAPH_DEMO: demo ? undefined : 'false',
        };
        await serve(
          Object.fromEntries(
            Object.entries(said).filter((entry): entry is [string, string] => entry[1] !== undefined),
          ),
        );
        await once(process, 'exit'); // signals end it
      });
  },
};
