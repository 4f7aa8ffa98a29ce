import { documentsOf, type Documents, type Origin } from './documents.ts';
import type { Box, Kind, SearchDocument } from './document.ts';
import type { Lists } from './lists.ts';

/** Numbers of lists, of each document: what it is called otherwise and what it lies in, up to the outermost. */
export interface Overlay {
  readonly lists: Lists;
  readonly aliases: Uint32Array;
  readonly parents: Uint32Array;
  readonly parentIds: Uint32Array;
}

/** Documents by their positions, as hits are made of them. */
export interface DocumentList {
  readonly length: number;
  readonly origins: readonly Origin[];
  originOf(i: number): number;
  titleOf(i: number): string;
  boxOf(i: number): Box | undefined;
  centreOf(i: number): readonly [number, number] | undefined;
  at(i: number): SearchDocument;
  /** How many lists there are, the number of the one of what a document lies in, and that list. */
  readonly lists: number;
  insideOf(i: number): number;
  listAt(list: number): readonly string[];
}

/** The documents of several sources, one source after the other; what they lie in is filled in. */
export class Corpus implements DocumentList {
  readonly length: number;
  /** Of all parts. */
  readonly origins: readonly Origin[];
  readonly overlay: Overlay;
  readonly parts: readonly Documents[];
  /** Where each part begins, and the end. */
  readonly #starts: readonly number[];
  readonly #firstOrigins: readonly number[];

  constructor(parts: readonly Documents[], overlay: Overlay) {
    this.parts = parts;
    this.#starts = sums(parts.map(({ length }) => length));
    this.#firstOrigins = sums(parts.map(({ origins }) => origins.length));
    this.origins = parts.flatMap(({ origins }) => origins);
    this.length = this.#starts.at(-1)!;
    this.overlay = overlay;
  }

  originOf(i: number): number {
    const part = this.#partOf(i);
    return this.#firstOrigins[part]! + this.parts[part]!.originOf(i - this.#starts[part]!);
  }

  kindOf(i: number): Kind {
    return this.origins[this.originOf(i)]!.kind;
  }

  rankOf(i: number): number {
    return this.#of(i, (documents, own) => documents.rankOf(own));
  }

  titleOf(i: number): string {
    return this.#of(i, (documents, own) => documents.titleOf(own));
  }

  textsOf(i: number): readonly string[] {
    return this.#of(i, (documents, own) => documents.textsOf(own));
  }

  codeOf(i: number): string | undefined {
    return this.#of(i, (documents, own) => documents.codeOf(own));
  }

  boxOf(i: number): Box | undefined {
    return this.#of(i, (documents, own) => documents.boxOf(own));
  }

  centreOf(i: number): readonly [number, number] | undefined {
    return this.#of(i, (documents, own) => documents.centreOf(own));
  }

  get lists(): number {
    return this.overlay.lists.length;
  }

  insideOf(i: number): number {
    return this.overlay.parentIds[i]!;
  }

  listAt(list: number): readonly string[] {
    return this.overlay.lists.at(list);
  }

  /** Where a part begins. */
  startOf(part: number): number {
    return this.#starts[part]!;
  }

  at(i: number): SearchDocument {
    const { lists, aliases, parents, parentIds } = this.overlay;
    return {
      ...this.#of(i, (documents, own) => documents.at(own)),
      aliases: lists.at(aliases[i]!),
      parents: lists.at(parents[i]!),
      parentIds: lists.at(parentIds[i]!),
    };
  }

  *[Symbol.iterator](): Iterator<SearchDocument> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  #of<T>(i: number, what: (documents: Documents, own: number) => T): T {
    const part = this.#partOf(i);
    return what(this.parts[part]!, i - this.#starts[part]!);
  }

  #partOf(i: number): number {
    let [low, high] = [0, this.parts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#starts[middle]! <= i) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Documents as they are: what each lies in, and its other names, are what it says itself. */
export function corpusOf(list: Iterable<SearchDocument>): Corpus {
  const documents = documentsOf(list);
  const column = (which: 0 | 1 | 2): Uint32Array =>
    Uint32Array.from({ length: documents.length }, (_, i) => documents.listsOf(i)[which]);
  return new Corpus([documents], {
    lists: documents.lists,
    aliases: column(0),
    parents: column(1),
    parentIds: column(2),
  });
}

function sums(lengths: readonly number[]): number[] {
  const starts = [0];
  for (const length of lengths) starts.push(starts.at(-1)! + length);
  return starts;
}
