import type { Alias } from '../../places/aliases.ts';
import { foldKey, readings } from '../../places/fold.ts';
import { Corpus } from '../documents/corpus.ts';
import type { Documents, Origin } from '../documents/documents.ts';
import { Growing } from '../documents/growing.ts';
import { Lists } from '../documents/lists.ts';
import type { Sliced } from '../index/slices.ts';

/** Whether whoever may know of a document may know what it lies in; both by their origins. */
export type IsTold = (parent: Origin, document: Origin) => boolean;

/** What documents lie in. */
export interface Parents {
  /** Ids that documents name, whether or not there is such a one. */
  readonly named: ReadonlySet<string>;
  /** Those that there are. */
  readonly byId: ReadonlyMap<string, Parent>;
}

/** Something that others lie in. */
interface Parent {
  readonly origin: Origin;
  readonly title: string;
  readonly above: string | undefined;
}
type Names = ReadonlyMap<string, ReadonlySet<Alias>>;

/**
 * Fills in what each document lies in, up to the outermost, and the other names that regions are known by.
 * @param known where what they lie in is not among them
 */
export function* withParents(
  parts: readonly Documents[],
  aliases: readonly Alias[],
  isTold: IsTold = () => true,
  known?: Parents,
): Sliced<Corpus> {
  const { byId } = known ?? (yield* parentsOf(parts));
  const names = namesOf(aliases);
  const lists = new Lists();
  const [ownNames, parentTitles, parentIds] = [
    new Growing(Uint32Array),
    new Growing(Uint32Array),
    new Growing(Uint32Array),
  ];
  for (const documents of parts) {
    const above = memo((origin: number, parents: number, ids: number) => {
      const document = documents.origins[origin]!;
      const own = ancestors(document, documents.lists.at(ids)[0], byId, isTold);
      return [lists.add([...documents.lists.at(parents), ...own.titles]), lists.add(own.ids)] as const;
    });
    for (let i = 0; i < documents.length; i++) {
      const [own, parents, ids] = documents.listsOf(i);
      const known = documents.lists.at(own);
      const more = documents.kindOf(i) === 'region' ? aliasesOf(documents.titleOf(i), names) : [];
      ownNames.push(lists.add(more.length === 0 ? known : [...known, ...more]));
      const lifted = above(documents.originOf(i), parents, ids);
      parentTitles.push(lifted[0]);
      parentIds.push(lifted[1]);
      yield;
    }
  }
  return new Corpus(parts, {
    lists,
    aliases: ownNames.done(),
    parents: parentTitles.done(),
    parentIds: parentIds.done(),
  });
}

/** What is named as a parent, by its id. */
export function* parentsOf(parts: readonly Documents[]): Sliced<Parents> {
  const named = new Set<string>();
  const sets = new Set<string>();
  for (const documents of parts) {
    const seen = new Uint8Array(documents.lists.length);
    for (let i = 0; i < documents.length; i++) {
      const list = documents.listsOf(i)[2];
      if (seen[list] === 0)
        for (const id of documents.lists.at(list)) {
          named.add(id);
          sets.add(setOf(id));
        }
      seen[list] = 1;
      if ((i & 63) === 0) yield;
    }
  }
  const byId = new Map<string, Parent>();
  const isNamed = ({ kind, source }: Origin): boolean => kind === 'region' && sets.has(source);
  for (const documents of parts) {
    if (!documents.origins.some(isNamed)) continue;
    for (let i = 0; i < documents.length; i++) {
      const origin = documents.origins[documents.originOf(i)]!;
      const id = `${origin.source}:${documents.keyOf(i)}`;
      if (named.has(id)) {
        const [above] = documents.lists.at(documents.listsOf(i)[2]);
        byId.set(id, { origin, title: documents.titleOf(i), above });
      }
      yield;
    }
  }
  return { named, byId };
}

/** `regions:districts` of `regions:districts:3271`. */
const setOf = (id: string): string => id.slice(0, id.indexOf(':', id.indexOf(':') + 1));

function ancestors(
  document: Origin,
  first: string | undefined,
  byId: ReadonlyMap<string, Parent>,
  isTold: IsTold,
): { titles: string[]; ids: string[] } {
  const titles: string[] = [];
  const ids: string[] = [];
  for (let id = first; id !== undefined && !ids.includes(id);) {
    const parent = byId.get(id);
    if (parent && !isTold(parent.origin, document)) break;
    ids.push(id);
    if (!parent) break;
    titles.push(parent.title);
    id = parent.above;
  }
  return { titles, ids };
}

const namesKnown = new WeakMap<readonly Alias[], Names>();

function namesOf(aliases: readonly Alias[]): Names {
  const known = namesKnown.get(aliases);
  if (known) return known;
  const names = new Map<string, Set<Alias>>();
  for (const alias of aliases)
    for (const name of [alias.of, ...alias.names]) {
      const key = foldKey(name);
      names.set(key, (names.get(key) ?? new Set()).add(alias));
    }
  namesKnown.set(aliases, names);
  return names;
}

/** Of regions alone: a school may be called Jakarta, and is not the province. The title itself may be one of the others. */
function aliasesOf(title: string, names: Names): string[] {
  const own = foldKey(title);
  const others = readings(title).flatMap((reading) =>
    [...(names.get(reading.key) ?? [])]
      .filter((alias) => !alias.kind || !reading.kind || alias.kind === reading.kind)
      .flatMap((alias) => [alias.of, ...alias.names]),
  );
  return [...new Set(others)].filter((name) => foldKey(name) !== own);
}

type Lifted = readonly [titles: number, ids: number];

/** Many documents of one source lie in the same. */
function memo(work: (origin: number, parents: number, ids: number) => Lifted) {
  const known = new Map<string, Lifted>();
  return (origin: number, parents: number, ids: number): Lifted => {
    const key = `${origin} ${parents} ${ids}`;
    let lifted = known.get(key);
    if (!lifted) known.set(key, (lifted = work(origin, parents, ids)));
    return lifted;
  };
}
