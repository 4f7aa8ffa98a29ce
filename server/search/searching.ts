import { readFileSync } from 'node:fs';
import { relationName } from '../catalog/types.ts';
import { contentTag } from '../http/answers/respond.ts';
import { projectPath } from '../tools/paths.ts';
import type { PlaceNames } from '../places/aliases.ts';
import { isVersioned } from '../generations/tokens.ts';
import type { IndexNeeds } from './needs.ts';
import type { Origin } from './documents/documents.ts';
import { Patched, type Changes } from './documents/patched.ts';
import { inSlices, type Turns } from './index/slices.ts';
import type { WholeIndex } from './index/whole.ts';
import { Indexer, type Material } from './indexer.ts';
import type { IsTold } from './sources/parents.ts';
import { formsOf, Outdated, type Read } from './sources/form.ts';
import { readPublished } from './sources/published.ts';
import { readRows } from './sources/read.ts';
import { rulesOf, sourcesOf, type RowSource } from './sources/sources.ts';
import { forget, keep, keptVersions, readKept, type Held } from './store/store.ts';

/** Changes that come together are taken in together. */
const GATHER_MS = 200;
/** Of a table that always changes, half the time at most is spent on it: after each change that was taken in there is a rest of this share. */
const REST = 1;
/** Readings that wait to be written, at most. */
const MOST_UNWRITTEN = 20;

/** Documents in memory and of which version; another number with every change. */
export interface Built extends Read {
  readonly index: WholeIndex;
  readonly number: number;
}

/** A source that was read, and what was held of it before. */
interface News {
  readonly source: string;
  readonly before: Held | undefined;
  readonly now: Held;
  readonly changes: Changes | undefined;
}

/**
 * Keeps the index up with the generations of what it is made of. It is built when somebody first asks, or at
 * the start where somebody did before; from then on again after every change, while the one before answers.
 */
export class Searching {
  readonly #needs: IndexNeeds;
  readonly #held = new Map<string, Held>();
  readonly #outdated: Outdated;
  readonly #indexer = new Indexer();
  #built: Built | undefined;
  #building: Promise<Built> | undefined;
  /** What was built of: layers and choropleths, who may see what, the versions of the rows. */
  #frame = '';
  /** One after the other, and never fails. Whoever searches does not wait for it. */
  #keeping: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #isStale = false;
  /** When changes may be taken in again. */
  #restedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #stopped = new AbortController();

  constructor(needs: IndexNeeds) {
    this.#needs = needs;
    this.#outdated = new Outdated(needs);
  }

  get built(): Built | undefined {
    return this.#built;
  }

  /** The index as it is; built first where there is none. */
  async index(): Promise<Built> {
    return this.#built ?? this.#build();
  }

  /** Sources of an index whose columns are other ones by now, or for other people, layers and choropleths: nothing of them is shown. */
  outdated(built: Built): ReadonlySet<string> {
    return this.#outdated.of(built);
  }

  /** Something may have changed that the index is made of: it is looked at soon, where there is an index. */
  changed(): void {
    this.#isStale = true;
    if (!this.#built || this.#timer || this.#stopped.signal.aborted) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#build().catch(() => {});
      },
      Math.max(GATHER_MS, this.#restedAt - performance.now()),
    );
    this.#timer.unref();
  }

  /** Reads every source anew, and keeps what differs. */
  async rebuild(): Promise<Built> {
    await this.#building?.catch(() => {});
    const built = await this.#build({ anew: true });
    await this.#keeping;
    return built;
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
    // A million documents take minutes to be written: what changes meanwhile is found all the same, and written behind them.
    if (anew || this.#unwritten >= MOST_UNWRITTEN) await this.#keeping;
    const started = performance.now();
    this.#isStale = false;
    const { db, generations, observe, startup } = this.#needs;
    const kept = generations.tracking ? await keptVersions(db) : new Map<string, string>();
    const sources = sourcesOf(this.#needs);
    // Nobody waits for another index where there is one.
    const turns = { isAwaited: this.#built === undefined || anew, signal: this.#stopped.signal };
    const news: News[] = [];
    for (const source of sources) {
      const changed = await this.#read(source, { kept: kept.get(source.id), anew, turns });
      if (changed) news.push(changed);
    }
    const ids = new Set(sources.map(({ id }) => id));
    for (const id of this.#held.keys()) if (!ids.has(id)) this.#held.delete(id);
    const material = this.#material();
    const frame = contentTag(JSON.stringify([material.frame, [...material.published], this.#versions()]));
    if (news.length === 0 && this.#built && this.#frame === frame) return this.#built;
    const index = (await this.#indexer.beside(material, turns)) ?? (await this.#anew(material, turns));
    this.#frame = frame;
    this.#built = {
      index,
      number: (this.#built?.number ?? 0) + 1,
      forms: formsOf(sources),
      published: material.published,
    };
    const ms = Math.round(performance.now() - started);
    this.#restedAt = performance.now() + REST * ms;
    observe({ type: 'search.built', documents: index.size, read: news.length, ms });
    if (generations.tracking && startup.unwritable === undefined) {
      const gone = [...kept.keys()].filter((id) => !ids.has(id));
      this.#unwritten++;
      this.#keeping = this.#keeping
        .then(() => this.#keep(news, gone))
        .finally(() => {
          this.#unwritten--;
        });
    }
    return this.#built;
  }

  /** Takes in a source whose version is another one; undefined where nothing is to be kept of it. */
  async #read(
    source: RowSource,
    { kept, anew, turns }: { kept: string | undefined; anew: boolean; turns: Turns },
  ): Promise<News | undefined> {
    const { db, config } = this.#needs;
    const before = this.#held.get(source.id);
    const version = this.#versionOf(source); // before the data
    if (!anew && before?.version === version && isKnown(version)) return undefined;
    const isSameForm = !anew && before !== undefined && formIn(before.version) === formIn(version);
    // Another process was faster, and what has changed is fewer rows than what it kept.
    const isSoonRead = isSameForm && before.mark !== undefined;
    if (isKnown(version) && kept === version && !isSoonRead) {
      const documents = await readKept(db, source.id, { rules: rulesOf(source), turns });
      this.#held.set(source.id, { version, documents });
      return undefined;
    }
    const { changes, ...read } = await readRows(db, source, {
      most: config.search.maxDocuments,
      turns,
      before: isSameForm ? before : undefined,
    });
    const now = { version, ...read };
    this.#held.set(source.id, now);
    return { source: source.id, before, now, changes };
  }

  #material(): Material {
    const published = readPublished(this.#needs);
    const access = new Map(this.#needs.catalog.all().map((layer) => [layer.id, layer.access]));
    const of = ({ shownBy }: Origin) => access.get(shownBy);
    // Names of what not everybody may see stand with what has the same access alone.
    const isTold: IsTold = (parent, document) => of(parent) === undefined || of(parent) === of(document);
    return {
      published,
      rows: new Map([...this.#held].map(([id, { documents }]) => [id, documents])),
      aliases: placeNames().aliases,
      isTold,
      // One that is added, and is everybody's, says nothing of the others.
      frame: contentTag(JSON.stringify([...access].filter(([, whose]) => whose !== undefined))),
    };
  }

  async #anew(material: Material, turns: Turns): Promise<WholeIndex> {
    const rows = new Map<string, Patched>();
    for (const [id, held] of this.#held) {
      const { documents } = held;
      const whole = new Patched(await inSlices(documents.whole(), turns), documents.rules);
      this.#held.set(id, { ...held, documents: whole });
      rows.set(id, whole);
    }
    return this.#indexer.anew({ ...material, rows }, turns);
  }

  #versions(): [source: string, version: string][] {
    return [...this.#held].map(([id, { version }]) => [id, version]);
  }

  /** What cannot be kept is found all the same, and read again by the next process. */
  async #keep(news: readonly News[], gone: readonly string[]): Promise<void> {
    for (const { source, before, now, changes } of news) {
      if (!isKnown(now.version)) continue;
      try {
        await keep(this.#needs.db, source, { before, now, changes, signal: this.#stopped.signal });
      } catch (error) {
        if (!this.#stopped.signal.aborted) this.#needs.observe({ type: 'search.not_kept', source, error });
      }
    }
    if (gone.length > 0) await forget(this.#needs.db, gone).catch(() => {});
  }

  #versionOf({ layer, ...source }: RowSource): string {
    const token = this.#needs.generations.of(relationName(layer));
    return `${token} ${contentTag(JSON.stringify([source, layer.id, layer.geometry.column, layer.key]))}`;
  }
}

/** The columns that it was read of, and how. */
const formIn = (version: string): string => version.slice(version.lastIndexOf(' ') + 1);

const isKnown = (version: string): boolean => isVersioned(version.split(' ')[0] ?? '');

let names: PlaceNames | undefined;

/** Other names of regions that are known everywhere. */
function placeNames(): PlaceNames {
  names ??= JSON.parse(readFileSync(projectPath('data', 'id', 'place-names.json'), 'utf8')) as PlaceNames;
  return names;
}
