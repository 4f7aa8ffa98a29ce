import type { Alias } from '../places/aliases.ts';
import type { Corpus } from './documents/corpus.ts';
import type { Documents } from './documents/documents.ts';
import type { Patched } from './documents/patched.ts';
import { buildIndex, type SearchIndex } from './index/search-index.ts';
import { inSlices, type Turns } from './index/slices.ts';
import { MOST_RECENT, WholeIndex, type Recent } from './index/whole.ts';
import { parentsOf, withParents, type IsTold, type Parents } from './sources/parents.ts';
import { makeIndex } from './thread/index-thread.ts';

/** What an index is made of. */
export interface Material {
  /** Layers and choropleths. */
  readonly published: Documents;
  /** Rows by their sources. */
  readonly rows: ReadonlyMap<string, Patched>;
  readonly aliases: readonly Alias[];
  readonly isTold: IsTold;
  /** The same as long as all that decides about the index is, but for the rows. */
  readonly frame: string;
}

/** The large part of an index, and of what it was made. */
interface Made {
  readonly index: SearchIndex;
  readonly frame: string;
  readonly rows: ReadonlyMap<string, Documents>;
  readonly parents: Parents;
}

/** So many times as many documents there must be as have changed. */
const FEW = 8;

/** Makes indexes: of all documents, or, where few have changed, of these alone beside the index of before. */
export class Indexer {
  #made: Made | undefined;

  /** All of it, of rows of which none has changed since they were put together. */
  async anew({ published, rows, aliases, isTold, frame }: Material, turns: Turns): Promise<WholeIndex> {
    const bases = new Map([...rows].map(([source, { base }]) => [source, base]));
    const parts = [published, ...bases.values()];
    const parents = await inSlices(parentsOf(parts), turns);
    const corpus = await inSlices(withParents(parts, aliases, isTold, parents), turns);
    const index = await makeIndex(corpus, turns);
    this.#made = { index, frame, rows: bases, parents };
    return new WholeIndex(index);
  }

  /** What has changed beside what there was; undefined where all is to be made anew. */
  async beside({ rows, aliases, isTold, frame }: Material, turns: Turns): Promise<WholeIndex | undefined> {
    const made = this.#made;
    if (!made || made.frame !== frame || !isOver(rows, made) || isMuch(rows, made)) return undefined;
    if ([...rows.values()].every(({ since }) => since.size === 0)) return new WholeIndex(made.index);
    const parts = [...rows.values()].map((documents) => documents.recent());
    if (movesOthers(rows, parts, made.parents)) return undefined;
    const corpus = await inSlices(withParents(parts, aliases, isTold, made.parents), turns);
    const index = await inSlices(buildIndex(corpus), turns);
    return new WholeIndex(made.index, { index, ...replaced(made.index.documents, rows, parts) });
  }
}

/** Whether they are those that it was made of, but for what has changed since. */
const isOver = (rows: Material['rows'], made: Made): boolean =>
  rows.size === made.rows.size && [...rows].every(([source, { base }]) => made.rows.get(source) === base);

function isMuch(rows: Material['rows'], { index }: Made): boolean {
  let changed = 0;
  for (const { since } of rows.values()) changed += since.size;
  return changed > MOST_RECENT || changed * FEW > index.documents.length;
}

/** Whether other documents say something of what has changed, or these of what none has said before: the names of what they lie in. */
function movesOthers(rows: Material['rows'], parts: readonly Documents[], { named }: Parents): boolean {
  for (const [source, { since }] of rows)
    for (const key of since.keys()) if (named.has(`${source}:${key}`)) return true;
  return parts.some((documents) => {
    for (let i = 0; i < documents.length; i++) {
      const [above] = documents.lists.at(documents.listsOf(i)[2]);
      if (above !== undefined && !named.has(above)) return true;
    }
    return false;
  });
}

/** Which documents of the large index are not what they were, and where the changed ones stand among them. */
function replaced(
  documents: Corpus,
  rows: Material['rows'],
  parts: readonly Documents[],
): Omit<Recent, 'index'> {
  const gone = new Uint8Array(documents.length);
  let goneCount = 0;
  const places: number[] = [];
  for (const [i, { base, since }] of [...rows.values()].entries()) {
    // The first part is what is published.
    const start = documents.startOf(i + 1);
    for (const key of since.keys()) {
      const { at, isThere } = base.find(key);
      if (!isThere) continue;
      gone[start + at] = 1;
      goneCount++;
    }
    for (let own = 0; own < parts[i]!.length; own++) {
      const { at, isThere } = base.find(parts[i]!.keyOf(own));
      places.push(start + at - (isThere ? 0 : 0.5));
    }
  }
  return { gone, goneCount, places: Float64Array.from(places) };
}
