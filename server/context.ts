import type { Choropleths } from './choropleth/definitions.ts';
import type { ResponseCache } from './http/cache.ts';
import type { HotTiles } from './http/hot-path.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { Config } from './config.ts';
import type { Database } from './db/types.ts';
import type { MemoryLayers } from './engine/memory.ts';
import type { Maps } from './maps.ts';
import type { Observe } from './observe/events.ts';
import type { Generations } from './refresh/generations.ts';

/** What a capability may use: handed to every service as its first argument. */
export interface Context {
  readonly config: Config;
  readonly maps: Maps;
  readonly db: Database;
  readonly catalog: Catalog;
  readonly generations: Generations;
  readonly memory: MemoryLayers;
  /** Finished answers of every kind. */
  readonly cache: ResponseCache;
  /** URLs that such an answer can be sent for without asking anybody. */
  readonly hot: HotTiles;
  readonly choropleths: Choropleths;
  readonly observe: Observe;
  readonly metrics: Metrics;
  readonly startup: Startup;
}

/** How far the server has come; routes that need the catalogue answer 503 until it is `ready`. */
export interface Startup {
  state: 'starting' | 'ready' | 'stopping';
  /** What it is doing or waiting for, for `/health/ready` and the explorer. */
  step: string;
  /** True while another process takes over: connections are asked to close, and nothing is refused. */
  draining?: boolean;
}
