import { integer, settings, type ConfigOf } from '../settings.ts';

export const previewSettings = settings({
  environment: { CHOROGRAPH_PREVIEW_BYTES: integer(0, 1_000_000_000_000).default(256 * 1024 * 1024) },
  read: (env) => ({
    /** Bytes that all previews of a data directory may take together. */
    previewBytes: env.CHOROGRAPH_PREVIEW_BYTES,
  }),
});

export type PreviewConfig = ConfigOf<typeof previewSettings>;
