import type { Sight as RequestSight } from '../sight/sight.ts';
import type { SearchDocument } from './documents/document.ts';

/** What an asker may know of: nothing else is found, counted or suggested. */
export interface Sight {
  /** The same for all who may see the same: answers are kept under it. */
  readonly key: string;
  /** Whether the asker may know of a document. */
  readonly maySee: (origin: Pick<SearchDocument, 'source' | 'kind' | 'shownBy'>) => boolean;
  /** Whether what lies in these documents may be known of: it is shown with their names. */
  readonly mayName?: (parentIds: readonly string[]) => boolean;
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
 * What a request may know of: what is shown by layers and choropleths that it may see, but for what was read in another
 * form than it may be shown in by now. Rows of a table that several layers show are found by who sees the first of them.
 */
export function searchSight(
  { catalog, choropleths, epoch }: Guarded,
  sight: RequestSight,
  outdated: ReadonlySet<string> = NONE,
): Sight {
  if (!catalog.isRestricted && !choropleths.isRestricted && outdated.size === 0) return EVERYTHING;
  const layers = new Set(catalog.seen(sight).map(({ id }) => id));
  const maps = new Set(choropleths.seen(sight).map(({ id }) => id));
  return {
    key: JSON.stringify([sight.key, epoch(), ...outdated]),
    maySee: ({ source, kind, shownBy }) =>
      !outdated.has(source) &&
      !outdated.has(`${kind}:${shownBy}`) &&
      (kind === 'choropleth' ? maps : layers).has(shownBy),
    ...(outdated.size > 0 && {
      mayName: (ids) => ![...outdated].some((source) => ids.some((id) => id.startsWith(`${source}:`))),
    }),
  };
}

const NONE: ReadonlySet<string> = new Set();
