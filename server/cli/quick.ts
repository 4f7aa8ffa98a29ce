import { say } from '../tools/program.ts';
import { parserOf, runParser } from './parser.ts';
import { serveCommand } from './serve.ts';

/** Words that need nothing of the program that they are of: `serve` reads it where it runs, which may be in other processes. */
const QUICK: readonly (string | undefined)[] = [serveCommand.name, '--version', '-V'];

export const isQuick = ([first]: readonly string[]): boolean => QUICK.includes(first);

/** Runs a command line of such a word and returns its exit code. */
export const runQuick = (args: readonly string[]): Promise<number> =>
  runParser(parserOf([serveCommand], undefined as never), args, say);
