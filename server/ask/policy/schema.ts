import { z } from 'zod';
import { phraseSource } from '../rules/phrases.ts';

/** What may stand in a policy file. Unknown keys are refused: a misspelt one would leave a door open. */
const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name of small letters, digits and -');
const language = z.enum(['id', 'en'], { error: 'id or en' });
export type Language = z.output<typeof language>;

const sentence = z.string().trim().min(1, 'a text').max(2_000, 'at most 2000 characters');
/** A text in some of the languages; the first language's serves for those that have none. */
const inLanguages = z
  .partialRecord(language, sentence)
  .refine((texts) => Object.keys(texts).length > 0, 'texts by language');
const phrase = sentence.superRefine((text, issues) => {
  try {
    phraseSource(text);
  } catch (error) {
    issues.addIssue((error as Error).message);
  }
});
const phrases = z.array(phrase).default([]);
const words = z.array(z.union([sentence, z.number().transform(String)])).default([]);
const examples = z.array(sentence).min(1, 'at least one example');

const topic = z.strictObject({
  id: name,
  title: inLanguages,
  description: sentence,
  examples,
  /** Words and names that make a question one of this topic. */
  terms: z.array(sentence).min(1, 'at least one term'),
  /** Words that go with it, and with others. */
  words,
});

const refusedTopic = z.strictObject({
  id: name,
  title: inLanguages,
  description: sentence,
  examples,
  deny: phrases,
  /** Words beside which `deny` decides nothing. */
  unless: words,
  alone: phrases,
});

export const REFUSALS = ['off_topic', 'refused', 'injection', 'unclear', 'unanswered'] as const;
export type RefusalText = (typeof REFUSALS)[number];

const count = (least: number, most: number) =>
  z
    .number({ error: `a number from ${least} to ${most}` })
    .min(least)
    .max(most);
const whole = (least: number, most: number) => count(least, most).int('a whole number');

const limits = z.strictObject({
  question: z
    .strictObject({ min: whole(1, 100).default(5), max: whole(10, 4_000).default(1_000) })
    .prefault({}),
  /** Questions per minute of one address, of one key, and calls of the model by everybody. */
  perMinute: z
    .strictObject({
      anonymous: whole(0, 100_000).default(30),
      keyed: whole(0, 100_000).default(60),
      calls: whole(1, 1_000_000).default(300),
    })
    .prefault({}),
  /** Per day, in UTC. Tokens in and out together; money in US dollars. */
  perDay: z
    .strictObject({
      tokens: whole(0, 1e12).default(20_000_000),
      usd: count(0, 1e6).default(10),
      tokensPerKey: whole(0, 1e12).default(2_000_000),
      usdPerKey: count(0, 1e6).default(2),
    })
    .prefault({}),
  /** For a whole question, in milliseconds. */
  deadlineMs: whole(500, 120_000).default(20_000),
  /** Questions that are with the model at a time, and that may wait for their turn. */
  concurrency: whole(1, 1_000).default(8),
  queue: whole(0, 10_000).default(32),
  toolCalls: whole(0, 10).default(3),
  outputTokens: whole(64, 8_192).default(1_024),
  /** A classification that is less sure than this answers nothing. */
  confidence: count(0, 1).default(0.6),
  /** How long an answer may be given again, in seconds. */
  cacheS: whole(0, 31_536_000).default(86_400),
  /** Characters of an answer. */
  answer: whole(100, 20_000).default(4_000),
});

export const policySchema = z.strictObject({
  version: z.union([z.string().min(1), z.number().transform(String)]),
  languages: z.array(language).min(1, 'at least one language'),
  assistant: z.strictObject({ name: sentence, about: inLanguages }),
  topics: z.array(topic).min(1, 'at least one topic'),
  refused: z.array(refusedTopic).default([]),
  /** Groups of everyday questions that rules refuse. */
  offTopic: z.union([z.literal('all'), z.array(sentence)]).default('all'),
  caution: phrases,
  /** Further words that say nothing of a topic. */
  neutral: words,
  facts: words,
  refusals: z.strictObject({
    off_topic: inLanguages,
    refused: inLanguages,
    injection: inLanguages,
    unclear: inLanguages,
    unanswered: inLanguages,
  } satisfies Record<RefusalText, unknown>),
  suggestions: z.partialRecord(language, z.array(sentence)).default({}),
  choropleths: z.union([z.literal('all'), z.array(sentence)]).default('all'),
  limits: limits.prefault({}),
});

export type PolicyFile = z.output<typeof policySchema>;
export type Limits = PolicyFile['limits'];

/** What a person typed in `rules.yaml`. */
export const rulesSchema = z.strictObject({
  injection: phrases,
  rolePlay: phrases,
  markup: z.array(z.string().transform((source) => new RegExp(source, 'iu'))),
  harm: phrases,
  offTopic: z.record(z.string(), phrases),
});
export type RulesFile = z.output<typeof rulesSchema>;

export const wordsSchema = z.strictObject({
  id: z.string(),
  'terms-of-number-id': z.string(),
  en: z.string(),
  'terms-of-number-en': z.string(),
});
export type WordsFile = z.output<typeof wordsSchema>;
