import { editDistance } from '../../places/similarity.ts';
import { foldWords } from '../../places/fold.ts';
import type { Query } from './query.ts';

export type Range = readonly [start: number, end: number];

/**
 * Parts of a title that match, in UTF-16 code units: whole words, or the beginning of one that is not finished.
 * @param isFuzzy whether the beginning may have a mistake
 */
export function highlight(title: string, { words, nameWords }: Query, isFuzzy = false): Range[] {
  const wanted = new Set([...words, ...nameWords]);
  const ranges: Range[] = [];
  for (const { 0: text, index } of title.matchAll(/[\p{L}\p{M}\p{N}'’]+/gu)) {
    const folded = foldWords(text).join('');
    const length = matched(folded, wanted, isFuzzy);
    if (length === 0) continue;
    // Folding keeps the letters of most titles; where it does not, the whole word is marked.
    const isSame = folded.length === text.length && length < folded.length;
    ranges.push([index, index + (isSame ? length : text.length)]);
  }
  return ranges;
}

/** How many letters of a word match. */
function matched(word: string, wanted: ReadonlySet<string>, isFuzzy: boolean): number {
  if (word === '') return 0;
  let length = 0;
  for (const one of wanted) {
    if (one === word) return word.length;
    if (word.startsWith(one)) length = Math.max(length, one.length);
    else if (one.length >= 4 && editDistance(one, word, 2) <= Math.min(2, Math.floor(word.length / 3)))
      length = word.length;
    else if (isFuzzy) length = Math.max(length, nearBeginning(one, word));
  }
  return length;
}

/** How many letters of the beginning of a word are what was typed but for one mistake; 0 where none are. */
function nearBeginning(typed: string, word: string): number {
  if (typed.length < 5) return 0;
  for (const length of [typed.length, typed.length + 1, typed.length - 1])
    if (length < word.length && editDistance(typed, word.slice(0, length), 1) <= 1) return length;
  return 0;
}
