import { Corpus } from '../documents/corpus.ts';
import { Documents, type Columns } from '../documents/documents.ts';
import { Lists } from '../documents/lists.ts';
import { CodeTable } from './codes.ts';
import { NearStrings, type NearColumns } from './near.ts';
import type { SearchIndex } from './search-index.ts';
import { PackedStrings, type Groups } from './strings.ts';
import type { Vocabulary } from './vocabulary.ts';

type FlatLists = readonly (readonly string[])[];

/** Documents as another thread takes them. */
export interface FlatCorpus {
  readonly parts: readonly (Omit<Columns, 'lists'> & { readonly lists: FlatLists })[];
  readonly overlay: Omit<Corpus['overlay'], 'lists'> & { readonly lists: FlatLists };
}

interface FlatVocabulary {
  readonly units: Uint16Array;
  readonly starts: Uint32Array;
  readonly owners: Groups;
  readonly near: NearColumns;
}

/** An index as another thread hands it over: arrays, and none of the documents. */
export interface FlatIndex extends Pick<
  SearchIndex,
  'ranks' | 'kinds' | 'placeKinds' | 'nameWords' | 'otherWords' | 'languages'
> {
  readonly slots: Uint32Array;
  readonly keys: FlatVocabulary;
  readonly words: FlatVocabulary;
}

export const flatCorpus = ({ parts, overlay }: Corpus): FlatCorpus => ({
  parts: parts.map(({ columns }) => ({ ...columns, lists: columns.lists.all })),
  overlay: { ...overlay, lists: overlay.lists.all },
});

export const corpusFrom = ({ parts, overlay }: FlatCorpus): Corpus =>
  new Corpus(
    parts.map((columns) => new Documents({ ...columns, lists: new Lists(columns.lists) })),
    { ...overlay, lists: new Lists(overlay.lists) },
  );

export function flatIndex(index: SearchIndex): FlatIndex {
  const { ranks, kinds, placeKinds, nameWords, otherWords, languages } = index;
  const flat = ({ strings: { units, starts }, owners }: Vocabulary, near: NearStrings): FlatVocabulary => ({
    units,
    starts,
    owners,
    near: near.columns,
  });
  return {
    ...{ ranks, kinds, placeKinds, nameWords, otherWords, languages },
    slots: index.codes.slots,
    keys: flat(index.keys, index.nearKeys),
    words: flat(index.words, index.nearWords),
  };
}

export function indexFrom(documents: Corpus, { slots, keys, words, ...more }: FlatIndex): SearchIndex {
  const of = ({ units, starts, owners, near }: FlatVocabulary) => {
    const strings = new PackedStrings(units, starts);
    return { vocabulary: { strings, owners }, near: new NearStrings(strings, near) };
  };
  const [ofKeys, ofWords] = [of(keys), of(words)];
  return {
    ...more,
    documents,
    codes: new CodeTable(documents, slots),
    keys: ofKeys.vocabulary,
    nearKeys: ofKeys.near,
    words: ofWords.vocabulary,
    nearWords: ofWords.near,
  };
}

/** Memory that can be handed over instead of copied. */
export function buffersOf(flat: object): ArrayBuffer[] {
  return Object.values(flat).flatMap((value: unknown) => {
    if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? value.buffer : [];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? buffersOf(value) : [];
  });
}
