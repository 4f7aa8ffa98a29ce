import { setMaxListeners } from 'node:events';
import { LRUCache } from 'lru-cache';
import type { RowFaults } from '../../catalog/faults.ts';
import { relationName, type TableLayer } from '../../catalog/types.ts';
import { AppError } from '../../errors.ts';
import type { Database } from '../../db/types.ts';
import type { Observe } from '../../observe/events.ts';
import type { Generations } from '../../generations/generations.ts';
import { LATE, within } from '../../tools/within.ts';
import { Patience } from './patience.ts';
import {
  contentOf,
  memoryIndexOptions,
  type Held,
  type LayerLoaded,
  type MemoryEvent,
  type MemoryLayer,
  type MemoryOptions,
  type Soon,
  type Taken,
  type Use,
} from './memory-layer.ts';
import { readLayer } from './read-layer.ts';
import type { Reading } from './reading.ts';
import { sizeQuery, type LayerSize } from './load-query.ts';

/** Rows and vertices above which a table of a real PostGIS is better asked for each tile. */
const SMALL = { rows: 100_000, vertices: 1_000_000 };
/** A view whose size takes longer to count than this is not small. */
const COUNT_TIMEOUT_MS = 3_000;
/** How long the end of a server waits for what is being read. */
const STOP_MS = 1_000;

/** The layers in memory, loaded when first asked for and again when their generation changes. */
export class MemoryLayers {
  readonly #db: Database;
  readonly #options: MemoryOptions;
  readonly #observe: Observe<MemoryEvent>;
  readonly #generations: Generations;
  readonly #faults: RowFaults;
  readonly #reading: Reading;
  readonly #patience: Patience;
  readonly #loaded: LRUCache<string, Held>;
  readonly #loading = new WeakMap<TableLayer, { token: string; layer: Promise<MemoryLayer> }>();
  readonly #sizes = new WeakMap<TableLayer, { token: string; fits: Promise<boolean>; known?: boolean }>();
  /** What was counted last. */
  readonly #counted = new WeakMap<TableLayer, LayerSize>();
  /** What was decided last, by layer id. */
  readonly #decided = new Map<string, boolean>();
  readonly #handlers: (() => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  readonly #ended = new AbortController();

  constructor(
    db: Database,
    options: MemoryOptions,
    observe: Observe<MemoryEvent>,
    generations: Generations,
    faults: RowFaults,
  ) {
    this.#db = db;
    this.#options = options;
    this.#observe = observe;
    this.#generations = generations;
    this.#faults = faults;
    const index = memoryIndexOptions(options);
    // Each layer that is being read listens.
    setMaxListeners(0, this.#ended.signal);
    this.#reading = {
      db,
      generations,
      snapshots: options.snapshots,
      index,
      observe,
      signal: this.#ended.signal,
    };
    this.#patience = new Patience(db.hasMvt ? options.patienceMs : undefined);
    this.#loaded = new LRUCache({
      maxSize: Math.max(1, options.maxVertices),
      sizeCalculation: ({ index }) => Math.max(1, index.vertexCount),
    });
    options.snapshots?.onKept((source, kept) => {
      const loaded = this.#loaded.peek(source.id);
      if (loaded?.source === source && loaded.keptAs === kept.keptAs)
        Object.assign(loaded, contentOf(source, kept));
    });
  }

  /**
   * Whether the layer should be served from memory: on real PostGIS only small ones, on the embedded
   * database, which has no `ST_AsMVT`, whatever fits the budget. Counted once per generation.
   */
  async fits(layer: TableLayer, token: string): Promise<boolean> {
    const limit = this.#limit();
    // The estimate spares a large table the counting.
    if (layer.estimatedRows > limit.rows) return false;
    const known = this.#sizes.get(layer);
    if (known?.token === token) return known.fits;
    const fits = this.#fits(layer, limit).catch((error: unknown) => {
      this.#sizes.delete(layer);
      // Of a layer that is in memory already an older state can be had while the database is away.
      if (isAway(error)) {
        if (this.#loaded.peek(layer.id)?.source === layer) return true;
        throw error;
      }
      if (this.#db.hasMvt) return false;
      throw error;
    });
    const size: { token: string; fits: Promise<boolean>; known?: boolean } = { token, fits };
    this.#sizes.set(layer, size);
    return fits.then((known) => {
      const expected = this.engineOf(layer, token);
      size.known = known;
      this.#decided.set(layer.id, known);
      if (this.engineOf(layer, token) !== expected) for (const handler of this.#handlers) handler();
      return known;
    });
  }

  /**
   * The engine that makes the layer's tiles as of `token`: as decided, before that as is likely. Engines give tiles that
   * look the same, but not the same bytes, so it is part of their version.
   */
  engineOf(layer: TableLayer, token: string): 'memory' | 'postgis' {
    if (!this.#db.hasMvt) return 'memory';
    const size = this.#sizes.get(layer);
    const known = size?.token === token ? size.known : undefined;
    const isSmall = layer.estimatedRows <= this.#limit().rows;
    return (known ?? (isSmall && (this.#decided.get(layer.id) ?? this.#options.maxVertices > 0)))
      ? 'memory'
      : 'postgis';
  }

  /** Called when an engine turned out to be another than was likely. */
  onChange(handler: () => void): void {
    this.#handlers.push(handler);
  }

  /**
   * The layer as of `token` or newer, or older while the database is away, which is better than none:
   * its own `token` tells. Concurrent callers share one load.
   */
  async get(layer: TableLayer, token: string): Promise<MemoryLayer> {
    const loaded = this.#loaded.get(layer.id);
    if (loaded?.source === layer && loaded.token === token) {
      loaded.uses.count++;
      return loaded;
    }
    try {
      return await this.#loadOnce(layer, token);
    } catch (error) {
      const old = this.#loaded.get(layer.id);
      if (old?.source === layer && isAway(error)) return old;
      throw error;
    }
  }

  /**
   * The layer, where it should be served from memory and is there within the patience of the options; else what is still being
   * loaded, `undefined` where that turns out to be too large. Undefined where it is known to be for PostGIS. Of an
   * embedded database, which can do nothing meanwhile, it is waited for.
   */
  async soon(layer: TableLayer, token: string): Promise<Soon | undefined> {
    const held = this.loaded(layer, token);
    if (held) return { layer: held };
    const known = this.#sizes.get(layer);
    if (known?.token === token && known.known === false) return undefined;
    if (layer.estimatedRows > this.#limit().rows) return undefined;
    const loading = this.fits(layer, token).then((fits) => (fits ? this.get(layer, token) : undefined));
    const loaded = await within(loading, this.#patience.left(layer, token));
    if (loaded === LATE) return { loading };
    return loaded && { layer: loaded };
  }

  /**
   * Whether what tiles of a zoom have in common is there within the patience of the options: where PostGIS cannot make them
   * meanwhile, as soon as it is.
   */
  async isPrepared({ index }: MemoryLayer, zoom: number): Promise<boolean> {
    const preparing = index.prepare(zoom);
    if (!preparing) return true;
    return (await within(preparing, this.#patience.left(index, zoom))) !== LATE;
  }

  /** The layer as of `token`, where it is loaded and known to be served from memory. */
  loaded(layer: TableLayer, token: string): MemoryLayer | undefined {
    const size = this.#sizes.get(layer);
    if (size?.known !== true || size.token !== token) return undefined;
    const loaded = this.#loaded.get(layer.id);
    if (loaded?.source !== layer || loaded.token !== token) return undefined;
    loaded.uses.count++;
    return loaded;
  }

  /** The layers that are loaded, the one that was used last first. */
  uses(): Use[] {
    return [...this.#loaded.values()].map(({ source, uses, index }) => ({
      layer: source,
      count: uses.count,
      vertices: index.vertexCount,
    }));
  }

  /** Vertices (and rows) of the layers that are loaded. */
  get vertices(): number {
    return this.#loaded.calculatedSize;
  }

  /** Forgets everything: the schema changed. */
  clear(): void {
    this.#loaded.clear();
  }

  /** Ends what is being read from PostgreSQL over connections of its own. */
  async stop(): Promise<void> {
    this.#ended.abort(new AppError('shutting_down'));
    await within(Promise.allSettled(this.#running), STOP_MS);
  }

  #loadOnce(layer: TableLayer, token: string): Promise<MemoryLayer> {
    const running = this.#loading.get(layer);
    if (running?.token === token) return running.layer;
    const loading = {
      token,
      layer: this.#load(layer, token).finally(() => {
        this.#running.delete(loading.layer);
        if (this.#loading.get(layer) === loading) this.#loading.delete(layer);
      }),
    };
    this.#running.add(loading.layer);
    this.#loading.set(layer, loading);
    return loading.layer;
  }

  #limit(): LayerSize {
    if (!this.#db.hasMvt) return { rows: this.#options.maxVertices, vertices: this.#options.maxVertices };
    return { rows: SMALL.rows, vertices: Math.min(SMALL.vertices, this.#options.maxVertices) };
  }

  /** One that was kept when it fitted, and has not changed since, fits. */
  async #fits(layer: TableLayer, limit: LayerSize): Promise<boolean> {
    const started = performance.now();
    const kept = await this.#options.snapshots?.restore(layer);
    if (!kept) return this.#count(layer, limit);
    this.#take({ ...kept, source: layer }, 'disk', started);
    return true;
  }

  async #count(layer: TableLayer, limit: LayerSize): Promise<boolean> {
    const [size] = await this.#db.run<LayerSize>(sizeQuery(layer, limit.rows), {
      readOnly: true,
      ...(this.#db.hasMvt ? { timeoutMs: COUNT_TIMEOUT_MS } : {}),
    });
    if (size) this.#counted.set(layer, size);
    return size !== undefined && size.rows <= limit.rows && size.vertices <= limit.vertices;
  }

  async #load(layer: TableLayer, wanted: string): Promise<MemoryLayer> {
    const started = performance.now();
    const relation = relationName(layer);
    const guarded = await this.#faults.examine(layer, wanted);
    const { restored, release } = (await this.#options.snapshots?.turn(layer)) ?? {};
    if (restored) return this.#take({ source: layer, ...restored }, 'disk', started);
    const read = await readLayer(this.#reading, {
      layer: guarded,
      size: this.#counted.get(layer),
      // Rows that are left out are told of by who examines them.
      mayBeKept: () => guarded === layer && this.#faults.of(layer)?.count === 0,
    }).catch((error: unknown) => {
      release?.();
      throw error;
    });
    const { index, stamp, values, rows, proof: keptAs, inFile } = read;
    // Without a stamp the token that was read before the data is at worst older than that.
    const exact = stamp ? this.#generations.settle(stamp).of(relation) : '0';
    const token = exact === '0' ? wanted : exact;
    const loaded = this.#take({ source: layer, ...read, token, keptAs }, 'database', started);
    if (keptAs !== undefined && release)
      this.#options.snapshots?.keep({ source: layer, index, values, rows }, keptAs, release, inFile);
    else release?.();
    return loaded;
  }

  #take(
    taken: Taken & Pick<Held, 'source' | 'token' | 'keptAs'>,
    from: LayerLoaded['from'],
    started: number,
  ): MemoryLayer {
    const { source, token, rows, index, keptAs } = taken;
    const uses = this.#loaded.peek(source.id)?.uses ?? { count: 1 };
    const loaded = { source, token, rows, uses, keptAs, ...contentOf(source, taken) };
    this.#loaded.set(source.id, loaded);
    this.#observe({
      type: 'layer.loaded',
      layer: source.id,
      from,
      features: rows,
      vertices: index.vertexCount,
      ms: Math.round(performance.now() - started),
    });
    return loaded;
  }
}

export function isAway(error: unknown): boolean {
  return error instanceof AppError && (error.status === 503 || error.status === 504);
}
