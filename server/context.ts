import type { Choropleths } from './choropleth/definitions.ts';
import type { ResponseCache } from './http/cache.ts';
import type { HotTiles } from './http/hot-path.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { RowFaults } from './catalog/faults.ts';
import type { Config } from './config.ts';
import type { Database } from './db/types.ts';
import type { MemoryLayers } from './engine/memory.ts';
import type { Pyramids } from './engine/pyramid/pyramids.ts';
import type { Maps } from './maps.ts';
import type { LiveMaps } from './maps/live.ts';
import type { MapsFile } from './maps/file.ts';
import type { Observe } from './observe/events.ts';
import type { Changes } from './refresh/changes.ts';
import type { Generations } from './refresh/generations.ts';
import type { HotRequests } from './refresh/hot.ts';
import type { Refresher } from './refresh/refresher.ts';
import type { Schedule } from './refresh/schedule.ts';
import type { EventStream } from './refresh/stream.ts';
import type { ApiKeys } from './security/keys.ts';

/** What a capability may use: handed to every service as its first argument. */
export interface Context {
  readonly config: Config;
  /** `maps.yaml` as it is now. */
  readonly maps: Maps;
  readonly liveMaps: LiveMaps;
  /** The file that they are read from; none where they were handed over. */
  readonly mapsFile: MapsFile | undefined;
  readonly db: Database;
  readonly catalog: Catalog;
  readonly generations: Generations;
  readonly faults: RowFaults;
  readonly memory: MemoryLayers;
  readonly pyramids: Pyramids;
  /** Finished answers of every kind. */
  readonly cache: ResponseCache;
  /** URLs that such an answer can be sent for without asking anybody. */
  readonly hotTiles: HotTiles;
  readonly choropleths: Choropleths;
  readonly refresher: Refresher;
  readonly schedule: Schedule;
  /** What every choropleth and layer is at. */
  readonly changes: Changes;
  /** Browsers that listen for changes. */
  readonly events: EventStream;
  /** Requests worth making again when their data changes. */
  readonly hot: HotRequests;
  readonly keys: ApiKeys;
  readonly observe: Observe;
  readonly metrics: Metrics;
  readonly startup: Startup;
}

/** How far the server has come; routes that need the catalogue answer 503 until it is `ready`. */
export interface Startup {
  state: 'starting' | 'ready' | 'stopping';
  /** What it is doing or waiting for, for `/health/ready` and the explorer. */
  step: string;
  /** What the database said, where that is what keeps it: for operators alone. */
  reason?: string | undefined;
  /** Why nothing is written to the database, so that refreshes, keys and pyramids stay as they are. */
  unwritable?: string | undefined;
  /** True while another process takes over: connections are asked to close, and nothing is refused. */
  draining?: boolean;
}
