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
  /** Layers and choropleths: few, and the first among equally good hits. */
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
  async anew(material: Material, turns: Turns): Promise<WholeIndex> {
    const { rows, aliases, isTold, frame } = material;
    const bases = new Map([...rows].map(([source, { base }]) => [source, base]));
    const parts = [...bases.values()];
    const parents = await inSlices(parentsOf(parts), turns);
    const corpus = await inSlices(withParents(parts, aliases, isTold, parents), turns);
    const index = await makeIndex(corpus, turns);
    this.#made = { index, frame, rows: bases, parents };
    return over(this.#made, material, turns);
  }

  /** What has changed beside what there was; undefined where all is to be made anew. */
  async beside(material: Material, turns: Turns): Promise<WholeIndex | undefined> {
    const made = this.#made;
    const { rows, frame } = material;
    if (!made || made.frame !== frame || !isOver(rows, made) || isMuch(rows, made)) return undefined;
    return movesOthers(rows, made.parents) ? undefined : over(made, material, turns);
  }
}

async function over(made: Made, material: Material, turns: Turns): Promise<WholeIndex> {
  const { published, rows, aliases, isTold } = material;
  const parts = [published, ...[...rows.values()].map((documents) => documents.recent())];
  const corpus = await inSlices(withParents(parts, aliases, isTold, made.parents), turns);
  const index = await inSlices(buildIndex(corpus), turns);
  return new WholeIndex(made.index, { index, ...replaced(made.index.documents, material, parts) });
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
function movesOthers(rows: Material['rows'], { named }: Parents): boolean {
  for (const [source, { since }] of rows)
    for (const [key, document] of since) {
      const [above] = document?.parentIds ?? [];
      if (named.has(`${source}:${key}`) || (above !== undefined && !named.has(above))) return true;
    }
  return false;
}

/** Which documents of the large index are not what they were, and where those of the small one stand among them. */
function replaced(
  documents: Corpus,
  { published, rows }: Material,
  [, ...parts]: readonly Documents[],
): Omit<Recent, 'index'> {
  const gone = new Set<number>();
  const places = Array.from({ length: published.length }, (_, i) => i - published.length);
  for (const [i, { base, since }] of [...rows.values()].entries()) {
    const start = documents.startOf(i);
    for (const key of since.keys()) {
      const { at, isThere } = base.find(key);
      if (isThere) gone.add(start + at);
    }
    for (let own = 0; own < parts[i]!.length; own++) {
      const { at, isThere } = base.find(parts[i]!.keyOf(own));
      places.push(start + at - (isThere ? 0 : 0.5));
    }
  }
  return { gone: marked(gone, documents.length), goneCount: gone.size, places: Float64Array.from(places) };
}

function marked(numbers: ReadonlySet<number>, count: number): Uint8Array | undefined {
  if (numbers.size === 0) return undefined;
  const marks = new Uint8Array(count);
  for (const number of numbers) marks[number] = 1;
  return marks;
}
