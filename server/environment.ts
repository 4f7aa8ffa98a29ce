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
