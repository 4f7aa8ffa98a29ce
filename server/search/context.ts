import type { ApiKeys } from '../security/public.ts';
import type { SearchAnswers } from './answers.ts';
import type { SearchNeeds } from './needs.ts';
import type { SearchRates } from './rates.ts';
import type { Searching } from './searching.ts';
import type { SightOf } from './sight.ts';

export interface SearchServices {
  readonly searching: Searching;
  readonly searchAnswers: SearchAnswers;
  readonly searchRates: SearchRates;
  readonly sightOf: SightOf;
}

export interface SearchContext extends SearchNeeds, SearchServices {
  readonly keys: ApiKeys;
}
