import { flag, settings, type ConfigOf } from '../../settings.ts';

export const santriSettings = settings({
  environment: { CHOROGRAPH_SANTRI_API: flag.default(true) },
  /** `santriApi`: answer the paths of the santri application that this server replaces. */
  read: (env) => ({ santriApi: env.CHOROGRAPH_SANTRI_API }),
});

export type SantriConfig = ConfigOf<typeof santriSettings>;
