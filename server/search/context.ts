import type { Telling } from '../limits/refusal.ts';
import type { ApiKeys } from '../security/public.ts';
import type { SearchAnswers } from './answers/answers.ts';
import type { SearchNeeds } from './needs.ts';
import type { SearchRates } from './rates.ts';
import type { Searching } from './searching.ts';

export interface SearchServices {
  readonly searching: Searching;
  readonly searchAnswers: SearchAnswers;
  readonly searchRates: SearchRates;
}

export interface SearchContext extends SearchNeeds, SearchServices, Telling {
  readonly observe: SearchNeeds['observe'] & Telling['observe'];
  readonly keys: ApiKeys;
}
