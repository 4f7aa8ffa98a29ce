import type { Alias } from '../places/aliases.ts';
import { foldKey, readings } from '../places/fold.ts';
import { documentId, type SearchDocument } from './document.ts';
import type { Sliced } from './slices.ts';

/** Fills in what each document lies in, up to the outermost, and the other names that regions are known by. */
export function* withParents(
  documents: readonly SearchDocument[],
  aliases: readonly Alias[],
): Sliced<SearchDocument[]> {
  const byId = new Map<string, SearchDocument>();
  for (const document of documents) {
    byId.set(documentId(document), document);
    yield;
  }
  const names = new Map<string, Alias[]>();
  for (const alias of aliases) {
    const key = foldKey(alias.of);
    names.set(key, [...(names.get(key) ?? []), alias]);
  }
  const complete: SearchDocument[] = [];
  for (const document of documents) {
    const more = aliasesOf(document, names);
    if (document.parentIds.length === 0 && more.length === 0) complete.push(document);
    else
      complete.push({ ...document, ...ancestors(document, byId), aliases: [...document.aliases, ...more] });
    yield;
  }
  return complete;
}

function ancestors(document: SearchDocument, byId: ReadonlyMap<string, SearchDocument>) {
  const parents = [...document.parents];
  const parentIds: string[] = [];
  for (let id = document.parentIds[0]; id !== undefined && !parentIds.includes(id);) {
    parentIds.push(id);
    const parent = byId.get(id);
    if (!parent) break;
    parents.push(parent.title);
    id = parent.parentIds[0];
  }
  return { parents, parentIds };
}

/** Of regions alone: a school may be called Jakarta, and is not the province. */
function aliasesOf({ kind, title }: SearchDocument, names: ReadonlyMap<string, readonly Alias[]>): string[] {
  if (kind !== 'region') return [];
  return readings(title).flatMap((reading) =>
    (names.get(reading.key) ?? [])
      .filter((alias) => !alias.kind || !reading.kind || alias.kind === reading.kind)
      .flatMap((alias) => alias.names),
  );
}
