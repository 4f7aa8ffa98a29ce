import type { Logger } from 'pino';
import { CAPABILITIES, type Services } from './capabilities.ts';
import type { Capability } from './capability.ts';
import type { Config } from './config.ts';
import type { Database } from './db/types.ts';
import { ResponseCache } from './http/cache/response-cache.ts';
import { HotTiles } from './http/past-express/hot-tiles.ts';
import type { Ground } from './ground.ts';
import type { Route } from './http/routes.ts';
import { readMaps, type Maps } from './maps.ts';
import { MapsFile } from './maps/file.ts';
import { LiveMaps } from './maps/live.ts';
import type { Checks } from './observe/health.ts';
import { Metrics } from './observe/metrics.ts';
import { observer } from './observe/observer.ts';
import { Changes } from './generations/changes.ts';
import { Generations } from './generations/generations.ts';
import { HotRequests } from './generations/hot.ts';

/** The whole of it, which only what puts a server together knows; each capability asks for less. */
export type Context = Ground & Services;

/** The list for who puts a server together. The compiler holds what each asks for against what there is. */
export const capabilities: readonly Capability<Context>[] = CAPABILITIES;

/** Routes that need the catalogue; each request of them is told what it may see. */
export const publicRoutes = (ctx: Context): Route[] =>
  capabilities
    .flatMap(({ routes }) => routes?.(ctx) ?? [])
    .map((route) => ({ ...ctx.limits.limited(route), sightOf: (req) => ctx.sights.of(req) }));

/** Routes that are answered in every state. */
export const operations = (ctx: Context): Route[] =>
  capabilities.flatMap(({ operations: routes }) => routes?.(ctx) ?? []);

/** Makes everything that a server consists of; nothing is opened yet. */
export function createContext(
  { config, maps, log }: { config: Config; maps: Maps | MapsFile<Maps>; log: Logger },
  db: Database,
): Context {
  const mapsFile = maps instanceof MapsFile ? maps : undefined;
  const liveMaps = new LiveMaps(maps instanceof MapsFile ? maps.first : maps, readMaps);
  const metrics = new Metrics();
  const observe: Ground['observe'] = observer(
    log,
    metrics,
    capabilities.map(({ events }) => events),
  );
  const generations = new Generations(db, observe);
  const ground: Ground = {
    config,
    maps: liveMaps.maps,
    liveMaps,
    mapsFile,
    db,
    observe,
    metrics,
    generations,
    cache: new ResponseCache(config.tile.cacheBytes),
    hotTiles: new HotTiles(),
    hot: new HotRequests(observe),
    // Those that stand on others are told first.
    changes: new Changes(generations, () =>
      capabilities.toReversed().flatMap(({ published }) => [...(published?.(ctx) ?? [])]),
    ),
    epoch: () => {
      let sum = generations.version;
      for (const epoch of epochs) sum += epoch(ctx); // asked with every tile: no closures, no arrays
      return sum;
    },
    startup: { state: 'starting', step: 'starting' },
    vitals: () => vitals,
    checks: () => checks,
    api: () => (routes ??= [...operations(ctx), ...publicRoutes(ctx)]),
  };
  const ctx = ground as Context;
  let routes: readonly Route[] | undefined;
  for (const { services } of capabilities) Object.assign(ctx, services?.(ctx));
  for (const { metrics: own } of capabilities) metrics.handle(own?.(metrics.instruments, ctx));
  const epochs = capabilities.flatMap(({ epoch }) => epoch ?? []);
  const vitals = checksOf('vitals', ctx);
  const checks = checksOf('checks', ctx);
  return ctx;
}

const checksOf = (which: 'vitals' | 'checks', ctx: Context): Checks =>
  Object.fromEntries(
    capabilities
      .flatMap((capability) => Object.entries(capability[which] ?? {}))
      .map(([name, check]) => [name, () => check(ctx)]),
  );
