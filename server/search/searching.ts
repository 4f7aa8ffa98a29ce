import { readFileSync } from 'node:fs';
import { relationName } from '../catalog/types.ts';
import { contentTag } from '../http/respond.ts';
import { projectPath } from '../tools/paths.ts';
import type { PlaceNames } from '../places/aliases.ts';
import { isVersioned } from '../generations/tokens.ts';
import type { SearchNeeds } from './needs.ts';
import type { SearchDocument } from './document.ts';
import { buildIndex, type SearchIndex } from './index.ts';
import { readPublished, readRows, withParents } from './read.ts';
import { inSlices } from './slices.ts';
import { sourcesOf, type RowSource } from './sources.ts';
import { forget, keep, keptVersions, readKept } from './store.ts';

/** Changes that come together are taken in together. */
const GATHER_MS = 200;

/** Documents in memory and of which version; another number with every change. */
export interface Built {
  readonly index: SearchIndex;
  readonly number: number;
}

interface Held {
  readonly version: string;
  readonly documents: readonly SearchDocument[];
}

/**
 * Keeps the index up with the generations of what it is made of. It is built when somebody first asks, or at
 * the start where somebody did before; from then on again after every change, while the one before answers.
 */
export class Searching {
  readonly #needs: SearchNeeds;
  readonly #held = new Map<string, Held>();
  #built: Built | undefined;
  #building: Promise<Built> | undefined;
  #isStale = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #stopped = new AbortController();

  constructor(needs: SearchNeeds) {
    this.#needs = needs;
  }

  get built(): Built | undefined {
    return this.#built;
  }

  /** The index as it is; built first where there is none. */
  async index(): Promise<Built> {
    return this.#built ?? this.#build();
  }

  /** Something may have changed that the index is made of: it is looked at soon, where there is an index. */
  changed(): void {
    this.#isStale = true;
    if (!this.#built || this.#timer || this.#stopped.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#build().catch(() => {});
    }, GATHER_MS);
    this.#timer.unref();
  }

  /** Reads every source anew. */
  async rebuild(): Promise<Built> {
    await this.#building?.catch(() => {});
    this.#held.clear();
    return this.#build({ anew: true });
  }

  /** Builds it where it was asked for before this process began. */
  async startIfKept(): Promise<void> {
    if (this.#needs.generations.tracking && (await keptVersions(this.#needs.db)).size > 0) await this.index();
  }

  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#timer);
  }

  #build(options: { anew?: boolean } = {}): Promise<Built> {
    this.#building ??= this.#make(options)
      .catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#needs.observe({ type: 'search.failed', error });
        throw error;
      })
      .finally(() => {
        this.#building = undefined;
        if (this.#isStale) this.changed();
      });
    return this.#building;
  }

  async #make({ anew = false }: { anew?: boolean }): Promise<Built> {
    const started = performance.now();
    this.#isStale = false;
    const { db, generations, config, observe, startup } = this.#needs;
    const kept = generations.tracking && !anew ? await keptVersions(db) : new Map<string, string>();
    const sources = sourcesOf(this.#needs).filter((source): source is RowSource => source.from === 'rows');
    const news: RowSource[] = [];
    for (const source of sources) {
      const version = this.#versionOf(source); // before the data
      if (this.#held.get(source.id)?.version === version && isKnown(version)) continue;
      const isKept = isKnown(version) && kept.get(source.id) === version;
      if (!isKept) news.push(source);
      const documents = isKept
        ? await readKept(db, source.id)
        : await readRows(db, source, config.search.maxDocuments);
      this.#held.set(source.id, { version, documents });
      this.#stopped.signal.throwIfAborted();
    }
    const ids = new Set(sources.map(({ id }) => id));
    for (const id of this.#held.keys()) if (!ids.has(id)) this.#held.delete(id);
    const rows = [...this.#held.values()].flatMap(({ documents }) => documents);
    const documents = withParents([...readPublished(this.#needs), ...rows], placeNames().aliases);
    const fingerprint =
      news.length > 0 || !this.#built || documents.length !== this.#built.index.documents.length;
    if (!fingerprint && this.#built && sameTitles(documents, this.#built.index.documents)) return this.#built;
    const index = await inSlices(buildIndex(documents), this.#stopped.signal);
    this.#built = { index, number: (this.#built?.number ?? 0) + 1 };
    observe({
      type: 'search.built',
      documents: documents.length,
      read: news.length,
      ms: Math.round(performance.now() - started),
    });
    if (generations.tracking && startup.unwritable === undefined) {
      await this.#keep(news);
      const gone = [...kept.keys()].filter((id) => !ids.has(id));
      if (gone.length > 0) await forget(db, gone).catch(() => {});
    }
    return this.#built;
  }

  /** What cannot be kept is found all the same, and read again by the next process. */
  async #keep(sources: readonly RowSource[]): Promise<void> {
    for (const { id } of sources) {
      const held = this.#held.get(id);
      if (!held || !isKnown(held.version)) continue;
      try {
        await keep(this.#needs.db, { source: id, ...held });
      } catch (error) {
        if (!this.#stopped.signal.aborted)
          this.#needs.observe({ type: 'search.not_kept', source: id, error });
      }
    }
  }

  #versionOf({ layer, ...source }: RowSource): string {
    const token = this.#needs.generations.of(relationName(layer));
    return `${token} ${contentTag(JSON.stringify([source, layer.id, layer.geometry.column, layer.key]))}`;
  }
}

const isKnown = (version: string): boolean => isVersioned(version.split(' ')[0] ?? '');

function sameTitles(a: readonly SearchDocument[], b: readonly SearchDocument[]): boolean {
  return a.every((one, i) => one.title === b[i]?.title && one.text === b[i]?.text && one.key === b[i]?.key);
}

let names: PlaceNames | undefined;

/** Other names of regions that are known everywhere. */
function placeNames(): PlaceNames {
  names ??= JSON.parse(readFileSync(projectPath('data', 'id', 'place-names.json'), 'utf8')) as PlaceNames;
  return names;
}
