import { z } from 'zod';
import { workPath } from '../tools/paths.ts';
import { integer, settings, type ConfigOf } from '../settings.ts';

/**
 * A connection URL as `pg` reads what libpq does: without a host, which `host=` names then (a socket), and with a database whose name has
 * characters that mean something in a URL.
 */
function readableUrl(text: string): string {
  const [, authority = '', path = '', rest = ''] =
    /^(postgres(?:ql)?:\/\/[^/?#]*)([^?#]*)(.*)$/s.exec(text) ?? [];
  if (authority === '') return text;
  const host = authority.replace(/@(?=:\d+$|$)/, '@localhost');
  return host + path.replace(/%(?:2[46BCF]|3[ABD]|40)/gi, decodeURIComponent) + rest;
}

const postgresUrl = z
  .string()
  .transform(readableUrl)
  .refine((text) => URL.canParse(text) && /^postgres(ql)?:/.test(text), 'a postgres:// URL of one host');

export const databaseSettings = settings({
  environment: {
    DATABASE_URL: postgresUrl.optional(),
    CHOROGRAPH_LISTEN_URL: postgresUrl.optional(),
    CHOROGRAPH_DATA_DIR: z.string().min(1, 'a folder path').default('.chorograph'),
    CHOROGRAPH_POOL_SIZE: integer(1, 200).default(10),
    CHOROGRAPH_POOL_WAIT_MS: integer(1, 600_000).default(5_000),
    CHOROGRAPH_STATEMENT_TIMEOUT_MS: integer(10, 3_600_000).default(15_000),
    CHOROGRAPH_SLOW_QUERY_MS: integer(0, 3_600_000).default(100),
  },
  secrets: ['DATABASE_URL', 'CHOROGRAPH_LISTEN_URL'],
  read: (env) => ({
    /** The embedded database where undefined. */
    databaseUrl: env.DATABASE_URL,
    /** A way to the database past its pooler, for LISTEN; `databaseUrl` where undefined. */
    listenUrl: env.CHOROGRAPH_LISTEN_URL,
    dataDir: workPath(env.CHOROGRAPH_DATA_DIR),
    pool: {
      size: env.CHOROGRAPH_POOL_SIZE,
      waitMs: env.CHOROGRAPH_POOL_WAIT_MS,
      statementTimeoutMs: env.CHOROGRAPH_STATEMENT_TIMEOUT_MS,
    },
    /** Milliseconds above which a query is warned of; 0 warns of none. */
    slowQueryMs: env.CHOROGRAPH_SLOW_QUERY_MS,
  }),
});

export type DatabaseConfig = ConfigOf<typeof databaseSettings>;
