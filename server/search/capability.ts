import type { Capability, Check, Running } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import { tells, type Handlers } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import type { SearchContext, SearchNeeds } from './context.ts';
import { searchMaps } from './maps.ts';
import { searchRates, type SearchRates } from './rates.ts';
import { searchRoutes } from './routes.ts';
import { Searching, type SearchEvent } from './searching.ts';
import { searchSettings } from './settings.ts';

/** Regions, layers, choropleths and named rows, found while somebody types. */
export const search = {
  name: 'search',
  settings: searchSettings,
  maps: searchMaps,
  events: tells<SearchEvent>({ 'search.built': 'info', 'search.failed': 'warn', 'search.not_kept': 'warn' }),
  migrations: ['0060_search'],

  services: (ctx: SearchNeeds): { readonly searching: Searching; readonly searchRates: SearchRates } => ({
    searching: new Searching(ctx),
    searchRates: searchRates(ctx.config),
  }),

  metrics: (instruments: Instruments, { searching }: SearchContext): Handlers<SearchEvent> => {
    instruments.gauge('search_documents', 'What can be found', () => [
      ['all', searching.built?.index.documents.length ?? 0],
    ]);
    const builds = instruments.counter('search_builds_total', 'Search indexes by outcome', ['outcome']);
    return {
      'search.built': () => builds.inc({ outcome: 'built' }),
      'search.failed': () => builds.inc({ outcome: 'failed' }),
    };
  },

  routes: (ctx: SearchContext): Route[] => searchRoutes(ctx),

  checks: {
    search: ({ searching }: SearchContext): Check => ({
      status: 'ok',
      documents: searching.built?.index.documents.length ?? 0,
    }),
  },

  resolve: ({ searching }: SearchContext): void => searching.changed(),

  start: ({ searching, generations }: SearchContext, { log, releasers }: Running): void => {
    const stop = generations.onChange(() => searching.changed());
    releasers.push('search', () => {
      stop();
      searching.stop();
    });
    searching.startIfKept().catch((error: unknown) => log.debug({ err: error }, 'search was not made ready'));
  },
} satisfies Capability;
