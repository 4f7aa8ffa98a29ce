import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { capabilities, type CapabilityConfig } from './capabilities.ts';
import { didYouMean } from './nearest.ts';
import { projectPath } from './paths.ts';
import { ConfigError, flag, httpUrl, integer, list, type Settings } from './settings.ts';

const postgresUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^postgres(ql)?:/.test(text), 'a postgres:// URL');

const redisUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^rediss?:/.test(text), 'a redis:// or rediss:// URL');

const MOST_WORKERS = 256;
const workers = z.string().transform((text, issues) => {
  if (text === 'auto') return availableParallelism();
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= MOST_WORKERS) return value;
  issues.addIssue(`auto or a whole number from 1 to ${MOST_WORKERS}`);
  return z.NEVER;
});

const CORE = {
  DATABASE_URL: postgresUrl.optional(),
  HOST: z.string().min(1, 'a host name or address').default('127.0.0.1'),
  PORT: integer(0, 65535).default(3000),
  WORKERS: workers.default(1),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'fatal, error, warn, info, debug, trace or silent',
    })
    .default('info'),
  CHOROGRAPH_PUBLIC_URL: httpUrl.optional(),
  CHOROGRAPH_MAPS: z.string().min(1, 'a file path').default('maps.yaml'),
  CHOROGRAPH_DATA_DIR: z.string().min(1, 'a folder path').default('.chorograph'),
  CHOROGRAPH_SCHEMAS: list.default([]),
  CHOROGRAPH_DEFAULT_SRID: integer(1, 998999).default(4326),
  CHOROGRAPH_LISTEN_URL: postgresUrl.optional(),
  CHOROGRAPH_POOL_SIZE: integer(1, 200).default(10),
  CHOROGRAPH_POOL_WAIT_MS: integer(1, 600_000).default(5_000),
  CHOROGRAPH_STATEMENT_TIMEOUT_MS: integer(10, 3_600_000).default(15_000),
  CHOROGRAPH_CATALOG_INTERVAL_S: integer(1, 86_400).default(60),
  CHOROGRAPH_CHANGE_POLL_S: integer(1, 86_400).default(5),
  CHOROGRAPH_TILE_BUFFER: integer(0, 1024).default(64),
  CHOROGRAPH_TILE_MAX_FEATURES: integer(1, 10_000_000).default(50_000),
  CHOROGRAPH_TILE_MAX_KB: integer(1, 1_000_000).default(5_000),
  CHOROGRAPH_TILE_CACHE_MB: integer(0, 1_000_000).default(128),
  CHOROGRAPH_REDIS_URL: redisUrl.optional(),
  CHOROGRAPH_MEMORY_VERTICES: integer(0, 1_000_000_000).default(2_000_000),
  CHOROGRAPH_FEATURES_MAX: integer(1, 10_000_000).default(100_000),
  CHOROGRAPH_CORS_ORIGINS: list.default(['*']),
  CHOROGRAPH_TRUST_PROXY: integer(0, 10).default(0),
  CHOROGRAPH_SHUTDOWN_MS: integer(0, 600_000).default(10_000),
  CHOROGRAPH_SCHEDULE: flag.default(true),
  CHOROGRAPH_REFRESH_TIMEOUT_S: integer(1, 86_400).default(1_800),
  CHOROGRAPH_REFRESH_LEASE_S: integer(1, 3_600).default(30),
  CHOROGRAPH_REFRESH_KEEP_DAYS: integer(1, 3_650).default(90),
  CHOROGRAPH_EVENT_CLIENTS: integer(0, 100_000).default(1_000),
} as const;

const core = z.object(CORE);
const declared: readonly Settings[] = capabilities.flatMap(({ settings }) => settings ?? []);

/**
 * The settings of one server, from the environment and `.env`: those below and those of the capabilities.
 * This is the only file that reads `process.env`; everything else gets the frozen `Config`.
 * `.env.example` mirrors this table (tested).
 */
export const ENVIRONMENT: z.ZodRawShape = Object.assign(
  {},
  CORE,
  ...declared.map(({ environment }) => environment),
);
const SECRETS = new Set([
  'DATABASE_URL',
  'CHOROGRAPH_LISTEN_URL',
  'CHOROGRAPH_REDIS_URL',
  ...declared.flatMap(({ secrets }) => secrets),
]);

export type Config = CoreConfig & CapabilityConfig;

interface CoreConfig {
  readonly databaseUrl: string | undefined;
  /** A way to the database past its pooler, for LISTEN; `databaseUrl` where undefined. */
  readonly listenUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  /** Processes that serve the port together. */
  readonly workers: number;
  readonly logLevel: string;
  /** Base of the absolute URLs in answers; taken from the request where undefined. */
  readonly publicUrl: string | undefined;
  readonly mapsFile: string;
  readonly dataDir: string;
  /** Schemas to publish; all that the role may read where empty. */
  readonly schemas: readonly string[];
  readonly defaultSrid: number;
  readonly pool: { readonly size: number; readonly waitMs: number; readonly statementTimeoutMs: number };
  readonly catalogIntervalMs: number;
  readonly changePollMs: number;
  readonly tile: {
    /** Tile units around the tile that are drawn too. */
    readonly buffer: number;
    readonly maxFeatures: number;
    readonly maxBytes: number;
    readonly cacheBytes: number;
  };
  /** A cache that several instances share; none where undefined. */
  readonly redisUrl: string | undefined;
  /** Vertices that all in-memory layers together may hold. */
  readonly memoryVertices: number;
  readonly featuresMax: number;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: number;
  readonly shutdownMs: number;
  readonly refresh: {
    /** Start the refreshes that `maps.yaml` schedules; asked for by hand they run in any case. */
    readonly scheduled: boolean;
    readonly timeoutMs: number;
    /** How long a run that is not renewed keeps others from refreshing its view. */
    readonly leaseMs: number;
    readonly keepDays: number;
  };
  /** Connections to `/events` at a time. */
  readonly eventClients: number;
}

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
    ? contradictions(present)
    : parsed.error.issues.map((issue) => describeIssue(issue, present));
  if (!parsed.success || wrong.length + unknown.length > 0) throw new ConfigError([...wrong, ...unknown]);
  const parts = declared.map(({ parse }) => parse(present));
  return deepFreeze(Object.assign(toConfig(core.parse(present)), ...parts) as Config);
}

/** The process environment laid over the `.env` file of the working directory, if there is one. */
export function loadConfig(): Config {
  const file = resolve('.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return readConfig({ ...fromFile, ...process.env });
}

function toConfig(env: z.output<typeof core>): CoreConfig {
  return {
    databaseUrl: env.DATABASE_URL,
    listenUrl: env.CHOROGRAPH_LISTEN_URL,
    host: env.HOST,
    port: env.PORT,
    workers: env.WORKERS,
    logLevel: env.LOG_LEVEL,
    publicUrl: env.CHOROGRAPH_PUBLIC_URL,
    mapsFile: projectPathOf(env.CHOROGRAPH_MAPS),
    dataDir: projectPathOf(env.CHOROGRAPH_DATA_DIR),
    schemas: env.CHOROGRAPH_SCHEMAS,
    defaultSrid: env.CHOROGRAPH_DEFAULT_SRID,
    pool: {
      size: env.CHOROGRAPH_POOL_SIZE,
      waitMs: env.CHOROGRAPH_POOL_WAIT_MS,
      statementTimeoutMs: env.CHOROGRAPH_STATEMENT_TIMEOUT_MS,
    },
    catalogIntervalMs: env.CHOROGRAPH_CATALOG_INTERVAL_S * 1000,
    changePollMs: env.CHOROGRAPH_CHANGE_POLL_S * 1000,
    tile: {
      buffer: env.CHOROGRAPH_TILE_BUFFER,
      maxFeatures: env.CHOROGRAPH_TILE_MAX_FEATURES,
      maxBytes: env.CHOROGRAPH_TILE_MAX_KB * 1000,
      cacheBytes: env.CHOROGRAPH_TILE_CACHE_MB * 1_000_000,
    },
    redisUrl: env.CHOROGRAPH_REDIS_URL,
    memoryVertices: env.CHOROGRAPH_MEMORY_VERTICES,
    featuresMax: env.CHOROGRAPH_FEATURES_MAX,
    corsOrigins: env.CHOROGRAPH_CORS_ORIGINS,
    trustProxy: env.CHOROGRAPH_TRUST_PROXY,
    shutdownMs: env.CHOROGRAPH_SHUTDOWN_MS,
    refresh: {
      scheduled: env.CHOROGRAPH_SCHEDULE,
      timeoutMs: env.CHOROGRAPH_REFRESH_TIMEOUT_S * 1000,
      leaseMs: env.CHOROGRAPH_REFRESH_LEASE_S * 1000,
      keepDays: env.CHOROGRAPH_REFRESH_KEEP_DAYS,
    },
    eventClients: env.CHOROGRAPH_EVENT_CLIENTS,
  };
}

/** What is right by itself and wrong together. */
function contradictions({ WORKERS, DATABASE_URL }: Record<string, string | undefined>): string[] {
  if (WORKERS === undefined || Number(WORKERS) === 1 || DATABASE_URL !== undefined) return [];
  return [
    `WORKERS must be 1 with the embedded database, which serves one process alone, but it is ${JSON.stringify(WORKERS)}; set DATABASE_URL to use more`,
  ];
}

function projectPathOf(path: string): string {
  return resolve(projectPath(), path);
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
