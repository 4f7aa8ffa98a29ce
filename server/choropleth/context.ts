import type { Catalog } from '../catalog/catalog.ts';
import type { Database } from '../db/types.ts';
import type { GridIndexes } from '../engine/grids/indexes.ts';
import type { MemoryLayers } from '../engine/memory/layers.ts';
import type { HttpContext } from '../http/context.ts';
import type { Observe } from '../observe/events.ts';
import type { Generations } from '../generations/generations.ts';
import type { HotRequests } from '../generations/hot.ts';
import type { Choropleths } from './choropleths.ts';
import type { ChoroplethMaps } from './maps.ts';

/** What answering choropleths asks for. */
export interface ChoroplethContext extends HttpContext {
  readonly config: HttpContext['config'] & {
    readonly tile: { readonly maxBytes: number; readonly buffer: number };
  };
  readonly maps: ChoroplethMaps;
  readonly db: Database;
  readonly catalog: Catalog;
  readonly generations: Generations;
  readonly memory: MemoryLayers;
  readonly gridIndexes: GridIndexes;
  readonly choropleths: Choropleths;
  readonly observe: Observe;
  /** Requests worth making again when their data changes. */
  readonly hot: HotRequests;
}
