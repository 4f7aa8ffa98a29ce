import { shorten } from '../../errors.ts';
import { filterFault, LIMITS } from '../fault.ts';

export interface Token {
  readonly is: 'word' | 'name' | 'text' | 'number' | 'sign' | 'end';
  /** What it stands for: quotes removed, escapes resolved; as written otherwise. */
  readonly value: string;
  readonly at: number;
}

/** In the order in which they are tried. A quoted text has its quotes doubled or behind a backslash. */
const PATTERNS: readonly (readonly [Token['is'], RegExp])[] = [
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/uy],
  ['word', /[:_\p{L}][:_.\p{L}\p{M}\p{N}\p{Pc}]*/uy],
  ['name', /"((?:[^"]|"")+)"/uy],
  ['text', /'((?:[^'\\]|''|\\[^])*)'/uy],
  ['sign', /<>|<=|>=|[-+*/%^=<>(),]/uy],
];

/** CQL2 text as tokens, the last of which is its end. @throws AppError `filter_invalid` */
export function tokensOf(text: string): Token[] {
  if (text.length > LIMITS.characters)
    throw filterFault(LIMITS.characters, `at most ${LIMITS.characters} characters`);
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
    if (at >= text.length) break;
    const token = tokenAt(text, at);
    if (!token) throw unreadable(text, at);
    tokens.push(token.token);
    at = token.end;
  }
  return [...tokens, { is: 'end', value: 'the end', at: text.length }];
}

function tokenAt(text: string, at: number): { token: Token; end: number } | undefined {
  for (const [is, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    return { token: { is, value: valueOf(is, match), at }, end: pattern.lastIndex };
  }
  return undefined;
}

function valueOf(is: Token['is'], [whole, inside = whole]: RegExpExecArray): string {
  if (is === 'name') return inside.replaceAll('""', '"');
  // Of backslashes only the one before a quote is the literal's own; others are for LIKE.
  if (is !== 'text') return whole;
  return inside.replace(/''|\\([^])/g, (pair, escaped) => (pair === "''" || escaped === "'" ? "'" : pair));
}

function unreadable(text: string, at: number): Error {
  const sign = text[at] ?? '';
  if (sign === "'") return filterFault(at, "a closing ' (a quote inside a text is doubled)");
  if (sign === '"') return filterFault(at, 'a closing " around a name');
  if (text.startsWith('!=', at)) return filterFault(at, '<> for "not equal"', '!=');
  return filterFault(at, 'a name, a value or an operator', shorten(text.slice(at), 10));
}
