import type { SearchDocument } from '../../server/search/documents/document.ts';

export function region(title: string, more: Partial<SearchDocument> = {}): SearchDocument {
  return {
    source: 'regions:kabupaten',
    key: title,
    kind: 'region',
    title,
    code: undefined,
    aliases: [],
    parents: [],
    parentIds: [],
    texts: [],
    centre: undefined,
    box: undefined,
    rank: 0,
    shownBy: 'kabupaten',
    ...more,
  };
}
