import { z } from 'zod';
import { capabilities, type CapabilityConfig } from './capabilities.ts';
import { environmentWith, withoutEmpty } from './environment.ts';
import { programSettings } from './program-settings.ts';
import { didYouMean } from './tools/nearest.ts';
import { ConfigError, type ConfigOf, type Settings } from './settings.ts';

const declared: readonly Settings[] = [
  programSettings,
  ...capabilities.flatMap(({ settings }) => settings ?? []),
];

/**
 * The settings of one server, from the environment and `.env`: those of the program and of its capabilities.
 * Everything that serves gets the frozen `Config`.
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
  const present = withoutEmpty(environment);
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
 * The process environment and `.env`.
 * @param overrides what a command line says, above both
 */
export const loadConfig = (overrides: Readonly<Record<string, string>> = {}): Config =>
  readConfig(environmentWith(overrides));

function describeIssue(
  issue: z.core.$ZodIssue,
  environment: Readonly<Record<string, string | undefined>>,
): string {
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
