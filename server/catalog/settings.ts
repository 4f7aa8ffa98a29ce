import { integer, list, settings, type ConfigOf } from '../settings.ts';

export const catalogSettings = settings({
  environment: {
    CHOROGRAPH_SCHEMAS: list.default([]),
    CHOROGRAPH_DEFAULT_SRID: integer(1, 998999).default(4326),
    CHOROGRAPH_CATALOG_INTERVAL_S: integer(1, 86_400).default(60),
    CHOROGRAPH_CHANGE_POLL_S: integer(1, 86_400).default(5),
  },
  read: (env) => ({
    /** Schemas to publish; all that the role may read where empty. */
    schemas: env.CHOROGRAPH_SCHEMAS,
    defaultSrid: env.CHOROGRAPH_DEFAULT_SRID,
    catalogIntervalMs: env.CHOROGRAPH_CATALOG_INTERVAL_S * 1000,
    changePollMs: env.CHOROGRAPH_CHANGE_POLL_S * 1000,
  }),
});

export type CatalogConfig = ConfigOf<typeof catalogSettings>;
