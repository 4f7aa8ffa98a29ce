import { z } from 'zod';
import { settings, type ConfigOf } from '../settings.ts';

export const accessSettings = settings({
  environment: { CHOROGRAPH_SIGNING_SECRET: z.string().min(32, 'at least 32 characters').optional() },
  secrets: ['CHOROGRAPH_SIGNING_SECRET'],
  /** `signingSecret`: what URLs are signed with, in the place of the database's. */
  read: (env) => ({ signingSecret: env.CHOROGRAPH_SIGNING_SECRET }),
});

export type AccessConfig = ConfigOf<typeof accessSettings>;
