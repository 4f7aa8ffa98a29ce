import { foldWords, readingsOf } from '../../places/fold.ts';
import type { PlaceKind } from '../../places/kinds.ts';

/** A name as it is compared: words folded, and the ways to understand it. */
export interface FoldedName {
  readonly words: readonly string[];
  /** Words run together. */
  readonly key: string;
  /** The kind that it says it is of, and its key without that. */
  readonly kind: PlaceKind | undefined;
  readonly rest: string | undefined;
}

/** Folds a name. */
export function foldName(text: string): FoldedName {
  const words = foldWords(text);
  const [whole, kinded] = readingsOf(words);
  return { words, key: whole?.key ?? '', kind: kinded?.kind, rest: kinded?.key };
}
