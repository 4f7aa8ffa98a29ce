import type { Catalog } from '../catalog/catalog.ts';
import type { ChoroplethEntry } from '../choropleth/public.ts';
import type { Database } from '../db/types.ts';
import type { HttpConfig } from '../http/settings.ts';
import type { Observe } from '../observe/events.ts';
import type { Generations } from '../generations/generations.ts';
import type { Sight } from '../sight/sight.ts';
import type { SearchEvent } from './events.ts';
import type { SearchMaps } from './maps.ts';
import type { SearchConfig } from './settings.ts';

/** A region set as `maps.yaml` has it. */
export interface Regions {
  readonly table: string;
  readonly geometry?: string | undefined;
  readonly code: string;
  readonly name: string;
  readonly parent?: { readonly set: string; readonly column: string } | undefined;
}

/** What the index is made of. */
export interface IndexNeeds {
  readonly config: SearchConfig;
  readonly maps: SearchMaps & {
    readonly regions: Readonly<Record<string, Regions>>;
    readonly layers: Readonly<Record<string, object>>;
  };
  readonly db: Database;
  readonly catalog: Catalog;
  readonly choropleths: { readonly version: number; all(): readonly ChoroplethEntry[] };
  readonly generations: Generations;
  readonly startup: { readonly unwritable?: string | undefined };
  readonly observe: Observe<SearchEvent>;
}

/** What search needs of the server. */
export interface SearchNeeds extends IndexNeeds {
  readonly config: SearchConfig &
    HttpConfig & { readonly redisUrl: string | undefined; readonly databaseUrl: string | undefined };
  readonly choropleths: {
    readonly isRestricted: boolean;
    readonly version: number;
    all(): readonly ChoroplethEntry[];
    seen(sight: Sight): readonly ChoroplethEntry[];
  };
  readonly epoch: () => number;
}
