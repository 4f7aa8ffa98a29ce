import { z } from 'zod';
import { workPath } from '../tools/paths.ts';
import { httpUrl, integer, settings, type ConfigOf } from '../settings.ts';

/** An alias may become another model over night. */
const modelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{2,80}$/, 'the name of a model')
  .refine((name) => !name.endsWith('-latest'), 'the name of one model, not an alias that ends in -latest');

const temperature = z.string().transform((text, issues) => {
  const value = /^\d(\.\d+)?$/.test(text.trim()) ? Number(text) : NaN;
  if (value >= 0 && value <= 2) return value;
  issues.addIssue('a number from 0 to 2');
  return z.NEVER;
});

export const askSettings = settings({
  environment: {
    GEMINI_API_KEY: z.string().min(10, 'an API key of Google').optional(),
    GEMINI_MODEL: modelName.default('gemini-3.5-flash-lite'),
    GEMINI_CLASSIFIER_MODEL: modelName.optional(),
    GEMINI_TEMPERATURE: temperature.optional(),
    GEMINI_BASE_URL: httpUrl.optional(),
    CHOROGRAPH_ASK_POLICY: z.string().min(1, 'a file path').default('ask.yaml'),
    CHOROGRAPH_ASK_ACCESS: z.enum(['public', 'key'], { error: 'public or key' }).default('public'),
    CHOROGRAPH_ASK_KEEP_DAYS: integer(1, 3_650).default(180),
    CHOROGRAPH_ASK_HASH_KEY: z.string().min(16, 'at least 16 characters').optional(),
  },
  secrets: ['GEMINI_API_KEY', 'CHOROGRAPH_ASK_HASH_KEY'],
  read: (env) => ({
    ask: {
      /** Without one, questions are not answered. */
      apiKey: env.GEMINI_API_KEY,
      model: env.GEMINI_MODEL,
      classifierModel: env.GEMINI_CLASSIFIER_MODEL ?? env.GEMINI_MODEL,
      temperature: env.GEMINI_TEMPERATURE,
      baseUrl: env.GEMINI_BASE_URL,
      policyFile: workPath(env.CHOROGRAPH_ASK_POLICY),
      /** Whether anybody may ask, or only a key with the scope `ask`. */
      access: env.CHOROGRAPH_ASK_ACCESS,
      keepDays: env.CHOROGRAPH_ASK_KEEP_DAYS,
      hashKey: env.CHOROGRAPH_ASK_HASH_KEY,
    },
  }),
});
export type AskConfig = ConfigOf<typeof askSettings>;
