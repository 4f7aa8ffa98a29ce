import { integer, settings, type ConfigOf } from '../settings.ts';

export const searchSettings = settings({
  environment: {
    CHOROGRAPH_SEARCH_PER_MINUTE: integer(1, 1_000_000).default(30),
    CHOROGRAPH_SEARCH_KEYED_PER_MINUTE: integer(1, 1_000_000).default(60),
    CHOROGRAPH_SEARCH_MAX_DOCUMENTS: integer(1, 10_000_000).default(1_000_000),
  },
  read: (env) => ({
    search: {
      /** Searches of an address, and of an API key; suggestions while typing may be twenty times as many. */
      perMinute: env.CHOROGRAPH_SEARCH_PER_MINUTE,
      keyedPerMinute: env.CHOROGRAPH_SEARCH_KEYED_PER_MINUTE,
      /** Rows of one source at most: documents are held in memory. */
      maxDocuments: env.CHOROGRAPH_SEARCH_MAX_DOCUMENTS,
    },
  }),
});
export type SearchConfig = ConfigOf<typeof searchSettings>;
