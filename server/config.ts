import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { capabilities, type CapabilityConfig } from './capabilities.ts';
import { didYouMean } from './tools/nearest.ts';
import { workPath } from './tools/paths.ts';
import { ConfigError, settings, type ConfigOf, type Settings } from './settings.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Those of the program itself. */
const programSettings = settings({
  environment: {
    LOG_LEVEL: z.enum(LEVELS, { error: 'fatal, error, warn, info, debug, trace or silent' }).default('info'),
    CHOROGRAPH_MAPS: z.string().min(1, 'a file path').default('maps.yaml'),
  },
  read: (env) => ({
    logLevel: env.LOG_LEVEL,
    mapsFile: workPath(env.CHOROGRAPH_MAPS),
  }),
});

const declared: readonly Settings[] = [
  programSettings,
  ...capabilities.flatMap(({ settings }) => settings ?? []),
];

/**
 * The settings of one server, from the environment and `.env`: those of the program and of its capabilities.
 * This is the only file that reads `process.env`; everything else gets the frozen `Config`.
 * `.env.example` mirrors this table (tested).
 */
export const ENVIRONMENT: z.ZodRawShape = Object.assign(
  {},
  ...declared.map(({ environment }) => environment),
);
const SECRETS = new Set(declared.flatMap(({ secrets }) => secrets));

export type Config = ConfigOf<typeof programSettings> & CapabilityConfig;

export { ConfigError };

/**
 * Parses an environment. Empty variables count as absent, as Docker and systemd leave them so.
 * @throws ConfigError naming every wrong variable and every unknown `CHOROGRAPH_*` name.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const unknown = Object.keys(present)
    .filter((name) => name.startsWith('CHOROGRAPH_') && !(name in ENVIRONMENT))
    .map((name) => `${name} is not a known setting${didYouMean(name, Object.keys(ENVIRONMENT))}`);
  const parsed = z.object(ENVIRONMENT).safeParse(present);
  const wrong = parsed.success
    ? declared.flatMap(({ check }) => check(present))
    : parsed.error.issues.map((issue) => describeIssue(issue, present));
  if (!parsed.success || wrong.length + unknown.length > 0) throw new ConfigError([...wrong, ...unknown]);
  return deepFreeze(Object.assign({}, ...declared.map(({ parse }) => parse(present))) as Config);
}

/**
 * The process environment laid over the `.env` file of the working directory, if there is one.
 * @param overrides what a command line says, above both
 */
export function loadConfig(overrides: Readonly<Record<string, string>> = {}): Config {
  const file = resolve('.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return readConfig({ ...fromFile, ...process.env, ...overrides });
}

function describeIssue(issue: z.core.$ZodIssue, environment: Record<string, string | undefined>): string {
  const name = String(issue.path[0]);
  // Some hold a password: say that they are wrong, not what they are.
  const shown = SECRETS.has(name) ? '(hidden)' : JSON.stringify(environment[name]);
  return `${name} must be ${issue.message}, but it is ${shown}`;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
