import type { Sliced } from './slices.ts';

interface Coded {
  readonly length: number;
  codeOf(i: number): string | undefined;
}

/** Codes are compared without case and blanks around them. */
export const codeKey = (text: string): string => text.trim().toLowerCase();

/** Finds what has a code: a table of numbers alone, as the codes are there already. */
export class CodeTable {
  readonly #documents: Coded;
  /** Numbers of documents plus one, from where the code's hash says; 0 is free. */
  readonly slots: Uint32Array;

  constructor(documents: Coded, slots: Uint32Array) {
    this.#documents = documents;
    this.slots = slots;
  }

  static *build(documents: Coded): Sliced<CodeTable> {
    const slots = new Uint32Array(2 ** Math.ceil(Math.log2(documents.length * 2 + 2)));
    const table = new CodeTable(documents, slots);
    for (let i = 0; i < documents.length; i++) {
      const code = documents.codeOf(i);
      if (code !== undefined) table.#put(codeKey(code), i);
      if ((i & 15) === 0) yield;
    }
    return table;
  }

  /** The documents that have a code. @param key as `codeKey` makes it */
  *of(key: string): Generator<number> {
    for (let at = this.#first(key); this.slots[at] !== 0; at = this.#next(at)) {
      const document = this.slots[at]! - 1;
      const code = this.#documents.codeOf(document);
      if (code !== undefined && codeKey(code) === key) yield document;
    }
  }

  #put(key: string, document: number): void {
    let at = this.#first(key);
    while (this.slots[at] !== 0) at = this.#next(at);
    this.slots[at] = document + 1;
  }

  #next(at: number): number {
    return (at + 1) & (this.slots.length - 1);
  }

  /** Source: Fowler, Noll and Vo, FNV-1a, 32 bits. */
  #first(key: string): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    return (hash ^ (hash >>> 15)) & (this.slots.length - 1);
  }
}
