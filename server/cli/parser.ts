import { Command as Parser, CommanderError } from 'commander';
import type { Command } from '../command.ts';
import { packageVersion } from '../tools/paths.ts';
import { explain, exitCodeOf, EXIT } from './exit.ts';

/** The only word whose `--version` is its own. */
const HANDS_EVERYTHING_ON = 'bench';

/** The parser of some words; what they work with is theirs. */
export function parserOf<Tools>(commands: readonly CommandOf<Tools>[], tools: Tools): Parser {
  const program = new Parser('chorograph')
    .description('Map tile and choropleth server for PostGIS')
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)');
  for (const { name, summary, usesDatabase, declare } of commands) {
    const parser = program.command(name).description(summary);
    declare(parser, tools);
    complete(parser, usesDatabase !== false);
  }
  return program.version(packageVersion());
}

type CommandOf<Tools> = Pick<Command, 'name' | 'summary' | 'usesDatabase'> & {
  readonly declare: (parser: Parser, tools: Tools) => void;
};

/** Runs one command line and returns its exit code. */
export async function runParser(
  program: Parser,
  args: readonly string[],
  complain: (text: string) => void,
): Promise<number> {
  try {
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    // The parser has said itself what is wrong with the words.
    if (!(error instanceof CommanderError)) complain(explain(error));
    return exitCodeOf(error);
  }
}

/** What every word understands, those below another included. */
function complete(parser: Parser, usesDatabase: boolean): void {
  if (parser.name() !== HANDS_EVERYTHING_ON) parser.version(packageVersion());
  for (const below of parser.commands) complete(below, usesDatabase);
  const runs = parser.commands.length === 0 || parser.registeredArguments.length > 0;
  if (usesDatabase && runs) {
    parser.option('--database <url>', 'instead of DATABASE_URL');
    parser.option('--maps <file>', 'instead of CHOROGRAPH_MAPS');
  }
}
