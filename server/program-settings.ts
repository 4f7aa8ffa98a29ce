import { z } from 'zod';
import { settings } from './settings.ts';
import { workPath } from './tools/paths.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Those of the program itself. */
export const programSettings = settings({
  environment: {
    LOG_LEVEL: z.enum(LEVELS, { error: 'fatal, error, warn, info, debug, trace or silent' }).default('info'),
    CHOROGRAPH_MAPS: z.string().min(1, 'a file path').default('maps.yaml'),
  },
  read: (env) => ({
    logLevel: env.LOG_LEVEL,
    mapsFile: workPath(env.CHOROGRAPH_MAPS),
  }),
});
