import type { Logger } from 'pino';
import { CAPABILITIES, type CapabilityEvent, type Services } from './capabilities.ts';
import type { Capability } from './capability.ts';
import type { Config } from './config.ts';
import type { Database } from './db/types.ts';
import { ResponseCache } from './http/cache/response-cache.ts';
import { HotTiles } from './http/past-express/hot-tiles.ts';
import type { Route } from './http/routes.ts';
import { readMaps, type Maps } from './maps.ts';
import { MapsFile } from './maps/file.ts';
import { LiveMaps } from './maps/live.ts';
import { LEVELS, logEvents, type GroundEvent, type Level, type Observe } from './observe/events.ts';
import type { Checks } from './observe/health.ts';
import { Metrics } from './observe/metrics.ts';
import { Changes } from './generations/changes.ts';
import { Generations } from './generations/generations.ts';
import { HotRequests } from './generations/hot.ts';
import type { Startup } from './startup-state.ts';

/** What every capability stands on. */
interface Ground {
  readonly config: Config;
  /** `maps.yaml` as it is now. */
  readonly maps: Maps;
  readonly liveMaps: LiveMaps<Maps>;
  /** The file that they are read from; none where they were handed over. */
  readonly mapsFile: MapsFile<Maps> | undefined;
  readonly db: Database;
  readonly observe: Observe<GroundEvent | CapabilityEvent>;
  readonly metrics: Metrics;
  readonly generations: Generations;
  /** Finished answers of every kind. */
  readonly cache: ResponseCache;
  /** URLs that such an answer can be sent for without asking anybody. */
  readonly hotTiles: HotTiles;
  /** Requests worth making again when their data changes. */
  readonly hot: HotRequests;
  /** What everything that is published is at. */
  readonly changes: Changes;
  /** Grows whenever any URL may have come to mean something else. */
  readonly epoch: () => number;
  readonly startup: Startup;
  /** What the capabilities have checked. */
  readonly checks: () => Checks;
  /** Every route that there is. */
  readonly api: () => readonly Route[];
}

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
  const observe = observer(log, metrics);
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
    checks: () => checks,
    api: () => (routes ??= [...operations(ctx), ...publicRoutes(ctx)]),
  };
  const ctx = ground as Context;
  let routes: readonly Route[] | undefined;
  for (const { services } of capabilities) Object.assign(ctx, services?.(ctx));
  for (const { metrics: own } of capabilities) metrics.handle(own?.(metrics.instruments, ctx));
  const epochs = capabilities.flatMap(({ epoch }) => epoch ?? []);
  const checks = Object.fromEntries(
    capabilities
      .flatMap(({ checks: own }) => Object.entries(own ?? {}))
      .map(([name, check]) => [name, () => check(ctx)]),
  );
  return ctx;
}

/** Every event goes to the log and to the metrics, so that they agree. */
function observer(log: Logger, metrics: Metrics): Ground['observe'] {
  const levels = Object.assign({}, LEVELS, ...capabilities.map(({ events }) => events)) as Record<
    string,
    Level
  >;
  const logged = logEvents(log, levels);
  return (event) => {
    logged(event);
    metrics.observe(event);
  };
}
