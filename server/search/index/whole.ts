import type { DocumentList } from '../documents/corpus.ts';
import type { SearchDocument } from '../documents/document.ts';
import { Joined } from '../documents/joined.ts';
import type { SearchIndex } from './search-index.ts';

/** With more changes than this, all is made anew. */
export const MOST_RECENT = 2_000;

/** An index of what has changed since a larger one was made, and of what may always change. */
export interface Recent {
  readonly index: SearchIndex;
  /** 1 for documents of the larger one that are no more, or not what they were; undefined where all are as they were. */
  readonly gone: Uint8Array | undefined;
  /** How many of them there are. */
  readonly goneCount: number;
  /** Where each of its documents would stand in the larger one: between two that are there by half a step. */
  readonly places: Float64Array;
}

/** An index, and the number that its first document goes by in the whole. */
export interface Part {
  readonly index: SearchIndex;
  readonly first: number;
  /** 1 for those of its documents that are no more; none where all are there. */
  readonly gone: Uint8Array | undefined;
}

/** All that can be found: a large index and, as long as few documents have changed, a small one of these. */
export class WholeIndex {
  readonly base: SearchIndex;
  readonly recent: Recent | undefined;
  readonly parts: readonly Part[];
  readonly documents: DocumentList;
  /** How many can be found. */
  readonly size: number;

  constructor(base: SearchIndex, recent?: Recent) {
    const { length } = base.documents;
    this.base = base;
    this.recent = recent;
    this.parts = [
      { index: base, first: 0, gone: recent?.gone },
      ...(recent ? [{ index: recent.index, first: length, gone: undefined }] : []),
    ];
    this.documents = recent ? new Joined(base.documents, recent.index.documents) : base.documents;
    this.size = this.documents.length - (recent?.goneCount ?? 0);
  }

  *all(): Generator<SearchDocument> {
    const { isThere } = this;
    for (let i = 0; i < this.documents.length; i++) if (isThere?.(i) ?? true) yield this.documents.at(i);
  }

  /** Whether a document is still what can be found; undefined where all are. */
  get isThere(): ((document: number) => boolean) | undefined {
    const gone = this.recent?.gone;
    return gone && ((document) => gone[document] !== 1);
  }

  rankOf(document: number): number {
    const { length } = this.base.documents;
    return document < length ? this.base.ranks[document]! : this.recent!.index.ranks[document - length]!;
  }

  /** Of equally good hits the one that stands before is first: the same, whether or not all was made in one. */
  placeOf(document: number): number {
    const { length } = this.base.documents;
    return document < length ? document : this.recent!.places[document - length]!;
  }
}
