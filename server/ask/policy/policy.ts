import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { projectPath } from '../../tools/paths.ts';
import { ConfigError } from '../../settings.ts';
import {
  policySchema,
  rulesSchema,
  wordsSchema,
  type Language,
  type PolicyFile,
  type RefusalText,
  type RulesFile,
  type WordsFile,
} from './schema.ts';

/** A policy with the language data that its rules are made of. */
export interface Policy extends PolicyFile {
  readonly rules: RulesFile;
  readonly vocabulary: WordsFile;
  /** The file's own version and a mark of all that was read: it differs whenever a word of it does. */
  readonly edition: string;
}

/** @throws ConfigError naming everything that is wrong in it */
export function loadPolicy(file: string): Policy {
  if (!existsSync(file)) throw new ConfigError([`${file}: there is no such file`]);
  const text = readFileSync(file, 'utf8');
  const rulesText = readFileSync(projectPath('data', 'ask', 'rules.yaml'), 'utf8');
  const wordsText = readFileSync(projectPath('data', 'ask', 'words.yaml'), 'utf8');
  const policy = checked(file, policySchema, text);
  const rules = checked('data/ask/rules.yaml', rulesSchema, rulesText);
  const unknown =
    policy.offTopic === 'all' ? [] : policy.offTopic.filter((group) => !(group in rules.offTopic));
  if (unknown.length > 0) {
    throw new ConfigError([
      `${file}: offTopic: there is no group ${unknown.join(', ')}; there are ${Object.keys(rules.offTopic).join(', ')}`,
    ]);
  }
  const mark = createHash('sha256')
    .update(text)
    .update(rulesText)
    .update(wordsText)
    .digest('hex')
    .slice(0, 8);
  return {
    ...policy,
    rules,
    vocabulary: checked('data/ask/words.yaml', wordsSchema, wordsText),
    edition: `${policy.version}-${mark}`,
  };
}

function checked<Schema extends z.ZodType>(file: string, schema: Schema, text: string): z.output<Schema> {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new ConfigError([`${file}: ${(error as Error).message.split('\n')[0]}`]);
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => `${file}: ${issue.path.join('.') || 'the file'}: ${issue.message}`),
  );
}

/** A text in a language, or else in the policy's first one, or in any. */
export function inLanguage(
  texts: Readonly<Partial<Record<Language, string>>>,
  language: Language,
  policy: Pick<PolicyFile, 'languages'>,
): string {
  return (
    texts[language] ??
    policy.languages.map((each) => texts[each]).find(Boolean) ??
    Object.values(texts)[0] ??
    ''
  );
}

/** What the assistant says instead of an answer. */
export function refusalText(
  policy: PolicyFile,
  which: RefusalText,
  { language, topic }: { language: Language; topic?: string | undefined },
): string {
  const refused = policy.refused.filter(({ id }) => topic === undefined || id === topic);
  const titles = (list: readonly { title: PolicyFile['topics'][number]['title'] }[]): string =>
    enumerate(
      list.map(({ title }) => inLanguage(title, language, policy)),
      language,
    );
  return inLanguage(policy.refusals[which], language, policy)
    .replaceAll('{topics}', titles(policy.topics))
    .replaceAll('{refused}', titles(refused.length > 0 ? refused : policy.refused));
}

function enumerate(parts: readonly string[], language: Language): string {
  const and = language === 'id' ? 'dan' : 'and';
  if (parts.length < 3) return parts.join(` ${and} `);
  return `${parts.slice(0, -1).join(', ')}, ${and} ${parts.at(-1)}`;
}
