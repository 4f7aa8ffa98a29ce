import { isDeepStrictEqual } from 'node:util';
import type { SearchDocument } from '../document.ts';
import type { Sliced } from '../index/slices.ts';

export interface Changes {
  /** Keys that are no more. */
  readonly gone: readonly string[];
  /** Documents that are new or not what they were. */
  readonly changed: readonly SearchDocument[];
}

/** What became of the documents of one source. */
export function* changesOf(
  before: readonly SearchDocument[],
  now: readonly SearchDocument[],
): Sliced<Changes> {
  const old = new Map<string, SearchDocument>();
  for (const document of before) {
    old.set(document.key, document);
    yield;
  }
  const changed: SearchDocument[] = [];
  for (const document of now) {
    const was = old.get(document.key);
    old.delete(document.key);
    if (!was || !isSame(was, document)) changed.push(document);
    yield;
  }
  return { gone: [...old.keys()], changed };
}

/** What was kept has no members where what was read has undefined ones. */
function isSame(a: SearchDocument, b: SearchDocument): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)] as (keyof SearchDocument)[]);
  return [...names].every((name) => a[name] === b[name] || isDeepStrictEqual(a[name], b[name]));
}
