import type { Command as Parser } from 'commander';
import type { Logger } from 'pino';
import type { OpenDatabase } from './db/connections/open.ts';
import type { Queryable } from './db/types.ts';
import type { Releasers } from './tools/releasers.ts';

/** A word of the command line: `chorograph keys …`. A capability brings its own in `commands`. */
export interface Command<Config = unknown, Maps = unknown> {
  readonly name: string;
  /** One line of `chorograph --help`. */
  readonly summary: string;
  /** False where it asks a server, not the database: it then takes no `--database` and `--maps`. */
  readonly usesDatabase?: false;
  /** Gives the parser its arguments, options and words below it, each with `.action(…)`. */
  readonly declare: (parser: Parser, tools: CommandTools<Config, Maps>) => void;
}

/** What a command works with. Whatever is opened through it is closed when the command ends. */
export interface CommandTools<Config = unknown, Maps = unknown> {
  /** The settings, what the command line says above all. @throws ConfigError */
  config(): Config;
  /** `maps.yaml`. @throws ConfigError */
  maps(): Maps;
  /** What a server over this database serves: `maps.yaml`, and the demo's entries where its data is. */
  servedMaps(db: Queryable): Promise<Maps>;
  /** The configured database. @throws whatever keeps it from being opened, or migrated */
  database(options?: DatabaseOptions): Promise<OpenDatabase>;
  /** Warnings of what the command uses, on standard error. */
  readonly log: Logger;
  readonly releasers: Releasers;
  /** A line of the answer, on standard output. */
  print(line: string): void;
  /**
   * A word to the person who waits, on standard error: redrawn on a terminal, with a bar where the share that is done is
   * known (0 to 1); a line now and then without one.
   */
  progress(text: string, share?: number): void;
}

export interface DatabaseOptions {
  /** Brings schema `chorograph` up to date first; `if permitted`: or says that the role may not. */
  readonly migrated?: boolean | 'if permitted';
  /** When a statement is ended, where the configured time is too short. */
  readonly statementTimeoutMs?: number;
}
