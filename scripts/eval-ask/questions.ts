import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { projectPath } from '../../server/tools/paths.ts';

/** A labelled question of `data/ask/evaluation`. */
const question = z.strictObject({
  id: z.string(),
  kind: z.enum([
    'allowed',
    'near-miss',
    'refused',
    'off-topic',
    'injection',
    'jailbreak',
    'role-play',
    'encoded',
    'mixed',
    'slang',
    'numbers',
  ]),
  lang: z.enum(['id', 'en', 'mixed']),
  expect: z.enum(['allow', 'refuse']),
  question: z.string(),
  /** The figure that a right answer tells. */
  figure: z
    .strictObject({
      choropleth: z.string(),
      level: z.string().optional(),
      metric: z.string(),
      extreme: z.enum(['highest', 'lowest']).optional(),
      regions: z.array(z.string()).optional(),
    })
    .optional(),
});
export type Labelled = z.output<typeof question>;

export const SETS = {
  /** What rules were written with. */
  development: 'questions.jsonl',
  /** Written before any rule. Thirty of its questions, all of them allowed ones, were seen before words were added. */
  'held out': 'held-out.jsonl',
  /** Written after the last change of rules and words, which it has not moved. */
  fresh: 'fresh.jsonl',
} as const;

export const US_DEMO = 'us-demo.jsonl';

export function readQuestions(file: string): Labelled[] {
  return readFileSync(projectPath('data', 'ask', 'evaluation', file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => question.parse(JSON.parse(line)));
}
