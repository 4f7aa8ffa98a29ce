import type { SearchIndex } from '../index/search-index.ts';
import type { Groups } from '../index/strings.ts';

/** Words of the vocabulary that would do for a word of a query. */
export interface WordChoice {
  /** The word that it is without anything missing; -1 where there is none. */
  readonly exact: number;
  /** Those that begin with it, from one number up to before another; none where it is finished. */
  readonly from: number;
  readonly to: number;
  /** Others by their numbers, and how nearly each is spelt so, from 0 to 1: the nearest first. */
  readonly others: ReadonlyMap<number, number>;
}

/** One that is not finished counts less than a whole one. */
const UNFINISHED = 0.9;
/** How much of the weight is for names of which few words are left over. */
const COVERAGE = 0.12;

/**
 * Tells documents that have a word for each of the choices, and how well from 0 to 1.
 * @param most documents that are looked at for the rarest word
 */
export function eachWord(
  index: SearchIndex,
  choices: readonly WordChoice[],
  most: number,
  tell: (document: number, weight: number) => void,
): void {
  const { starts } = index.words.owners;
  let rarest: WordChoice | undefined;
  let fewest = Infinity;
  for (const choice of choices) {
    const size = sizeOf(choice, starts);
    if (size < fewest) [rarest, fewest] = [choice, size];
  }
  if (!rarest || fewest === 0) return;
  eachOwner(index, rarest, most, (document) => {
    const weight = weightOf(index, choices, document);
    if (weight > 0) tell(document, weight);
  });
}

/** Tells documents that have one of the words, the surest first; one may be told again. */
export function eachOwner(
  { words }: SearchIndex,
  { exact, from, to, others }: WordChoice,
  most: number,
  tell: (document: number) => void,
): void {
  const { starts, members } = words.owners;
  let left = most;
  const look = (first: number, last: number): void => {
    const begin = starts[first]!;
    const end = Math.min(starts[last]!, begin + left);
    left -= Math.max(0, end - begin);
    for (let i = begin; i < end; i++) tell(members[i]!);
  };
  if (exact >= 0) look(exact, exact + 1);
  // What begins with a whole word stands right behind it.
  const next = exact >= from && exact < to ? exact + 1 : from;
  if (next < to) look(next, to);
  for (const word of others.keys()) look(word, word + 1);
}

function sizeOf({ exact, from, to, others }: WordChoice, starts: Uint32Array): number {
  let size = from < to ? starts[to]! - starts[from]! : 0;
  if (exact >= 0 && !(exact >= from && exact < to)) size += starts[exact + 1]! - starts[exact]!;
  for (const word of others.keys()) size += starts[word + 1]! - starts[word]!;
  return size;
}

function weightOf(
  { nameWords, otherWords }: SearchIndex,
  choices: readonly WordChoice[],
  document: number,
): number {
  let sum = 0;
  let inName = 0;
  for (const choice of choices) {
    const name = best(nameWords, document, choice, undefined);
    const other = name === 1 ? 0 : best(otherWords, document, choice, otherWords.weights);
    if (name === 0 && other === 0) return 0;
    if (name >= other) inName++;
    sum += Math.max(name, other);
  }
  const names = nameWords.starts[document + 1]! - nameWords.starts[document]!;
  const covered = Math.min(1, inName / Math.max(1, names));
  return (sum / choices.length) * (1 - COVERAGE) + COVERAGE * covered;
}

function best(
  { starts, members }: Groups,
  document: number,
  { exact, from, to, others }: WordChoice,
  weights: Uint8Array | undefined,
): number {
  let found = 0;
  const end = starts[document + 1]!;
  for (let i = starts[document]!; i < end; i++) {
    const word = members[i]!;
    let weight = 0;
    if (word === exact) weight = 1;
    else {
      if (word >= from && word < to) weight = UNFINISHED;
      if (others.size > 0) weight = Math.max(weight, others.get(word) ?? 0);
    }
    if (weights) weight *= weights[i]! / 255;
    if (weight > found) found = weight;
  }
  return found;
}
