import type { Catalog } from '../catalog/catalog.ts';
import type { ChoroplethEntry } from '../choropleth/public.ts';
import type { Database } from '../db/types.ts';
import type { HttpConfig } from '../http/settings.ts';
import type { Observe } from '../observe/events.ts';
import type { Generations } from '../generations/generations.ts';
import type { Sight } from '../sight/sight.ts';
import type { Startup } from '../startup-state.ts';
import type { SearchEvent } from './events.ts';
import type { SearchMaps } from './maps.ts';
import type { SearchConfig } from './settings.ts';

/** A region set as `maps.yaml` has it. */
interface Regions {
  readonly table: string;
  readonly geometry?: string | undefined;
  readonly code: string;
  readonly name: string;
  readonly parent?: { readonly set: string; readonly column: string } | undefined;
}

/** What search needs of the server. */
export interface SearchNeeds {
  readonly config: SearchConfig &
    HttpConfig & { readonly redisUrl: string | undefined; readonly databaseUrl: string | undefined };
  readonly maps: SearchMaps & {
    readonly regions: Readonly<Record<string, Regions>>;
    readonly layers: Readonly<Record<string, { readonly pyramid?: unknown }>>;
  };
  readonly db: Database;
  readonly catalog: Catalog;
  readonly choropleths: {
    readonly isRestricted: boolean;
    all(): readonly ChoroplethEntry[];
    seen(sight: Sight): readonly ChoroplethEntry[];
  };
  readonly epoch: () => number;
  readonly generations: Generations;
  readonly startup: Startup;
  readonly observe: Observe<SearchEvent>;
}
