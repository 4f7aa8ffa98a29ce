import { z } from 'zod';
import { settings, type ConfigOf } from '../settings.ts';

/** So many in a minute, without and with an API key; undefined where there is no limit. */
export interface PerMinute {
  readonly anonymous: number;
  readonly keyed: number;
}

/** `off`, `30` or `30/60` */
const perMinute = z.string().transform((text, issues): PerMinute | undefined => {
  const [, anonymous, keyed = anonymous] = /^([1-9]\d{0,8})(?:\/([1-9]\d{0,8}))?$/.exec(text.trim()) ?? [];
  if (anonymous !== undefined) return { anonymous: Number(anonymous), keyed: Number(keyed) };
  if (text.trim() !== 'off') {
    issues.addIssue('off, or a number in a minute, or one without and one with an API key, as 30/60');
    return z.NEVER;
  }
  return undefined;
});

export const limitSettings = settings({
  environment: {
    CHOROGRAPH_LIMIT_TILES: perMinute.optional(),
    CHOROGRAPH_LIMIT_DOCUMENTS: perMinute.optional(),
    CHOROGRAPH_LIMIT_EXPENSIVE: perMinute.optional(),
    CHOROGRAPH_LIMIT_WRITE: perMinute.default({ anonymous: 30, keyed: 60 }),
  },
  /** `limits`: by class, how many requests there may be in a minute. */
  read: (env) => ({
    limits: {
      tiles: env.CHOROGRAPH_LIMIT_TILES,
      documents: env.CHOROGRAPH_LIMIT_DOCUMENTS,
      expensive: env.CHOROGRAPH_LIMIT_EXPENSIVE,
      write: env.CHOROGRAPH_LIMIT_WRITE,
    },
  }),
});

export type LimitConfig = ConfigOf<typeof limitSettings>;
export type LimitClass = keyof LimitConfig['limits'];
