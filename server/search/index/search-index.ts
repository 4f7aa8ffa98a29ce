import type { PlaceKind } from '../../places/kinds.ts';
import { foldWords } from '../../places/fold.ts';
import { documentId, type SearchDocument } from '../document.ts';
import { foldName } from '../words/names.ts';
import { codeKey } from '../words/query.ts';
import type { Sliced } from './slices.ts';
import { TrigramIndex } from './trigrams.ts';
import { SortedStrings } from './vocabulary.ts';

/** Words of each document as numbers of the vocabulary, one document after the other. */
export interface WordLists {
  readonly starts: Uint32Array;
  readonly words: Uint32Array;
}

/** All documents, ready to be searched; it never changes. Documents go by their position in `documents`. */
export interface SearchIndex {
  readonly documents: readonly SearchDocument[];
  /** Of each document, from 0 to 1. */
  readonly ranks: Float32Array;
  readonly byId: ReadonlyMap<string, number>;
  readonly byCode: ReadonlyMap<string, readonly number[]>;
  /** The kind that a title says. */
  readonly kinds: readonly (PlaceKind | undefined)[];
  /** Whole names run together, without their kinds too, and other names. */
  readonly keys: SortedStrings;
  readonly keyTrigrams: TrigramIndex;
  /** Words of names, parents and texts. */
  readonly words: SortedStrings;
  readonly wordTrigrams: TrigramIndex;
  readonly nameWords: WordLists;
  /** Of parents and texts. */
  readonly otherWords: WordLists;
}

/** Makes an index of documents. */
export function* buildIndex(documents: readonly SearchDocument[]): Sliced<SearchIndex> {
  const byId = new Map<string, number>();
  const byCode = new Map<string, number[]>();
  const kinds: (PlaceKind | undefined)[] = [];
  const keys = new Entries();
  const words = new Entries();
  const named: string[][] = [];
  const others: string[][] = [];
  const foldOnce = memo((text: string) => foldWords(text));
  for (const [i, document] of documents.entries()) {
    byId.set(documentId(document), i);
    if (document.code !== undefined) {
      const code = codeKey(document.code);
      byCode.set(code, [...(byCode.get(code) ?? []), i]);
    }
    const title = foldName(document.title);
    kinds.push(title.kind);
    const names = [title, ...document.aliases.map(foldName)];
    // Another name that says a kind is one only with it: Mempawah was Kabupaten Pontianak, and is not Pontianak.
    for (const key of new Set([title.rest ?? title.key, ...names.map((name) => name.key)]))
      if (key !== '') keys.add(key, i);
    const own = new Set(names.flatMap((name) => name.words));
    const other = new Set(document.parents.flatMap(foldOnce));
    for (const word of foldWords(document.text)) other.add(word);
    for (const word of own) other.delete(word);
    for (const word of own) words.add(word, i);
    for (const word of other) words.add(word, i);
    named.push([...own]);
    others.push([...other]);
    yield;
  }
  const sortedKeys = yield* SortedStrings.build(keys.strings, keys.owners);
  const sortedWords = yield* SortedStrings.build(words.strings, words.owners);
  const numbers = new Map<string, number>();
  for (const [number, word] of sortedWords.strings.entries()) {
    numbers.set(word, number);
    if ((number & 255) === 0) yield;
  }
  return {
    documents,
    ranks: Float32Array.from(documents, ({ rank }) => rank),
    byId,
    byCode,
    kinds,
    keys: sortedKeys,
    keyTrigrams: yield* TrigramIndex.build(sortedKeys.strings),
    words: sortedWords,
    wordTrigrams: yield* TrigramIndex.build(sortedWords.strings),
    nameWords: yield* wordLists(named, numbers),
    otherWords: yield* wordLists(others, numbers),
  };
}

class Entries {
  readonly strings: string[] = [];
  readonly owners: number[] = [];
  add(string: string, owner: number): void {
    this.strings.push(string);
    this.owners.push(owner);
  }
}

function* wordLists(lists: readonly string[][], numbers: ReadonlyMap<string, number>): Sliced<WordLists> {
  const starts = new Uint32Array(lists.length + 1);
  const words: number[] = [];
  for (const [i, list] of lists.entries()) {
    for (const word of list) words.push(numbers.get(word)!);
    starts[i + 1] = words.length;
    if ((i & 63) === 0) yield;
  }
  return { starts, words: Uint32Array.from(words) };
}

/** Many documents have the same parents. */
function memo<T>(work: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let value = known.get(text);
    if (value === undefined) known.set(text, (value = work(text)));
    return value;
  };
}
