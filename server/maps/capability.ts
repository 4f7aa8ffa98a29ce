import type { Capability } from '../capability.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Choropleths } from '../choropleth/definitions.ts';
import type { Database } from '../db/types.ts';
import type { Pyramids } from '../engine/pyramid/pyramids.ts';
import type { Observe } from '../observe/events.ts';
import { MapsCheck } from './check.ts';
import type { LiveMaps } from './live.ts';

interface MapsContext {
  readonly db: Database;
  readonly catalog: Catalog;
  readonly choropleths: Choropleths;
  readonly pyramids: Pyramids;
  readonly liveMaps: LiveMaps;
  readonly config: { readonly schemas: readonly string[] };
  readonly observe: Observe;
  readonly mapsCheck: MapsCheck;
}

/** Whether what `maps.yaml` says fits the database, and what would. */
export const maps = {
  name: 'maps',

  services: (): { readonly mapsCheck: MapsCheck } => ({ mapsCheck: new MapsCheck() }),

  resolve: (ctx: MapsContext): Promise<void> => ctx.mapsCheck.check(ctx),
} satisfies Capability;
