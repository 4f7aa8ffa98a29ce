import type { Sight as RequestSight } from '../sight/sight.ts';
import type { SearchDocument } from './documents/document.ts';

/** What an asker may know of: nothing else is found, counted or suggested. */
export interface Sight {
  /** The same for all who may see the same: answers are kept under it. */
  readonly key: string;
  /** Whether the asker may know of a document. */
  readonly maySee: (origin: Pick<SearchDocument, 'source' | 'kind' | 'shownBy'>) => boolean;
}

/** All that is published is public. */
export const EVERYTHING: Sight = { key: 'public', maySee: () => true };

interface Guarded {
  readonly catalog: { readonly isRestricted: boolean; seen(sight: RequestSight): readonly { id: string }[] };
  readonly choropleths: {
    readonly isRestricted: boolean;
    seen(sight: RequestSight): readonly { readonly id: string }[];
  };
  /** Grows with every change of who may see what. */
  readonly epoch: () => number;
}

/**
 * What a request may know of: what is shown by layers and choropleths that it may see. Rows of a table that several
 * layers show are found by who sees the first of them.
 */
export function searchSight({ catalog, choropleths, epoch }: Guarded, sight: RequestSight): Sight {
  if (!catalog.isRestricted && !choropleths.isRestricted) return EVERYTHING;
  const layers = new Set(catalog.seen(sight).map(({ id }) => id));
  const maps = new Set(choropleths.seen(sight).map(({ id }) => id));
  return {
    key: JSON.stringify([sight.key, epoch()]),
    maySee: ({ kind, shownBy }) => (kind === 'choropleth' ? maps : layers).has(shownBy),
  };
}
