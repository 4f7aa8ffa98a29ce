import { editDistance } from '../../places/similarity.ts';
import { foldWords } from '../../places/fold.ts';
import type { Query } from './query.ts';

export type Range = readonly [start: number, end: number];

/** Parts of a title that match, in UTF-16 code units: whole words, or the beginning of one that is not finished. */
export function highlight(title: string, { words, nameWords }: Query): Range[] {
  const wanted = new Set([...words, ...nameWords]);
  const ranges: Range[] = [];
  for (const { 0: text, index } of title.matchAll(/[\p{L}\p{M}\p{N}'’]+/gu)) {
    const folded = foldWords(text).join('');
    const length = matched(folded, wanted);
    if (length === 0) continue;
    // Folding keeps the letters of most titles; where it does not, the whole word is marked.
    const isSame = folded.length === text.length && length < folded.length;
    ranges.push([index, index + (isSame ? length : text.length)]);
  }
  return ranges;
}

/** How many letters of a word match. */
function matched(word: string, wanted: ReadonlySet<string>): number {
  if (word === '') return 0;
  let length = 0;
  for (const one of wanted) {
    if (one === word) return word.length;
    if (word.startsWith(one)) length = Math.max(length, one.length);
    else if (one.length >= 4 && editDistance(one, word, 2) <= Math.min(2, Math.floor(word.length / 3)))
      length = word.length;
  }
  return length;
}
