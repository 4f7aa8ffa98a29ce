import { integer, settings, type ConfigOf } from '../settings.ts';

export const featuresSettings = settings({
  environment: {
    CHOROGRAPH_FEATURES_MAX: integer(1, 10_000_000).default(100_000),
    CHOROGRAPH_EXPORTS_AT_ONCE: integer(1, 100).default(4),
  },
  /** `featuresMax`: largest `limit=`; `exportsAtOnce`: exports of this process, each with a connection of its own. */
  read: (env) => ({
    featuresMax: env.CHOROGRAPH_FEATURES_MAX,
    exportsAtOnce: env.CHOROGRAPH_EXPORTS_AT_ONCE,
  }),
});

export type FeaturesConfig = ConfigOf<typeof featuresSettings>;
