import { integer, settings, type ConfigOf } from '../../settings.ts';

export const autoSettings = settings({
  environment: {
    CHOROGRAPH_AUTO_MB: integer(0, 10_000_000).default(2_000),
    CHOROGRAPH_AUTO_ROWS: integer(1, 1_000_000_000).default(100_000),
  },
  read: (env) => ({
    auto: {
      /** Bytes of disk that all that is made by itself may take together; 0: nothing is. */
      bytes: env.CHOROGRAPH_AUTO_MB * 1_000_000,
      /** Layers of fewer rows are left as they are, wherever they are served from. */
      rows: env.CHOROGRAPH_AUTO_ROWS,
    },
  }),
});

export type AutoConfig = ConfigOf<typeof autoSettings>;
