import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';

/**
 * The process environment laid over the `.env` file of the working directory, if there is one; empty variables are
 * absent, as Docker and systemd leave them so. This is the only file that reads `process.env`.
 * @param overrides what a command line says, above both
 */
export function environmentWith(
  overrides: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  const file = resolve('.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return withoutEmpty({ ...fromFile, ...process.env, ...overrides });
}

export const withoutEmpty = (
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

/**
 * What a process that is forked gets besides ours. GNU's allocator gives each of its threads memory of their own, which it hardly ever
 * gives back: with two such arenas for all of them a process takes 10 MB less. Whoever has set their number knows better.
 */
export const forkEnvironment = (): Readonly<Record<string, string>> =>
  process.env.MALLOC_ARENA_MAX === undefined ? { MALLOC_ARENA_MAX: '2' } : {};

const YOUNG = '--max-semi-space-size';

/**
 * Node's options of a process that is forked. What V8 has for new objects grows to 32 MB for each of them, and stays so. What a request makes is
 * little, as tiles are made in arrays: with 4 MB it is looked through more often, and no more is found alive. Whoever has set it knows better.
 */
export const forkOptions = (): string[] =>
  `${process.env.NODE_OPTIONS} ${process.execArgv.join(' ')}`.includes(YOUNG)
    ? process.execArgv
    : [...process.execArgv, `${YOUNG}=2`];
