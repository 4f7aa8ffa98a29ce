import type { Catalog } from '../catalog/catalog.ts';
import type { Choropleths } from '../choropleth/definitions.ts';
import type { ChoroplethMaps } from '../choropleth/maps.ts';
import type { Database } from '../db/types.ts';
import type { HttpConfig } from '../http/settings.ts';
import type { Observe } from '../observe/events.ts';
import type { Generations } from '../refresh/generations.ts';
import type { ApiKeys } from '../security/keys.ts';
import type { Startup } from '../startup-state.ts';
import type { SearchMaps } from './maps.ts';
import type { SearchEvent, Searching } from './searching.ts';
import type { SearchRates } from './rates.ts';
import type { SearchConfig } from './settings.ts';

/** What search needs of the server. */
export interface SearchNeeds {
  readonly config: SearchConfig & HttpConfig;
  readonly maps: SearchMaps & Pick<ChoroplethMaps, 'regions'>;
  readonly db: Database;
  readonly catalog: Catalog;
  readonly choropleths: Choropleths;
  readonly generations: Generations;
  readonly startup: Startup;
  readonly observe: Observe<SearchEvent>;
}

export interface SearchContext extends SearchNeeds {
  readonly keys: ApiKeys;
  readonly searching: Searching;
  readonly searchRates: SearchRates;
}
