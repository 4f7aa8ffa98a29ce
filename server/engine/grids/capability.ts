import type { Capability } from '../../capability.ts';
import type { Database } from '../../db/types.ts';
import { Grids } from './grids.ts';
import { GridIndexes } from './indexes.ts';
import { gridMaps, type GridMaps } from './maps.ts';

interface GridNeeds {
  readonly db: Database;
  readonly maps: GridMaps;
  readonly config: { readonly memoryVertices: number };
}

interface GridServices {
  readonly grids: Grids;
  readonly gridIndexes: GridIndexes;
}

/** Grids of tiles besides that of Web Mercator: national ones, of equal area, in degrees. */
export const grids = {
  name: 'grids',
  maps: gridMaps,
  services: ({ db, maps, config }: GridNeeds): GridServices => ({
    grids: new Grids(db, maps),
    gridIndexes: new GridIndexes(db, config.memoryVertices),
  }),
  epoch: ({ grids }: Pick<GridServices, 'grids'>): number => grids.epoch,
  resolve: ({ grids }: Pick<GridServices, 'grids'>): Promise<void> => grids.resolve(),
} satisfies Capability;
