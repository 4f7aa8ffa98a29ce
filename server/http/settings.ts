import { z } from 'zod';
import { httpUrl, integer, list, settings, type ConfigOf } from '../settings.ts';

const redisUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^rediss?:/.test(text), 'a redis:// or rediss:// URL');

export const httpSettings = settings({
  environment: {
    HOST: z.string().min(1, 'a host name or address').default('127.0.0.1'),
    PORT: integer(0, 65535).default(3000),
    CHOROGRAPH_PUBLIC_URL: httpUrl.optional(),
    CHOROGRAPH_REDIS_URL: redisUrl.optional(),
    CHOROGRAPH_CORS_ORIGINS: list.default(['*']),
    CHOROGRAPH_TRUST_PROXY: integer(0, 10).default(0),
    CHOROGRAPH_SHUTDOWN_MS: integer(0, 600_000).default(10_000),
    CHOROGRAPH_SLOW_REQUEST_MS: integer(0, 3_600_000).default(2_000),
  },
  secrets: ['CHOROGRAPH_REDIS_URL'],
  read: (env) => ({
    host: env.HOST,
    port: env.PORT,
    /** Base of the absolute URLs in answers; taken from the request where undefined. */
    publicUrl: env.CHOROGRAPH_PUBLIC_URL,
    /** A cache that several instances share; none where undefined. */
    redisUrl: env.CHOROGRAPH_REDIS_URL,
    corsOrigins: env.CHOROGRAPH_CORS_ORIGINS,
    /** Proxies in front that are trusted to tell the client's address. */
    trustProxy: env.CHOROGRAPH_TRUST_PROXY,
    shutdownMs: env.CHOROGRAPH_SHUTDOWN_MS,
    /** Milliseconds above which an answer is warned of; 0 warns of none. */
    slowRequestMs: env.CHOROGRAPH_SLOW_REQUEST_MS,
  }),
});

export type HttpConfig = ConfigOf<typeof httpSettings>;
