import { isDeepStrictEqual } from 'node:util';
import type { SearchDocument } from '../documents/document.ts';
import type { Documents } from '../documents/documents.ts';
import type { Changes } from '../documents/patched.ts';
import type { Sliced } from '../index/slices.ts';

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
