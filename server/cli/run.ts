import type { Command as Parser } from 'commander';
import { CAPABILITIES } from '../capabilities.ts';
import type { Command } from '../command.ts';
import type { Config } from '../config.ts';
import type { Maps } from '../maps.ts';
import { benchCommand } from './bench.ts';
import { doctorCommand } from './doctor/index.ts';
import { exportCommand } from './export.ts';
import { parserOf, runParser } from './parser.ts';
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
    return await runParser(programOf(tools), args, (text) => tools.complain(text));
  } finally {
    await tools.close();
  }
}

/** @internal */
export const programOf = (tools: Tools): Parser =>
  parserOf(COMMANDS, tools).hook('preAction', (_program, action) =>
    tools.overrideBy(action.optsWithGlobals()),
  );
