import type { Capability, Check, Running, Starting } from '../capability.ts';
import { contentTag } from '../http/answers/respond.ts';
import type { Route } from '../http/routes.ts';
import { openRates } from '../limits/open.ts';
import { tells, type Handlers } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import { SearchAnswers } from './answers/answers.ts';
import { searchCommand } from './command.ts';
import type { SearchContext, SearchServices } from './context.ts';
import type { SearchEvent } from './events.ts';
import { searchMaps } from './maps.ts';
import type { SearchNeeds } from './needs.ts';
import { SearchRates } from './rates.ts';
import { searchRoutes } from './routes.ts';
import { Searching } from './searching.ts';
import { searchSettings } from './settings.ts';

/** Regions, layers, choropleths and named rows, found while somebody types. */
export const search = {
  name: 'search',
  settings: searchSettings,
  maps: searchMaps,
  events: tells<SearchEvent>({ 'search.built': 'info', 'search.failed': 'warn', 'search.not_kept': 'warn' }),
  migrations: ['0060_search', '0061_search_texts'],

  services: (ctx: SearchNeeds): SearchServices => ({
    searching: new Searching(ctx),
    searchAnswers: new SearchAnswers(),
    searchRates: new SearchRates(ctx.config),
  }),

  metrics: (instruments: Instruments, { searching }: SearchContext): Handlers<SearchEvent> => {
    instruments.gauge('search_documents', 'What can be found', () => [
      ['all', searching.built?.index.size ?? 0],
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
      documents: searching.built?.index.size ?? 0,
    }),
  },

  prepare: async ({ config, searchRates }: SearchContext, { releasers }: Starting): Promise<void> => {
    const { redisUrl, databaseUrl } = config;
    const namespace = contentTag(databaseUrl ?? 'embedded');
    searchRates.use(await openRates({ redisUrl, namespace }, releasers));
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
  commands: [searchCommand],
} satisfies Capability;
