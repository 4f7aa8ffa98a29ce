import { editDistance } from '../../places/similarity.ts';
import type { PlaceKind } from '../../places/kinds.ts';
import type { SearchIndex } from '../index/search-index.ts';
import { respelt, type Query } from '../words/query.ts';
import { Ranking, type Hit } from './ranking.ts';
import { eachWord, type WordChoice } from './word-match.ts';

export interface SearchOptions {
  readonly most: number;
  /** Which documents may be found at all. */
  readonly accept?: ((document: number) => boolean) | undefined;
  /** Up to 0.03, for documents that lie near. */
  readonly nearness?: ((document: number) => number) | undefined;
}

/** Scores by what matched: each range lies above the next, so that an exact name is never behind a likely one. */
const SCORE = { code: 1, name: 0.95, otherKind: 0.74, prefix: 0.8, fuzzy: 0.35 } as const;
const RANK_WEIGHT = 0.02;
/** Of the text's trigrams; pg_trgm's default. Short names lose most of theirs with one letter. */
const LEAST_COMMON = 0.3;
const LEAST_COMMON_SHORT = 0.15;
const SHORT = 6;
const LEAST_SIMILAR = 0.6;
/** With so many hits nothing is looked for that is only spelt nearly so. */
const ENOUGH = 20;
/** Hits that can be had of one query. */
export const MOST_HITS = 1_000;
const CANDIDATES = 80;
const CORRECTIONS = 60;

const rankings = new WeakMap<SearchIndex, Ranking>();

/** Looks for a query: codes, whole names, beginnings, words in any order, and what is spelt nearly so. */
export function search(
  index: SearchIndex,
  query: Query,
  { most, accept, nearness }: SearchOptions,
): { hits: Hit[]; total: number } {
  let ranking = rankings.get(index);
  if (!ranking) rankings.set(index, (ranking = new Ranking(index.documents.length)));
  ranking.begin(accept);
  for (const document of index.byCode.get(query.code) ?? []) ranking.put(document, SCORE.code, 'code');
  if (query.key !== '') {
    putNames(index, query, ranking);
    const isName = ranking.size > 0;
    putPrefixes(index, query, ranking);
    // They are all before what has the word elsewhere, and nobody can have more.
    if (ranking.size < MOST_HITS) putWords(index, query, ranking);
    if (!isName && ranking.size < ENOUGH) putSimilar(index, query, ranking);
  }
  return ranking.take(most, (document) => index.ranks[document]! * RANK_WEIGHT + (nearness?.(document) ?? 0));
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

function putNames({ keys, kinds }: SearchIndex, query: Query, ranking: Ranking): void {
  const withKind = query.rest === undefined ? query.key : `${query.kind}${query.rest}`;
  for (const key of new Set([query.key, withKind])) {
    const whole = keys.find(key);
    if (whole >= 0) for (const document of keys.owners(whole)) ranking.put(document, SCORE.name, 'name');
  }
  const rest = query.rest === undefined ? -1 : keys.find(query.rest);
  if (rest < 0) return;
  for (const document of keys.owners(rest))
    ranking.put(document, SCORE.name * kindFactor(query.kind, kinds[document]), 'name');
}

function putPrefixes({ keys, kinds }: SearchIndex, query: Query, ranking: Ranking): void {
  for (const text of new Set([query.key, query.rest ?? query.key])) {
    const [from, to] = keys.prefix(text);
    const kind = text === query.key ? undefined : query.kind;
    for (let key = from; key < to; key++) {
      const score = SCORE.prefix + (0.1 * text.length) / keys.strings[key]!.length;
      for (const document of keys.owners(key))
        ranking.put(document, score * kindFactor(kind, kinds[document]), 'prefix');
    }
  }
}

/** Documents that have every word, the last one perhaps unfinished. */
function putWords(index: SearchIndex, query: Query, ranking: Ranking): void {
  const { words } = index;
  for (const list of wordLists(query)) {
    const choices = list.map((word, i): WordChoice[] => {
      const [from, to] = i === list.length - 1 ? words.prefix(word) : exactly(index, word);
      return from < to ? [{ from, to, exact: words.strings[from] === word ? from : -1, weight: 1 }] : [];
    });
    eachWord(index, choices, (document, weight) =>
      ranking.put(document, (0.4 + 0.38 * weight) * kindFactor(query.kind, index.kinds[document]), 'words'),
    );
  }
}

/** Names that are nearly spelt so as a whole (blanks may be missing), and by each of their words (in any order). */
function putSimilar(index: SearchIndex, query: Query, ranking: Ranking): void {
  const { keys, keyTrigrams, kinds } = index;
  const put = (document: number, similar: number): void =>
    ranking.put(document, (SCORE.fuzzy + 0.4 * similar) * similarKind(query.kind, kinds[document]), 'fuzzy');
  const whole = [query.rest ?? query.key, query.key];
  for (const text of new Set([...whole, ...whole.map(respelt)])) {
    const least = text.length < SHORT ? LEAST_COMMON_SHORT : LEAST_COMMON;
    for (const key of keyTrigrams.candidates(text, { most: CANDIDATES, least, partly: false })) {
      const similar = similarity(text, keys.strings[key]!);
      if (similar >= LEAST_SIMILAR) for (const document of keys.owners(key)) put(document, similar);
    }
  }
  for (const list of wordLists(query)) {
    const choices = list.map((word, i) => corrections(index, word, i === list.length - 1));
    eachWord(index, choices, put);
  }
}

function corrections(index: SearchIndex, word: string, isLast: boolean): WordChoice[] {
  const { words, wordTrigrams } = index;
  const [from, to] = isLast ? words.prefix(word) : exactly(index, word);
  const choices: WordChoice[] =
    from < to ? [{ from, to, exact: words.strings[from] === word ? from : -1, weight: 1 }] : [];
  for (const spelt of new Set([word, respelt(word)])) {
    const least = spelt.length < SHORT ? LEAST_COMMON_SHORT : LEAST_COMMON;
    for (const candidate of wordTrigrams.candidates(spelt, { most: CORRECTIONS, least, partly: false })) {
      const weight = similarity(spelt, words.strings[candidate]!);
      if (weight < LEAST_SIMILAR || (weight === 1 && spelt === word)) continue;
      choices.push({ from: candidate, to: candidate + 1, exact: candidate, weight: Math.min(weight, 0.98) });
    }
  }
  return choices;
}

function exactly({ words }: SearchIndex, word: string): readonly [number, number] {
  const at = words.find(word);
  return at < 0 ? [0, 0] : [at, at + 1];
}

/** The words without the kind, and all of them: `Kota Baru` may be a name. */
function wordLists({ words, nameWords }: Query): (readonly string[])[] {
  return nameWords.length === words.length ? [words] : [nameWords, words];
}

function similarity(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  const most = Math.floor(longer * (1 - LEAST_SIMILAR));
  return 1 - editDistance(a, b, most) / longer;
}

export type { Hit };
