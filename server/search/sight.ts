import type { SearchDocument } from './document.ts';

/** What an asker may know of: nothing else is found, counted or suggested. */
export interface Sight {
  /** The same for all who may see the same: answers are kept under it. */
  readonly key: string;
  /** Whether the asker may know of a document. */
  readonly maySee: (document: SearchDocument) => boolean;
}

/** All that is published is public. */
export const EVERYTHING: Sight = { key: 'public', maySee: () => true };

/** What whoever asks with a key, or without one, may know of. */
export type SightOf = (identity: { readonly id: string } | undefined) => Sight;
