import type { SearchIndex, WordLists } from '../index/search-index.ts';

/** Words of the vocabulary that would do for a word of a query, from one number up to before another. */
export interface WordChoice {
  readonly from: number;
  readonly to: number;
  /** The word that it is without anything missing; -1 where it is none. */
  readonly exact: number;
  /** From 0 to 1: how nearly it is spelt so. */
  readonly weight: number;
}

/** Documents that are looked at for the rarest word at most. */
const MOST_LOOKED_AT = 60_000;
/** A word of a parent or a description counts less than one of the name, an unfinished one less than a whole one. */
const OTHER = 0.55;
const UNFINISHED = 0.9;
/** How much of the weight is for names of which few words are left over. */
const COVERAGE = 0.12;

/** Tells documents that have a word for each of the choices, and how well from 0 to 1; one of them is in the name. */
export function eachWord(
  index: SearchIndex,
  choices: readonly (readonly WordChoice[])[],
  tell: (document: number, weight: number) => void,
): void {
  if (choices.length === 0 || choices.some((of) => of.length === 0)) return;
  const sizes = choices.map((of) =>
    of.reduce((sum, { from, to }) => sum + index.words.owners(from, to).length, 0),
  );
  const rarest = choices[sizes.indexOf(Math.min(...sizes))]!;
  let looked = 0;
  for (const { from, to } of rarest) {
    for (const document of index.words.owners(from, to)) {
      if (++looked > MOST_LOOKED_AT) return;
      const weight = weightOf(index, choices, document);
      if (weight > 0) tell(document, weight);
    }
  }
}

function weightOf(
  { nameWords, otherWords }: SearchIndex,
  choices: readonly (readonly WordChoice[])[],
  document: number,
): number {
  let sum = 0;
  let inName = 0;
  for (const of of choices) {
    const name = best(nameWords, document, of);
    const other = name === 1 ? 0 : OTHER * best(otherWords, document, of);
    if (name === 0 && other === 0) return 0;
    if (name >= other) inName++;
    sum += Math.max(name, other);
  }
  const names = nameWords.starts[document + 1]! - nameWords.starts[document]!;
  const covered = Math.min(1, inName / Math.max(1, names));
  return (sum / choices.length) * (1 - COVERAGE) + COVERAGE * covered;
}

function best({ starts, words }: WordLists, document: number, choices: readonly WordChoice[]): number {
  let found = 0;
  for (let i = starts[document]!; i < starts[document + 1]!; i++) {
    const word = words[i]!;
    for (const { from, to, exact, weight } of choices) {
      if (word < from || word >= to) continue;
      found = Math.max(found, word === exact ? weight : weight * UNFINISHED);
    }
  }
  return found;
}
