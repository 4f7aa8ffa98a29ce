import { Thread } from '../../tools/thread.ts';
import { inTurns } from '../../tools/turns.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { isKeptEncoded } from '../memory/table.ts';
import type { TileIndex, TileIndexOptions } from '../cutting/tile-index.ts';
import type { ColumnValues } from '../types.ts';
import { claim, renew } from './claims.ts';
import type { SnapshotFolder } from './folder.ts';
import { keptLayer, type KeptLayer } from './kept.ts';
import { packValues, type LayerHead } from './layer-file.ts';
import { headOf } from './pack.ts';
import type { MadeZoom, SnapshotJob, TakenLayer } from './snapshot-worker.ts';
import { isWhole, zoomsOf } from './zooms.ts';

/** What writing layers took of memory is the machine's again so long after the last one. */
const THREAD_REST_MS = 10_000;
/** What was made of zooms is written this often: no more is lost to a process that is killed, and others can take it from there. */
const PROGRESS_MS = 2_000;
/** How often a process looks for what another makes. */
const LOOK_MS = 250;

const thread = new Thread<SnapshotJob, MadeZoom | undefined>(new URL('./snapshot-worker', import.meta.url), {
  maxWaiting: 1_000,
  timeoutMs: 120_000,
  restMs: THREAD_REST_MS,
});
let layersSoFar = 0;

/** A layer as it is kept. */
export interface Keepable {
  readonly source: TableLayer;
  readonly index: TileIndex;
  readonly values: ReadonlyMap<string, ColumnValues>;
  readonly rows: number;
}

/** A layer whose file is to have all of it. */
export interface Order {
  readonly layer: Keepable;
  /** Of its file. */
  readonly name: string;
  /** What it is kept by. */
  readonly key: string;
  /** Called when the file has all but what is made of zooms, or will not have it. */
  readonly onRows: () => void;
  /** Called with the layer of the whole file. */
  readonly onWhole: (kept: KeptLayer) => void;
  /** Called when nothing more is done for it, with the milliseconds that were worked for it. */
  readonly onEnd: (ms: number) => void;
}

interface Job extends Order {
  hasRows: boolean;
  /** Another process completes the file. */
  isFollowing: boolean;
  /** Zooms that were taken from the file. */
  taken: number;
  tookMs: number;
}

/**
 * Writes layers, and completes their files with what takes long to make of their zooms: of all processes one does, zoom by zoom, what
 * somebody waits for first, and the others take it from the file. What one that ends was at, another goes on with.
 */
export class LayerWriter {
  readonly #folder: SnapshotFolder;
  readonly #options: { readonly maxBytes: number; readonly index: TileIndexOptions };
  /** By the name of the file. */
  readonly #jobs = new Map<string, Job>();
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(folder: SnapshotFolder, options: { maxBytes: number; index: TileIndexOptions }) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Takes the place of what was to be written to the same file. */
  write(order: Order): void {
    const before = this.#jobs.get(order.name);
    if (before) this.#end(before);
    this.#jobs.set(order.name, { ...order, hasRows: false, isFollowing: false, taken: 0, tookMs: 0 });
    this.#start();
  }

  /** Writes what is there so far, and no more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    for (const job of [...this.#jobs.values()]) this.#end(job);
  }

  #start(): void {
    if (!this.#working && this.#next()) this.#working = this.#work();
  }

  async #work(): Promise<void> {
    for (let job = this.#next(); job; job = this.#next()) {
      const began = performance.now();
      // A disk that is full costs the next start time, and nobody an answer.
      const isOver = await this.#advance(job).catch(() => true);
      job.tookMs += performance.now() - began;
      if (isOver) this.#end(job);
    }
    this.#working = undefined;
  }

  /** Rows first, as other processes wait for these, and then zooms that somebody waits for. */
  #next(): Job | undefined {
    const all = [...this.#jobs.values()].filter(({ isFollowing }) => !isFollowing);
    const withoutRows = all.find(({ hasRows }) => !hasRows);
    if (withoutRows || this.#stopped) return withoutRows;
    return all.find(({ layer }) => layer.index.isAwaited()) ?? all[0];
  }

  /** Whether another layer should have its turn, at the price of taking this one from its file again. */
  #isLessUrgent(job: Job): boolean {
    const next = this.#next();
    if (!next || next === job) return false;
    return !next.hasRows || (next.layer.index.isAwaited() && !job.layer.index.isAwaited());
  }

  #isWanted(job: Job): boolean {
    return this.#jobs.get(job.name) === job;
  }

  #end(job: Job): void {
    if (!this.#isWanted(job)) return;
    this.#jobs.delete(job.name);
    this.#rowsAreThere(job);
    job.layer.index.giveUp();
    job.onEnd(job.tookMs);
  }

  #rowsAreThere(job: Job): void {
    if (!job.hasRows) job.onRows();
    job.hasRows = true;
  }

  /** Does what can be done for a layer until it is whole, or another should come before; true where there is no more to be done. */
  async #advance(job: Job): Promise<boolean> {
    const there = await this.#headOf(job);
    if (there) this.#rowsAreThere(job);
    if (there && this.#stopped) return true;
    if (there && isWhole(job.layer.index.topology, there.zooms)) return this.#take(job, there);
    const release = claim(this.#folder.pathsOf(job.name).completing);
    let isMade = false;
    try {
      if (release || !there) isMade = await this.#inThread(job, there, release !== undefined);
    } finally {
      release?.();
    }
    if (!this.#isWanted(job)) return true;
    if (!release) this.#follow(job);
    else if (isMade) await this.#take(job, await this.#headOf(job));
    return isMade;
  }

  /** True where all of its zooms are made. */
  async #inThread(job: Job, there: LayerHead | undefined, completes: boolean): Promise<boolean> {
    const layer = ++layersSoFar;
    const { path } = this.#folder.pathsOf(job.name);
    await this.#folder.prepare();
    const letGo = thread.hold();
    try {
      // What was read from a file is read from there again: it is memory of all processes, which is copied for none of them.
      const take = there ? { file: path } : await this.#fresh(job);
      await thread.run({ layer, take, options: this.#options.index });
      if (!there) await this.#write(job, layer);
      this.#rowsAreThere(job);
      return completes && !this.#stopped && (await this.#complete(job, layer, there?.zooms ?? []));
    } finally {
      await thread.run({ layer, drop: true }).catch(() => {});
      letGo();
      await this.#folder.trim();
    }
  }

  /** Makes what is missing of zooms in the thread, which has the layer, and writes it; true where that is all. */
  async #complete(job: Job, layer: number, made: readonly number[]): Promise<boolean> {
    const { index } = job.layer;
    const zooms = zoomsOf(index.topology);
    index.expect(zooms);
    const missing = new Set(zooms.filter((zoom) => !made.includes(zoom)));
    let writtenAt = performance.now();
    let wasAwaited = false;
    for (;;) {
      const [first] = missing;
      const zoom = index.nextExpected() ?? first;
      const isOver = zoom === undefined || this.#stopped || this.#isLessUrgent(job);
      const isAwaited = index.isAwaited();
      // What somebody waited for here others may be waiting for, too.
      const isDue = (wasAwaited && !isAwaited) || performance.now() - writtenAt > PROGRESS_MS;
      if (isOver || isDue) {
        // Once its data changed, the file is that of a newer state.
        const there = await this.#headOf(job, false);
        if (!this.#isWanted(job) || (there && there.key !== job.key)) return true;
        await this.#write(job, layer);
        if (isOver) return zoom === undefined;
        writtenAt = performance.now();
        wasAwaited = false;
      }
      const one = await thread.run({ layer, zoom, isAwaited });
      wasAwaited ||= isAwaited;
      if (one) index.adopt(zoom, one.mended, one.band);
      missing.delete(zoom);
      renew(this.#folder.pathsOf(job.name).completing);
    }
  }

  async #write({ name }: Job, layer: number): Promise<void> {
    const { path, temporary } = this.#folder.pathsOf(name);
    await thread.run({ layer, write: { path, temporary, maxBytes: this.#options.maxBytes } });
  }

  async #fresh({ key, layer: { source, index, values, rows } }: Job): Promise<TakenLayer> {
    return {
      key,
      topology: index.topology,
      columns: [...values.keys()],
      values: await inTurns(packValues(values)),
      encode: isKeptEncoded({ rows, values }) ? { key: source.key } : undefined,
    };
  }

  /** Waits for what another process makes of zooms; where that is gone, or does something else first, it is made here. */
  #follow(job: Job): void {
    const { index } = job.layer;
    index.expect(zoomsOf(index.topology));
    job.isFollowing = true;
    setTimeout(() => void this.#look(job).catch(() => this.#end(job)), LOOK_MS).unref();
  }

  async #look(job: Job): Promise<void> {
    if (this.#stopped || !this.#isWanted(job)) return;
    const there = await this.#headOf(job);
    if (there && there.zooms.length > job.taken && (await this.#take(job, there))) return this.#end(job);
    const release = claim(this.#folder.pathsOf(job.name).completing);
    if (!release) return this.#follow(job);
    release();
    job.isFollowing = false;
    this.#start();
  }

  /** Takes what the file has of zooms, and the layer itself from it once it is whole, which is told. */
  async #take(job: Job, there: LayerHead | undefined): Promise<boolean> {
    const { index } = job.layer;
    if (!there || there.key !== job.key) return false;
    const isAll = isWhole(index.topology, there.zooms);
    job.taken = there.zooms.length;
    // A copy of its own is worth it for all of them.
    const bytes =
      isAll && job.isFollowing ? await this.#folder.read(job.name) : await this.#folder.map(job.name);
    const kept = bytes && (await keptLayer(bytes, this.#options.index));
    if (!kept || kept.keptAs !== job.key) return isAll;
    const { mended, bands, bandOf } = kept.zooms;
    for (const [zoom, one] of mended) index.adopt(zoom, one, bands.get(bandOf.get(zoom) ?? zoom));
    if (kept.isWhole && !this.#stopped && this.#isWanted(job)) job.onWhole(kept);
    return isAll;
  }

  /** What the file says of itself, where it is of the layer's state; of any where that is not asked. */
  async #headOf({ name, key }: Job, isOwn = true): Promise<LayerHead | undefined> {
    const bytes = await this.#folder.read(name);
    const head = bytes && headOf<LayerHead>(bytes)?.head;
    return isOwn && head?.key !== key ? undefined : head;
  }
}
