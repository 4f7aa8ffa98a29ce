import { integer, settings, type ConfigOf } from '../settings.ts';

export const editSettings = settings({
  environment: {
    CHOROGRAPH_EDIT_MAX_KB: integer(1, 100_000).default(8_000),
    CHOROGRAPH_EDIT_MAX_VERTICES: integer(10, 10_000_000).default(100_000),
  },
  /** `maxBytes`: of the body of one request; `maxVertices`: of all geometries in it. */
  read: (env) => ({
    edit: { maxBytes: env.CHOROGRAPH_EDIT_MAX_KB * 1000, maxVertices: env.CHOROGRAPH_EDIT_MAX_VERTICES },
  }),
});

export type EditConfigured = ConfigOf<typeof editSettings>;
