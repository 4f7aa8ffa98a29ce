import type { CapabilityEvent } from './capabilities.ts';
import type { Config } from './config.ts';
import type { Database } from './db/types.ts';
import type { Changes } from './generations/changes.ts';
import type { Generations } from './generations/generations.ts';
import type { HotRequests } from './generations/hot.ts';
import type { ResponseCache } from './http/cache/response-cache.ts';
import type { HotTiles } from './http/past-express/hot-tiles.ts';
import type { Route } from './http/routes.ts';
import type { Maps } from './maps.ts';
import type { MapsFile } from './maps/file.ts';
import type { LiveMaps } from './maps/live.ts';
import type { GroundEvent, Observe } from './observe/events.ts';
import type { Checks } from './observe/health.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Startup } from './startup-state.ts';

/** What every capability stands on. */
export interface Ground {
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
  /** What the capabilities have checked: in every state, and once the server is ready. */
  readonly vitals: () => Checks;
  readonly checks: () => Checks;
  /** Every route that there is. */
  readonly api: () => readonly Route[];
}
