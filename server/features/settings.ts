import { integer, settings, type ConfigOf } from '../settings.ts';

export const featuresSettings = settings({
  environment: { CHOROGRAPH_FEATURES_MAX: integer(1, 10_000_000).default(100_000) },
  /** `featuresMax`: largest `limit=`. */
  read: (env) => ({ featuresMax: env.CHOROGRAPH_FEATURES_MAX }),
});

export type FeaturesConfig = ConfigOf<typeof featuresSettings>;
