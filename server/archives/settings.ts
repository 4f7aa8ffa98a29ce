import { z } from 'zod';
import { settings, type ConfigOf } from '../settings.ts';

export const archivesSettings = settings({
  environment: { CHOROGRAPH_ARCHIVES_DIR: z.string().min(1).optional() },
  /** `archivesDir`: the folder whose `*.pmtiles` are served; none where absent. */
  read: (env) => ({ archivesDir: env.CHOROGRAPH_ARCHIVES_DIR }),
});

export type ArchivesConfig = ConfigOf<typeof archivesSettings>;
