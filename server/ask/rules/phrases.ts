/**
 * Phrases of policies and rules, compiled to regular expressions over `lineOf` texts. Pure.
 *
 *   word     that word              word*      words that begin so
 *   (a|b c)  one of these           (a|b)?     or none of them
 *   ...      up to six words        ^          where a sentence begins
 *   n        any number
 */

const GAP = '(?:[^ .]+ ){0,6}?';

/** @throws Error naming the phrase and what is wrong with it */
export function phraseSource(phrase: string): string {
  const parts = phrase.trim().match(/\([^()]*\)\??|\S+/g) ?? [];
  if (parts.length === 0) throw new Error('a phrase needs a word');
  const source = parts.map((part, i) => {
    if (part === '...') return GAP;
    if (part === '^') {
      if (i === 0) return '';
      throw new Error(`^ must stand at the beginning, but stands within “${phrase}”`);
    }
    if (/^\(.*\)\??$/.test(part)) return alternatives(part, phrase);
    return `${word(part, phrase)} `;
  });
  const start = parts[0] === '^' ? '(?:^ |\\. )' : ' ';
  return start + source.join('');
}

function alternatives(part: string, phrase: string): string {
  const optional = part.endsWith('?');
  const inner = part.slice(1, optional ? -2 : -1);
  const options = inner.split('|').map((option) =>
    option
      .trim()
      .split(/\s+/)
      .map((each) => (each === '...' ? '\u0000' : `${word(each, phrase)} `))
      .join('')
      .replaceAll('\u0000', GAP),
  );
  return `(?:${options.join('|')})${optional ? '?' : ''}`;
}

function word(text: string, phrase: string): string {
  if (text === 'n') return '\\d+';
  const match = /^([\p{L}\p{N}]+)(\*?)$/u.exec(text);
  if (!match) throw new Error(`“${text}” is no word, in “${phrase}”`);
  return match[1] + (match[2] ? '[^ .]*' : '');
}

export interface Phrases {
  /** The first phrase that the line has; undefined where it has none. */
  find(line: string): string | undefined;
}

/** Many phrases as one search. */
export function compilePhrases(phrases: readonly string[]): Phrases {
  if (phrases.length === 0) return { find: () => undefined };
  const sources = phrases.map(phraseSource);
  // One search for all of them is what nearly every question costs; which it was is asked of those that are caught.
  const any = new RegExp(sources.join('|'), 'u');
  const each = sources.map((source) => new RegExp(source, 'u'));
  return {
    find: (line) => {
      if (!any.test(line)) return undefined;
      return phrases[each.findIndex((expression) => expression.test(line))];
    },
  };
}
