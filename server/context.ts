import type { Choropleths } from './choropleth/definitions.ts';
import type { ResponseCache } from './http/cache.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { Config } from './config.ts';
import type { Database } from './db/types.ts';
import type { MemoryLayers } from './engine/memory.ts';
import type { Pyramids } from './engine/pyramid/pyramids.ts';
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
  readonly pyramids: Pyramids;
  /** Finished answers of every kind. */
  readonly cache: ResponseCache;
  readonly choropleths: Choropleths;
  readonly observe: Observe;
  readonly startup: Startup;
}

/** How far the server has come; routes that need the catalogue answer 503 until it is `ready`. */
export interface Startup {
  state: 'starting' | 'ready' | 'stopping';
  /** What it is doing or waiting for, for `/health/ready` and the explorer. */
  step: string;
}
