import { isDeepStrictEqual } from 'node:util';
import type { SearchDocument } from '../documents/document.ts';
import { DocumentsBuilder, type Documents, type TextRules } from '../documents/documents.ts';
import type { Sliced } from '../index/slices.ts';

export interface Changes {
  /** Keys that are no more. */
  readonly gone: readonly string[];
  /** Documents that are new or not what they were. */
  readonly changed: readonly SearchDocument[];
}

/** What became of the documents of one source. */
export function* changesOf(before: Documents, now: Documents): Sliced<Changes> {
  const old = new Map<string, number>();
  // Nearly all stand where they stood: only what does not is looked up by its key.
  const isWhereItWas = (i: number): boolean => i < before.length && before.keyOf(i) === now.keyOf(i);
  for (let i = 0; i < before.length; i++) {
    if (i >= now.length || !isWhereItWas(i)) old.set(before.keyOf(i), i);
    yield;
  }
  const changed: SearchDocument[] = [];
  for (let i = 0; i < now.length; i++) {
    const document = now.at(i);
    const was = isWhereItWas(i) ? i : old.get(document.key);
    old.delete(document.key);
    if (was === undefined || !isDeepStrictEqual(before.at(was), document)) changed.push(document);
    yield;
  }
  return { gone: [...old.keys()], changed };
}

interface News {
  /** Keys of which something may have changed. */
  readonly keys: readonly string[];
  /** What there is of them now; the others are no more. */
  readonly read: readonly SearchDocument[];
  readonly rules: TextRules;
}

interface Patched {
  readonly documents: Documents;
  readonly changes: Changes;
  /** Whether one of the first rank is no more, or not of that rank: ranks are shares of the highest. */
  readonly isBeheaded: boolean;
}

/** Documents, sorted by their keys' bytes, with what became of a few of them. */
export function* withChanges(before: Documents, { keys, read, rules }: News): Sliced<Patched> {
  const builder = new DocumentsBuilder(rules);
  const touched = new Set(keys);
  const sorted = read
    .map((document) => ({ document, bytes: Buffer.from(document.key) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const was = new Map<string, SearchDocument>();
  let next = 0;
  for (let i = 0; i < before.length; i++) {
    const document = before.at(i);
    if (touched.has(document.key)) was.set(document.key, document);
    else {
      const bytes = next < sorted.length ? Buffer.from(document.key) : undefined;
      while (bytes && next < sorted.length && Buffer.compare(sorted[next]!.bytes, bytes) < 0)
        builder.add(sorted[next++]!.document);
      builder.add(document);
    }
    yield;
  }
  for (; next < sorted.length; next++) builder.add(sorted[next]!.document);
  const now = new Map(read.map(({ key, rank }) => [key, rank]));
  return {
    documents: builder.done(),
    isBeheaded: [...was.values()].some(({ key, rank }) => rank >= 1 && (now.get(key) ?? 0) < 1),
    changes: {
      gone: [...was.keys()].filter((key) => !now.has(key)),
      changed: read.filter((document) => !isDeepStrictEqual(was.get(document.key), document)),
    },
  };
}
