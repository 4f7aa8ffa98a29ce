import type { Capability, Check, Starting } from '../capability.ts';
import type { Handlers, GroundEvent } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import type { HttpContext } from './context.ts';
import { docsRoutes } from './docs/routes.ts';
import { openApiRoute } from './openapi.ts';
import { cacheNamespace, type NamespaceContext } from './cache/redis-namespace.ts';
import type { Route } from './routes.ts';
import { httpSettings } from './settings.ts';

type RequestEvent = Extract<GroundEvent, { type: `request.${string}` }>;

/** The tier that instances share, once it is asked. */
interface Shared {
  tier: { stats(): { up: boolean; reads: object; writes: object }; close(): void } | undefined;
}

interface OwnContext extends HttpContext {
  readonly config: HttpContext['config'] & NamespaceContext['config'];
  readonly maps: NamespaceContext['maps'];
  readonly db: NamespaceContext['db'];
  readonly shared: Shared;
  readonly liveMaps: { onChange(handler: () => void | Promise<void>): void };
  /** Every route that there is. */
  readonly api: () => readonly Route[];
}

const HUNDREDS = ['0xx', '1xx', '2xx', '3xx', '4xx', '5xx'];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/** What every answer goes through: the cache, the tier that instances share, the description of all routes. */
export const http = {
  name: 'http',
  settings: httpSettings,

  services: (): { readonly shared: Shared } => ({ shared: { tier: undefined } }),

  metrics: (
    instruments: Instruments,
    { cache, config, startup, shared, observe }: OwnContext,
  ): Handlers<RequestEvent> => {
    const requests = instruments.tally('http_requests_total', 'Requests answered', [
      'route',
      'method',
      'status',
    ]);
    const seconds = instruments.times('http_request_duration_seconds', 'Time to answer a request', 'route');
    const failures = instruments.counter('request_failures_total', 'Answers with 5xx by error code', [
      'code',
    ]);
    const slow = instruments.counter('slow_requests_total', 'Answers that took longer than the limit', [
      'route',
    ]);
    const slowMs = config.slowRequestMs === 0 ? Infinity : config.slowRequestMs;
    instruments.gauge('ready', 'Whether requests are answered', () => Number(startup.state === 'ready'));
    instruments.gauge('cache_bytes', 'Memory of kept answers', () => cache.stats().bytes);
    instruments.gauge('cache_max_bytes', 'Memory that kept answers may take', () => cache.stats().maxBytes);
    instruments.gauge('cache_entries', 'Kept answers', () => cache.stats().entries);
    instruments.total(
      'cache_evictions_total',
      'Answers dropped for lack of room',
      () => cache.stats().evictions,
    );
    instruments.total('cache_requests_total', 'Where answers came from', () =>
      Object.entries(cache.stats().outcomes),
    );
    if (config.redisUrl !== undefined) watchShared(instruments, shared);
    return {
      'request.answered': ({ requestId, route, method, status, ms, isStream }) => {
        requests.add(
          route,
          METHODS.has(method) ? method : 'other',
          HUNDREDS[Math.floor(status / 100)] ?? 'other',
        );
        seconds.observe(route, ms / 1000);
        if (ms > slowMs && !isStream)
          observe({ type: 'request.slow', requestId, route, method, status, ms: Math.round(ms) });
      },
      'request.slow': ({ route }) => slow.inc({ route }),
      'request.failed': ({ error }) => failures.inc({ code: error.code }),
    };
  },

  checks: {
    /** Nobody misses it: without it each process makes what it answers, so that is no state of the server. */
    sharedCache: ({ config, shared }: OwnContext): Check => {
      const detail = shared.tier?.stats().up ? 'Redis answers' : 'Redis does not answer: nothing is shared';
      return { status: 'ok', told: { detail: config.redisUrl === undefined ? 'none is set' : detail } };
    },
  },

  operations: (ctx: OwnContext): Route[] => [openApiRoute(ctx.api), ...docsRoutes()],

  /** Joins the instances that answer the same from the same database. */
  settle: async (ctx: OwnContext, { releasers }: Starting): Promise<void> => {
    const { redisUrl } = ctx.config;
    if (redisUrl === undefined) return;
    // Most servers have no Redis, and its client takes 20 MB and a sixth of a second to load.
    const { RedisTier } = await import('./cache/redis.ts');
    const tier = new RedisTier({ url: redisUrl, namespace: await cacheNamespace(ctx), observe: ctx.observe });
    ctx.cache.share(tier);
    ctx.shared.tier = tier;
    releasers.push('shared cache', () => tier.close());
    ctx.liveMaps.onChange(async () => tier.rename(await cacheNamespace(ctx)));
    await tier.connected;
  },
} satisfies Capability;

function watchShared(instruments: Instruments, shared: Shared): void {
  const counts = (of: 'reads' | 'writes'): [string, number][] =>
    Object.entries(shared.tier?.stats()[of] ?? {});
  instruments.gauge('shared_cache_up', 'Whether Redis answers', () =>
    Number(shared.tier?.stats().up ?? false),
  );
  instruments.total('shared_cache_reads_total', 'Reads of Redis', () => counts('reads'));
  instruments.total('shared_cache_writes_total', 'Writes to Redis', () => counts('writes'));
}
