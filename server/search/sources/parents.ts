import type { Alias } from '../../places/aliases.ts';
import { foldKey, readings } from '../../places/fold.ts';
import { documentId, type SearchDocument } from '../document.ts';
import type { Sliced } from '../index/slices.ts';

/** Whether whoever may know of a document may know what it lies in. */
export type IsTold = (parent: SearchDocument, document: SearchDocument) => boolean;

/** Fills in what each document lies in, up to the outermost, and the other names that regions are known by. */
export function* withParents(
  documents: readonly SearchDocument[],
  aliases: readonly Alias[],
  isTold: IsTold = () => true,
): Sliced<SearchDocument[]> {
  const byId = new Map<string, SearchDocument>();
  for (const document of documents) {
    byId.set(documentId(document), document);
    yield;
  }
  const names = new Map<string, Set<Alias>>();
  for (const alias of aliases)
    for (const name of [alias.of, ...alias.names]) {
      const key = foldKey(name);
      names.set(key, (names.get(key) ?? new Set()).add(alias));
    }
  const complete: SearchDocument[] = [];
  for (const document of documents) {
    const more = aliasesOf(document, names);
    if (document.parentIds.length === 0 && more.length === 0) complete.push(document);
    else
      complete.push({
        ...document,
        ...ancestors(document, byId, isTold),
        aliases: [...document.aliases, ...more],
      });
    yield;
  }
  return complete;
}

function ancestors(document: SearchDocument, byId: ReadonlyMap<string, SearchDocument>, isTold: IsTold) {
  const parents = [...document.parents];
  const parentIds: string[] = [];
  for (let id = document.parentIds[0]; id !== undefined && !parentIds.includes(id);) {
    parentIds.push(id);
    const parent = byId.get(id);
    if (!parent) break;
    if (!isTold(parent, document)) {
      parentIds.pop();
      break;
    }
    parents.push(parent.title);
    id = parent.parentIds[0];
  }
  return { parents, parentIds };
}

/** Of regions alone: a school may be called Jakarta, and is not the province. The title itself may be one of the others. */
function aliasesOf(
  { kind, title }: SearchDocument,
  names: ReadonlyMap<string, ReadonlySet<Alias>>,
): string[] {
  if (kind !== 'region') return [];
  const own = foldKey(title);
  const others = readings(title).flatMap((reading) =>
    [...(names.get(reading.key) ?? [])]
      .filter((alias) => !alias.kind || !reading.kind || alias.kind === reading.kind)
      .flatMap((alias) => [alias.of, ...alias.names]),
  );
  return [...new Set(others)].filter((name) => foldKey(name) !== own);
}
