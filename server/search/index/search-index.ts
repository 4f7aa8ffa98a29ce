import { foldWords } from '../../places/fold.ts';
import type { PlaceKind } from '../../places/kinds.ts';
import type { Corpus } from '../documents/corpus.ts';
import { TEXT_WEIGHT } from '../documents/documents.ts';
import { Growing } from '../documents/growing.ts';
import { foldName } from '../words/names.ts';
import { stemmed, type Language } from '../words/stems.ts';
import { CodeTable } from './codes.ts';
import { NearStrings } from './near.ts';
import type { Sliced } from './slices.ts';
import type { Groups } from './strings.ts';
import { renumbered, VocabularyBuilder, type Vocabulary } from './vocabulary.ts';

/** Words that documents have beside those of their names, and how much each counts, of 255. */
export interface OtherWords extends Groups {
  readonly weights: Uint8Array;
}

/** All documents, ready to be searched; it never changes. Documents go by their position in `documents`. */
export interface SearchIndex {
  readonly documents: Corpus;
  /** Of each document, from 0 to 1. */
  readonly ranks: Float32Array;
  readonly codes: CodeTable;
  /** The kind that a title says: a position in `placeKinds`, the first of which is none. */
  readonly kinds: Uint8Array;
  readonly placeKinds: readonly (PlaceKind | undefined)[];
  /** Whole names run together, without their kinds too, and other names. */
  readonly keys: Vocabulary;
  readonly nearKeys: NearStrings;
  /** Words of names, parents and texts. */
  readonly words: Vocabulary;
  readonly nearWords: NearStrings;
  readonly nameWords: Groups;
  readonly otherWords: OtherWords;
  /** Of texts, whose words are found by their stems, too. */
  readonly languages: readonly Language[];
}

/** A word of what something lies in counts less than one of its name. */
const CONTEXT = 0.55;

/** Makes an index of documents. */
export function* buildIndex(documents: Corpus): Sliced<SearchIndex> {
  const reader = new Reader(documents);
  for (let i = 0; i < documents.length; i++) {
    reader.read(i);
    yield;
  }
  const keys = yield* reader.keys.done();
  const words = yield* reader.words.done();
  return {
    documents,
    ranks: reader.ranks,
    codes: yield* CodeTable.build(documents),
    kinds: reader.kinds,
    placeKinds: reader.placeKinds,
    keys,
    nearKeys: yield* NearStrings.build(keys.strings),
    words,
    nearWords: yield* NearStrings.build(words.strings),
    nameWords: yield* reader.names.done(words.final),
    otherWords: { ...(yield* reader.others.done(words.final)), weights: reader.weights.done() },
    languages: [...new Set(documents.origins.flatMap(({ language }) => language ?? []))],
  };
}

/** What is read of the documents, one after the other. */
class Reader {
  readonly ranks: Float32Array;
  readonly kinds: Uint8Array;
  readonly placeKinds: (PlaceKind | undefined)[] = [undefined];
  readonly keys = new VocabularyBuilder();
  readonly words = new VocabularyBuilder();
  readonly names = new WordLists();
  readonly others = new WordLists();
  readonly weights = new Growing(Uint8Array);
  readonly #documents: Corpus;
  /** Numbers of the words of each list of parents: many documents have the same. */
  readonly #contexts = new Map<number, readonly number[]>();

  constructor(documents: Corpus) {
    this.#documents = documents;
    this.ranks = new Float32Array(documents.length);
    this.kinds = new Uint8Array(documents.length);
  }

  read(i: number): void {
    const { overlay } = this.#documents;
    this.ranks[i] = this.#documents.rankOf(i);
    const title = foldName(this.#documents.titleOf(i));
    this.kinds[i] = this.#kind(title.kind);
    const names = [title, ...overlay.lists.at(overlay.aliases[i]!).map(foldName)];
    // Another name that says a kind is one only with it: Mempawah was Kabupaten Pontianak, and is not Pontianak.
    for (const key of new Set([title.rest ?? title.key, ...names.map((name) => name.key)]))
      if (key !== '') this.keys.add(this.keys.number(key), i);
    const own = new Set<number>();
    for (const { words } of names) for (const word of words) own.add(this.words.number(word));
    const others = this.#others(i, own);
    for (const word of own) this.words.add(word, i);
    for (const [word, weight] of others) {
      this.words.add(word, i);
      this.weights.push(Math.round(weight * 255));
    }
    this.names.push(own);
    this.others.push(others.keys());
  }

  /** Words of parents and texts that are not in the name, each with the most that it counts. */
  #others(i: number, own: ReadonlySet<number>): Map<number, number> {
    const others = new Map<number, number>();
    const put = (word: number, weight: number): void => {
      if (!own.has(word) && (others.get(word) ?? 0) < weight) others.set(word, weight);
    };
    for (const word of this.#context(this.#documents.overlay.parents[i]!)) put(word, CONTEXT);
    const { language, weights } = this.#documents.origins[this.#documents.originOf(i)]!;
    for (const [at, text] of this.#documents.textsOf(i).entries()) {
      const weight = weights[at] ?? TEXT_WEIGHT;
      for (const word of foldWords(text)) {
        put(this.words.number(word), weight);
        if (language !== undefined) put(this.words.number(stemmed(word, language)), weight);
      }
    }
    return others;
  }

  #context(list: number): readonly number[] {
    let words = this.#contexts.get(list);
    if (!words) {
      const texts = this.#documents.overlay.lists.at(list);
      words = [...new Set(texts.flatMap(foldWords))].map((word) => this.words.number(word));
      this.#contexts.set(list, words);
    }
    return words;
  }

  #kind(kind: PlaceKind | undefined): number {
    const at = this.placeKinds.indexOf(kind);
    return at >= 0 ? at : this.placeKinds.push(kind) - 1;
  }
}

/** Words of each document as numbers of the vocabulary, one document after the other. */
class WordLists {
  readonly #starts = new Growing(Uint32Array);
  readonly #words = new Growing(Uint32Array);

  push(words: Iterable<number>): void {
    this.#starts.push(this.#words.length);
    for (const word of words) this.#words.push(word);
  }

  /** @param final what became of the numbers */
  *done(final: Uint32Array): Sliced<Groups> {
    this.#starts.push(this.#words.length);
    return { starts: this.#starts.done(), members: yield* renumbered(this.#words.done(), final) };
  }
}
