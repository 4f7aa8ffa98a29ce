import { isDeepStrictEqual } from 'node:util';
import type { Sliced } from '../index/slices.ts';
import { DocumentsBuilder, type Documents, type TextRules } from './documents.ts';
import type { SearchDocument } from './document.ts';

export interface Changes {
  /** Keys that are no more. */
  readonly gone: readonly string[];
  /** Documents that are new or not what they were. */
  readonly changed: readonly SearchDocument[];
}

/** What became of documents since they were put together: none where there is none any more. */
export type Since = ReadonlyMap<string, SearchDocument | undefined>;

const NOTHING: Since = new Map();

/** Documents in the order of their keys' bytes, and beside them the few that have changed since: nobody copies all of them for these. */
export class Patched implements Iterable<SearchDocument> {
  readonly base: Documents;
  readonly since: Since;
  readonly rules: TextRules;
  readonly length: number;

  constructor(base: Documents, rules: TextRules, since: Since = NOTHING) {
    this.base = base;
    this.rules = rules;
    this.since = since;
    let length = base.length;
    for (const [key, document] of since)
      length += Number(document !== undefined) - Number(base.find(key).isThere);
    this.length = length;
  }

  get(key: string): SearchDocument | undefined {
    if (this.since.has(key)) return this.since.get(key);
    const { at, isThere } = this.base.find(key);
    return isThere ? this.base.at(at) : undefined;
  }

  /** In no order. */
  *keys(): Generator<string> {
    for (let i = 0; i < this.base.length; i++) {
      const key = this.base.keyOf(i);
      if (!this.since.has(key)) yield key;
    }
    for (const [key, document] of this.since) if (document) yield key;
  }

  /** What became of a few. @param read what there is of these keys now */
  changesTo(keys: Iterable<string>, read: readonly SearchDocument[]): Changes {
    const now = new Set(read.map(({ key }) => key));
    return {
      gone: [...new Set(keys)].filter((key) => !now.has(key) && this.get(key) !== undefined),
      changed: read.filter((document) => !isDeepStrictEqual(this.get(document.key), document)),
    };
  }

  with({ gone, changed }: Changes): Patched {
    if (gone.length + changed.length === 0) return this;
    const since = new Map(this.since);
    for (const key of gone) since.set(key, undefined);
    for (const document of changed) since.set(document.key, document);
    return new Patched(this.base, this.rules, since);
  }

  /** What has changed, as documents. */
  recent(): Documents {
    const builder = new DocumentsBuilder(this.rules);
    for (const document of this.#sorted()) builder.add(document);
    return builder.done();
  }

  /** All of them in one. */
  *whole(): Sliced<Documents> {
    if (this.since.size === 0) return this.base;
    const builder = new DocumentsBuilder(this.rules);
    for (const document of this) {
      builder.add(document);
      yield;
    }
    return builder.done();
  }

  *[Symbol.iterator](): Generator<SearchDocument> {
    let from = 0;
    for (const document of this.#sorted()) {
      const { at } = this.base.find(document.key);
      yield* this.#unchanged(from, at);
      yield document;
      from = at;
    }
    yield* this.#unchanged(from, this.base.length);
  }

  *#unchanged(from: number, to: number): Generator<SearchDocument> {
    for (let i = from; i < to; i++)
      if (this.since.size === 0 || !this.since.has(this.base.keyOf(i))) yield this.base.at(i);
  }

  #sorted(): SearchDocument[] {
    return [...this.since.values()]
      .flatMap((document) => (document ? [{ document, bytes: Buffer.from(document.key) }] : []))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
      .map(({ document }) => document);
  }
}
