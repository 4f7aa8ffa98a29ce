import type { Command as Parser } from 'commander';
import type { Logger } from 'pino';
import type { OpenDatabase } from './db/open.ts';
import type { Releasers } from './releasers.ts';

/** A word of the command line: `chorograph keys …`. A capability brings its own in `commands`. */
export interface Command<Config = never, Maps = never> {
  readonly name: string;
  /** One line of `chorograph --help`. */
  readonly summary: string;
  /** Gives the parser its arguments, options and words below it, each with `.action(…)`. */
  readonly declare: (parser: Parser, tools: CommandTools<Config, Maps>) => void;
}

/** What a command works with. Whatever is opened through it is closed when the command ends. */
export interface CommandTools<Config = unknown, Maps = unknown> {
  /** The settings. @throws ConfigError */
  config(): Config;
  /** `maps.yaml`. @throws ConfigError */
  maps(): Maps;
  /** The configured database. `migrated`: brings schema `chorograph` up to date first. */
  database(options?: { migrated?: boolean }): Promise<OpenDatabase>;
  /** Warnings of what the command uses, on standard error. */
  readonly log: Logger;
  readonly releasers: Releasers;
  /** A line of the answer, on standard output. */
  print(line: string): void;
  /** A word to the person who waits, on standard error: redrawn on a terminal, a line each without one. */
  progress(text: string): void;
}
