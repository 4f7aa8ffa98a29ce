import { Command as Parser, CommanderError } from 'commander';
import { CAPABILITIES } from '../capabilities.ts';
import type { Command } from '../command.ts';
import type { Config } from '../config.ts';
import type { Maps } from '../maps.ts';
import { packageVersion } from '../tools/paths.ts';
import { benchCommand } from './bench.ts';
import { doctorCommand } from './doctor/index.ts';

import { explain, exitCodeOf, EXIT } from './exit.ts';
import { exportCommand } from './export.ts';
import { schemaCommand } from './schema.ts';
import { seedCommand } from './seed.ts';
import { serveCommand } from './serve.ts';
import { Tools } from './tools.ts';

type OwnCommand = Command<Config, Maps>;
type Bringing = { readonly commands?: readonly OwnCommand[] };

/** The words of the command line: those of the program, and those of the capabilities. */
const COMMANDS: readonly OwnCommand[] = [
  serveCommand,
  seedCommand,
  ...(CAPABILITIES as readonly Bringing[]).flatMap(({ commands }) => commands ?? []),
  exportCommand,
  schemaCommand,
  doctorCommand,
  benchCommand,
];

/** Runs one command line and returns its exit code. What was opened is closed when it returns. */
export async function run(args: readonly string[]): Promise<number> {
  const tools = new Tools();
  try {
    const program = programOf(tools);
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    // The parser has said itself what is wrong with the words.
    if (!(error instanceof CommanderError)) tools.complain(explain(error));
    return exitCodeOf(error);
  } finally {
    await tools.close();
  }
}

/** @internal */
export function programOf(tools: Tools): Parser {
  const program = new Parser('chorograph')
    .description('Map tile and choropleth server for PostGIS')
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)')
    .hook('preAction', (_program, action) => tools.overrideBy(action.optsWithGlobals()));
  for (const { name, summary, usesDatabase, declare } of COMMANDS) {
    const parser = program.command(name).description(summary);
    declare(parser, tools);
    complete(parser, usesDatabase !== false);
  }
  return program.version(packageVersion());
}

/** What every word understands, those below another included. */
function complete(parser: Parser, usesDatabase: boolean): void {
  if (parser.name() !== benchCommand.name) parser.version(packageVersion());
  for (const below of parser.commands) complete(below, usesDatabase);
  const runs = parser.commands.length === 0 || parser.registeredArguments.length > 0;
  if (usesDatabase && runs) {
    parser.option('--database <url>', 'instead of DATABASE_URL');
    parser.option('--maps <file>', 'instead of CHOROGRAPH_MAPS');
  }
}
