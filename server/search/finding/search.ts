import type { PlaceKind } from '../../places/kinds.ts';
import type { Near, NearStrings } from '../index/near.ts';
import type { SearchIndex } from '../index/search-index.ts';
import type { Vocabulary } from '../index/vocabulary.ts';
import { MOST_RECENT, type Part, type WholeIndex } from '../index/whole.ts';
import { respelt, type Query } from '../words/query.ts';
import { stemmed } from '../words/stems.ts';
import { Ranking, SURE, type Hit } from './ranking.ts';
import { eachOwner, eachWord, type WordChoice } from './word-match.ts';

export interface SearchOptions {
  readonly most: number;
  /** Which documents may be found at all. */
  readonly accept?: ((document: number) => boolean) | undefined;
  /** Up to 0.03, for documents that lie near. */
  readonly nearness?: ((document: number) => number) | undefined;
}

/** Scores by what matched: each range lies above the next, so that an exact name is never behind a likely one. */
const SCORE = { code: 1, name: 0.95, otherKind: 0.74, prefix: SURE, words: 0.4, fuzzy: 0.35 } as const;
/** What is added for a perfect match; with rank and nearness, words stay below what is sure. */
const MORE = { prefix: 0.1, words: 0.34, fuzzy: 0.4 } as const;
const RANK_WEIGHT = 0.02;
const LEAST_SIMILAR = 0.6;
/** More mistakes are another word. */
const MOST_MISTAKES = 3;
/** With so many hits, or one that begins so, nothing is looked for that is only spelt nearly so. */
const ENOUGH = 20;
/** Hits that can be had of one query. */
export const MOST_HITS = 1_000;
const SEVERAL = 5;
const CANDIDATES = 80;
const CORRECTIONS = 60;
/** Documents that are looked at for the rarest word, and for one that may be spelt otherwise. */
const MOST_LOOKED_AT = 60_000;
const MOST_GUESSED = 4_000;
const STEM_WEIGHT = 0.95;
/** How much what begins nearly so counts at least, beside what is nearly so as a whole; and letters that it takes. */
const BEGINNING = 0.9;
const LEAST_BEGINNING = 5;
const NO_WORDS: ReadonlyMap<number, number> = new Map();

/** By the large part: the small one is another with every change. */
const rankings = new WeakMap<SearchIndex, Ranking>();

/** Looks for a query: codes, whole names, beginnings, words in any order, and what is spelt nearly so. */
export function search(
  whole: WholeIndex,
  query: Query,
  { most, accept, nearness }: SearchOptions,
): { hits: Hit[]; total: number } {
  const { parts, isThere } = whole;
  const ranking = rankingOf(whole);
  ranking.begin(
    isThere && accept ? (document) => isThere(document) && accept(document) : (isThere ?? accept),
  );
  const each = (put: (index: SearchIndex) => void): void => {
    for (const { index, first } of parts) {
      ranking.over(first);
      put(index);
    }
  };
  each((index) => {
    for (const document of index.codes.of(query.code)) ranking.put(document, SCORE.code, 'code');
  });
  if (query.key !== '') {
    each((index) => putNames(index, query, ranking));
    const isName = ranking.size > 0;
    each((index) => putPrefixes(index, query, ranking));
    // They are all before what has the word elsewhere, and nobody can have more.
    if (ranking.size < MOST_HITS) {
      const isFull = ranking.sure >= most;
      each((index) => putWords(index, query, ranking, isFull));
    }
    if (!isName && ranking.sure === 0 && ranking.size < ENOUGH) putSimilar(whole, query, ranking);
  }
  return ranking.take(most, {
    adjust: (document) => whole.rankOf(document) * RANK_WEIGHT + (nearness?.(document) ?? 0),
    placeOf: (document) => whole.placeOf(document),
  });
}

function rankingOf({ base, documents }: WholeIndex): Ranking {
  const known = rankings.get(base);
  if (known && known.room >= documents.length) return known;
  const made = new Ranking(Math.max(documents.length, base.documents.length + MOST_RECENT));
  rankings.set(base, made);
  return made;
}

/** How much a document of a kind is what a query means that says one. Kabupaten Bogor is not Kota Bogor. */
function kindFactor(asked: PlaceKind | undefined, has: PlaceKind | undefined): number {
  if (asked === undefined || has === undefined) return 1;
  return asked === has ? 1.01 : SCORE.otherKind / SCORE.name;
}

/** The same for what is only spelt nearly so, where the kind tells more. */
function similarKind(asked: PlaceKind | undefined, has: PlaceKind | undefined): number {
  if (asked === undefined || has === undefined) return 1;
  return asked === has ? 1.05 : 0.9;
}

/** Of each kind in the index, by its number. */
const factors = (
  { placeKinds }: SearchIndex,
  asked: PlaceKind | undefined,
  factor: (asked: PlaceKind | undefined, has: PlaceKind | undefined) => number,
): number[] => placeKinds.map((has) => factor(asked, has));

function putNames(index: SearchIndex, query: Query, ranking: Ranking): void {
  const { keys, kinds } = index;
  const put = (key: string, factor: readonly number[]): void => {
    const at = keys.strings.find(key);
    if (at < 0) return;
    const { starts, members } = keys.owners;
    for (let i = starts[at]!; i < starts[at + 1]!; i++)
      ranking.put(members[i]!, SCORE.name * factor[kinds[members[i]!]!]!, 'name');
  };
  const plain = factors(index, undefined, kindFactor);
  const withKind = query.rest === undefined ? query.key : `${query.kind}${query.rest}`;
  for (const key of new Set([query.key, withKind])) put(key, plain);
  if (query.rest !== undefined) put(query.rest, factors(index, query.kind, kindFactor));
}

function putPrefixes(index: SearchIndex, query: Query, ranking: Ranking): void {
  const { keys, kinds } = index;
  const { starts, members } = keys.owners;
  for (const text of new Set([query.key, query.rest ?? query.key])) {
    const [from, to] = keys.strings.prefix(text);
    const factor = factors(index, text === query.key ? undefined : query.kind, kindFactor);
    for (let key = from; key < to; key++) {
      const score = SCORE.prefix + (MORE.prefix * text.length) / keys.strings.lengthOf(key);
      for (let i = starts[key]!; i < starts[key + 1]!; i++)
        ranking.put(members[i]!, score * factor[kinds[members[i]!]!]!, 'prefix');
    }
  }
}

/**
 * Documents that have every word, the last one perhaps unfinished.
 * @param isFull whether they are only counted, as nobody will see them
 */
function putWords(index: SearchIndex, query: Query, ranking: Ranking, isFull: boolean): void {
  const factor = factors(index, query.kind, kindFactor);
  for (const list of wordLists(query)) {
    const choices = list.map((word, i) => choiceOf(index, word, i === list.length - 1, stems(index, word)));
    if (isFull && choices.length === 1) {
      const count = (document: number): void => ranking.put(document, SCORE.words, 'words');
      eachOwner(index, choices[0]!, MOST_LOOKED_AT, count);
      continue;
    }
    eachWord(index, choices, MOST_LOOKED_AT, (document, weight) =>
      ranking.put(
        document,
        (SCORE.words + MORE.words * weight) * Math.min(1, factor[index.kinds[document]!]!),
        'words',
      ),
    );
  }
}

function choiceOf(
  { words }: SearchIndex,
  word: string,
  isUnfinished: boolean,
  others: ReadonlyMap<number, number>,
): WordChoice {
  const exact = words.strings.find(word);
  const [from, to] = isUnfinished ? words.strings.prefix(word) : [0, 0];
  return { exact, from, to, others };
}

/** The stem of a word in each language that there are texts of. */
function stems({ languages, words }: SearchIndex, word: string): ReadonlyMap<number, number> {
  if (languages.length === 0) return NO_WORDS;
  const known = languages.map((language) => words.strings.find(stemmed(word, language)));
  return new Map(known.filter((at) => at >= 0).map((at) => [at, STEM_WEIGHT]));
}

/** As few mistakes as find anything; more of them where whatever was near each word fits nothing as a whole. */
function putSimilar(whole: WholeIndex, query: Query, ranking: Ranking): void {
  const before = ranking.size;
  for (const enough of [1, SEVERAL]) if (ranking.size === before) putNear(whole, query, ranking, enough);
}

/** Names that are nearly spelt so as a whole (blanks may be missing), and by each of their words (in any order). */
function putNear({ parts }: WholeIndex, query: Query, ranking: Ranking, enough: number): void {
  const { key, rest = key } = query;
  const names = parts.map(({ index: { keys, nearKeys }, gone }) => ({ of: keys, near: nearKeys, gone }));
  const asked = new Set([rest, key].flatMap((text) => [text, respelt(text)]));
  const keys = [...asked].map((text) =>
    // Of old spellings, beginnings are found by their words.
    similarTo(text, names, { most: CANDIDATES, enough, isUnfinished: text === key || text === rest }),
  );
  const lists = wordLists(query).map((list) =>
    list.map((word, i) => {
      const isUnfinished = i === list.length - 1;
      return { word, others: corrections(parts, word, { most: CORRECTIONS, enough, isUnfinished }) };
    }),
  );
  for (const [part, { index, first }] of parts.entries()) {
    ranking.over(first);
    const factor = factors(index, query.kind, similarKind);
    const put = (document: number, similar: number): void =>
      ranking.put(document, (SCORE.fuzzy + MORE.fuzzy * similar) * factor[index.kinds[document]!]!, 'fuzzy');
    for (const near of keys) putOwners(index, near[part]!, put);
    for (const list of lists) {
      const choices = list.map(({ word, others }, i) =>
        choiceOf(index, word, i === list.length - 1, others[part]!),
      );
      eachWord(index, choices, MOST_GUESSED, put);
    }
  }
}

type Similar = readonly [string: number, similar: number];

function putOwners(
  { keys }: SearchIndex,
  near: readonly Similar[],
  put: (document: number, similar: number) => void,
): void {
  const { starts, members } = keys.owners;
  let left = MOST_GUESSED;
  for (const [key, similar] of near) {
    const end = Math.min(starts[key + 1]!, starts[key]! + left);
    left -= end - starts[key]!;
    for (let i = starts[key]!; i < end; i++) put(members[i]!, similar);
  }
}

/** Words of each part that a word may have been meant for, and how nearly. */
function corrections(
  parts: readonly Part[],
  word: string,
  nearness: Nearness,
): ReadonlyMap<number, number>[] {
  const known = parts.map(({ index }) => new Map(stems(index, word)));
  const strings = parts.map(({ index: { words, nearWords }, gone }) => ({
    of: words,
    near: nearWords,
    gone,
  }));
  for (const spelt of new Set([word, respelt(word)]))
    for (const [part, near] of similarTo(spelt, strings, nearness).entries())
      for (const [candidate, similar] of near) {
        if (similar === 1 && spelt === word) continue;
        const before = known[part]!.get(candidate) ?? 0;
        known[part]!.set(candidate, Math.max(before, Math.min(similar, 0.98)));
      }
  return known;
}

interface Spelt {
  readonly of: Vocabulary;
  readonly near: NearStrings;
  readonly gone: Uint8Array | undefined;
}

interface Nearness {
  readonly most: number;
  /** As many as are looked for by one mistake more and more. */
  readonly enough: number;
  /** Whether it may go on: what begins nearly so is found, too. */
  readonly isUnfinished: boolean;
}

/** Strings of each part that are nearly spelt so, and how nearly from 0 to 1: one less the mistakes over the longer length. */
function similarTo(
  text: string,
  parts: readonly Spelt[],
  { most, enough, isUnfinished }: Nearness,
): Similar[][] {
  const mistakes = Math.min(MOST_MISTAKES, Math.floor((text.length * (1 - LEAST_SIMILAR)) / LEAST_SIMILAR));
  const look = (upTo: number, isBeginning: boolean): Near[][] =>
    parts.map((part) =>
      part.near.near(text, upTo, most, isBeginning).filter(({ string }) => isOwned(part, string)),
    );
  const similar = (found: readonly Near[][], isBeginning: boolean): Similar[][] =>
    found.map((near, part) =>
      near.flatMap(({ string, distance }): Similar[] => {
        const length = parts[part]!.of.strings.lengthOf(string);
        const likeness = isBeginning
          ? (1 - distance / text.length) * (BEGINNING + (1 - BEGINNING) * Math.min(1, text.length / length))
          : 1 - distance / Math.max(text.length, length);
        return likeness >= LEAST_SIMILAR ? [[string, likeness]] : [];
      }),
    );
  let found = look(Math.min(1, mistakes), false);
  if (isUnfinished && text.length >= LEAST_BEGINNING && count(found) === 0) {
    const beginnings = similar(look(1, true), true);
    if (count(beginnings) >= enough) return beginnings;
  }
  // Each mistake more takes several times as long: nobody is asked for it where fewer will do.
  for (let more = 2; more <= mistakes && count(found) < enough; more++) found = look(more, false);
  return similar(found, false);
}

/** Whether there is still a document that has a string. */
function isOwned({ of: { owners }, gone }: Spelt, string: number): boolean {
  if (!gone) return true;
  for (let i = owners.starts[string]!; i < owners.starts[string + 1]!; i++)
    if (gone[owners.members[i]!] !== 1) return true;
  return false;
}

const count = (lists: readonly (readonly unknown[])[]): number =>
  lists.reduce((sum, { length }) => sum + length, 0);

/** The words without the kind, and all of them: `Kota Baru` may be a name. */
function wordLists({ words, nameWords }: Query): (readonly string[])[] {
  return nameWords.length === words.length ? [words] : [nameWords, words];
}

export type { Hit };
