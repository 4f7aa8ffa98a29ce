import { CommanderError } from 'commander';
import { sqlState } from '../db/sqlstate.ts';
import { AppError } from '../errors.ts';
import { ConfigError } from '../settings.ts';

/** Codes that the command line ends with; docs/cli.md explains them. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** It was done, and what was looked at is not right. */
  wrong: 2,
  /** EX_USAGE: words that are not understood. */
  usage: 64,
  /** EX_CONFIG: a supervisor should not try again. */
  config: 78,
} as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.config;
  if (!(error instanceof CommanderError)) return EXIT.failed;
  return error.exitCode === 0 ? EXIT.done : EXIT.usage; // --help and --version end by an error, too
}

/** What failed, in a sentence for whoever typed the command: the database's own words, and what to do where that is known. */
export function explain(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const message = wordsOf(error, cause);
  const state = sqlState(cause ?? error);
  if (state === '42P01' && /chorograph\./.test(message)) return `${message}: run chorograph migrate first`;
  if (state === '55P03') return `${message}: somebody holds the table; nothing was changed, try again`;
  return message;
}

function wordsOf(error: unknown, cause: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AppError) {
    const detail = cause instanceof Error ? cause.message : error.members.detail;
    return typeof detail === 'string' ? `${error.title}: ${detail}` : error.title;
  }
  return cause instanceof Error && cause.message !== ''
    ? `${error.message}: ${cause.message}`
    : error.message;
}
