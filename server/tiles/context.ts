import type { Roles } from '../access/public.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { RowFaults } from '../catalog/faults.ts';
import type { LayerMaps } from '../catalog/maps.ts';
import type { Database } from '../db/types.ts';
import type { Grids } from '../engine/grids/grids.ts';
import type { GridIndexes } from '../engine/grids/indexes.ts';
import type { MemoryLayers } from '../engine/memory/layers.ts';
import type { Pyramids } from '../engine/pyramid/pyramids.ts';
import type { HttpContext } from '../http/context.ts';
import type { Observe } from '../observe/events.ts';
import type { Generations } from '../generations/generations.ts';
import type { TilesConfig } from './settings.ts';

/** What making tiles of layers asks for. */
export interface TilesContext extends HttpContext {
  readonly config: HttpContext['config'] & TilesConfig;
  readonly maps: LayerMaps;
  readonly db: Database;
  readonly catalog: Catalog;
  readonly generations: Generations;
  readonly faults: RowFaults;
  readonly memory: MemoryLayers;
  readonly pyramids: Pyramids;
  readonly grids: Grids;
  readonly gridIndexes: GridIndexes;
  readonly observe: Observe;
  /** How layers are read that each role sees other rows of. */
  readonly roles: Pick<Roles, 'reading'>;
}
