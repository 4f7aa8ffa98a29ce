import { foldWords } from '../../places/fold.ts';
import { kindNamed, withoutKind, type PlaceKind } from '../../places/kinds.ts';
import { codeKey } from '../index/codes.ts';
import { foldName, type FoldedName } from './names.ts';

/** What was typed, as it is looked for. */
export interface Query extends FoldedName {
  readonly text: string;
  /** Codes are compared without case and blanks. */
  readonly code: string;
  /** Words without those that only say a kind. */
  readonly nameWords: readonly string[];
}

export function readQuery(text: string): Query {
  const name = foldName(text);
  const own = withoutKind(name.words)?.rest ?? (name.rest === undefined ? name.words : foldWords(name.rest));
  const { kind, rest } = withoutInnerKind(own);
  return { ...name, kind: name.kind ?? kind, text, code: codeKey(text), nameWords: rest };
}

/** `Mineral county, Nevada`: the kind stands between a name and what it lies in. */
function withoutInnerKind(words: readonly string[]): {
  kind: PlaceKind | undefined;
  rest: readonly string[];
} {
  const at = words.findIndex((word, i) => i > 0 && i < words.length - 1 && kindNamed(word) !== undefined);
  if (at < 0) return { kind: undefined, rest: words };
  return { kind: kindNamed(words[at]!), rest: words.filter((_, i) => i !== at) };
}

/** Letters of the spelling that Indonesian had until 1972, as they are written since: Soerabaja, Bandoeng, Tjilatjap. */
export function respelt(word: string): string {
  return word
    .replaceAll('oe', 'u')
    .replaceAll('tj', 'c')
    .replace(/(?<![nsd])j(?=[aeiou])/g, 'y')
    .replaceAll('dj', 'j')
    .replaceAll('nj', 'ny')
    .replaceAll('sj', 'sy');
}
