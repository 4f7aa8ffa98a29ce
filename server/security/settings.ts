import { z } from 'zod';
import { settings, type ConfigOf } from '../settings.ts';

export const keySettings = settings({
  environment: {
    CHOROGRAPH_API_KEY: z
      .string()
      .regex(/^[\w.~+/=-]{16,200}$/, '16 to 200 letters, digits or - . _ ~ + / =')
      .optional(),
  },
  secrets: ['CHOROGRAPH_API_KEY'],
  /** `apiKey`: one that may do everything, besides those in the database. */
  read: (env) => ({ apiKey: env.CHOROGRAPH_API_KEY }),
});

export type KeyConfig = ConfigOf<typeof keySettings>;
