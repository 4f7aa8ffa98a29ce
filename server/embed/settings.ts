import { list, settings, type ConfigOf } from '../settings.ts';

export const embedSettings = settings({
  environment: { CHOROGRAPH_EMBED_ORIGINS: list.default(['*']) },
  read: (env) => ({
    /** Origins whose pages may hold a map in a frame, as `frame-ancestors` takes them; `*` for all, none where empty. */
    embedOrigins: env.CHOROGRAPH_EMBED_ORIGINS,
  }),
});

export type EmbedConfig = ConfigOf<typeof embedSettings>;
