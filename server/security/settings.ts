import { z } from 'zod';
import { checkTokens, readTokens, tokenEnvironment } from './tokens/settings.ts';
import { settings, type ConfigOf } from '../settings.ts';

export const keySettings = settings({
  environment: {
    CHOROGRAPH_API_KEY: z
      .string()
      .regex(/^[\w.~+/=-]{16,200}$/, '16 to 200 letters, digits or - . _ ~ + / =')
      .optional(),
    ...tokenEnvironment,
  },
  secrets: ['CHOROGRAPH_API_KEY'],
  check: checkTokens,
  /** `apiKey`: one that may do everything, besides those in the database; `tokens`: whose are believed. */
  read: (env) => ({ apiKey: env.CHOROGRAPH_API_KEY, tokens: readTokens(env) }),
});

export type KeyConfig = ConfigOf<typeof keySettings>;
