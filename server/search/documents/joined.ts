import type { DocumentList } from './corpus.ts';
import type { Box, SearchDocument } from './document.ts';
import type { Origin } from './documents.ts';

/** Documents of two lists, those of the second behind the others. */
export class Joined implements DocumentList {
  readonly length: number;
  readonly origins: readonly Origin[];
  readonly lists: number;
  readonly #first: DocumentList;
  readonly #second: DocumentList;

  constructor(first: DocumentList, second: DocumentList) {
    this.#first = first;
    this.#second = second;
    this.length = first.length + second.length;
    this.origins = [...first.origins, ...second.origins];
    this.lists = first.lists + second.lists;
  }

  originOf(i: number): number {
    return this.#isFirst(i)
      ? this.#first.originOf(i)
      : this.#first.origins.length + this.#second.originOf(this.#own(i));
  }

  insideOf(i: number): number {
    return this.#isFirst(i)
      ? this.#first.insideOf(i)
      : this.#first.lists + this.#second.insideOf(this.#own(i));
  }

  listAt(list: number): readonly string[] {
    const { lists } = this.#first;
    return list < lists ? this.#first.listAt(list) : this.#second.listAt(list - lists);
  }

  titleOf(i: number): string {
    return this.#isFirst(i) ? this.#first.titleOf(i) : this.#second.titleOf(this.#own(i));
  }

  boxOf(i: number): Box | undefined {
    return this.#isFirst(i) ? this.#first.boxOf(i) : this.#second.boxOf(this.#own(i));
  }

  centreOf(i: number): readonly [number, number] | undefined {
    return this.#isFirst(i) ? this.#first.centreOf(i) : this.#second.centreOf(this.#own(i));
  }

  at(i: number): SearchDocument {
    return this.#isFirst(i) ? this.#first.at(i) : this.#second.at(this.#own(i));
  }

  #isFirst(i: number): boolean {
    return i < this.#first.length;
  }

  #own(i: number): number {
    return i - this.#first.length;
  }
}
