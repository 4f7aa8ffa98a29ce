import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TableLayer } from '../../catalog/types.ts';
import { relationName } from '../../catalog/types.ts';
import type { Sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import type { Generations, Stamp } from '../../generations/generations.ts';
import { isVersioned } from '../../generations/tokens.ts';
import type { TileIndexOptions } from '../cutting/tile-index.ts';
import { claim } from './claims.ts';
import type { SnapshotFolder } from './folder.ts';
import { keptLayer, type KeptLayer } from './kept.ts';
import type { LayerHead } from './layer-file.ts';
import { headOf } from './pack.ts';
import { PROOF_TIMEOUT_MS, proofQuery, type ProofRow } from './proof.ts';
import type { Destination } from './write-whole.ts';
import { LayerWriter, type Keepable } from './writer.ts';
import { zoomsOf } from './zooms.ts';

/** Raised when files of the same version of the program come to hold something else. */
const FORMAT = 4;
/** A layer that changes again by then (ms) need not have been written. */
const REST_MS = 5_000;
/** One whose data changes all the time is not written all the time: so many times as long as that takes. */
const REST_FACTOR = 20;
/** How long the end of a server waits for what is not written yet. */
const FLUSH_MS = 3_000;
/** How long a process waits for what another is reading and preparing, and how often it looks. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

/** Vertices up to which all of a layer is prepared within some milliseconds. */
const SMALL = 20_000;

export interface SnapshotOptions {
  /** What files of this database begin with. */
  readonly prefix: string;
  readonly maxBytes: number;
  /** All of the program and its settings that decides what is read into memory. */
  readonly program: string;
  readonly index: TileIndexOptions;
  /** Milliseconds after which a layer that was loaded is written. */
  readonly restMs?: number;
  /** Whether other processes serve the same layers: one reads what is new for all of them. */
  readonly isShared?: boolean;
}

/** What a process that wants a layer gets: the layer, as another process has made it meanwhile, or the right to make it for all. */
export type Turn =
  | { readonly restored: Restored; readonly release?: never }
  | { readonly restored?: never; readonly release: () => void };

/** A layer from disk, and what a stamp that was read after it is at. */
export interface Restored extends KeptLayer {
  readonly token: string;
}

/** What is asked for what a layer is kept by: whether its stamp alone tells every change decides what. */
export interface Asked {
  readonly query: Sql;
  readonly isTold: boolean;
}

interface Proven {
  readonly key: string | undefined;
  readonly token: string;
}

interface Waiting {
  readonly timer: NodeJS.Timeout;
  readonly write: () => void;
  readonly release: () => void;
}

const noRelease = (): void => {};

/**
 * Layers in memory on disk, for the next start. One is taken from there only where its data is proven to be the same as now: by
 * the token of a relation whose every change is told, of any other by a sum over its rows. In doubt it is read anew.
 */
export class Snapshots {
  readonly #folder: SnapshotFolder;
  readonly #options: SnapshotOptions;
  readonly #db: Database;
  readonly #generations: Generations;
  /** Layers that were looked for: what comes later was loaded by this process, and is newer. */
  readonly #lookedFor = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #notBefore = new Map<string, number>();
  /** What the file of a layer that was looked at last is kept by. */
  readonly #seen = new Map<string, string>();
  readonly #handlers: ((source: TableLayer, kept: KeptLayer) => void)[] = [];
  readonly #writer: LayerWriter;
  #stopped = false;

  constructor(folder: SnapshotFolder, options: SnapshotOptions, db: Database, generations: Generations) {
    this.#folder = folder;
    this.#options = options;
    this.#db = db;
    this.#generations = generations;
    this.#writer = new LayerWriter(folder, options);
  }

  /** The layer as it was kept, where that is as it is now. Looked for once: a file is of an earlier run. */
  async restore(layer: TableLayer): Promise<Restored | undefined> {
    if (this.#lookedFor.has(layer.id)) return undefined;
    this.#lookedFor.add(layer.id);
    try {
      return await this.#restore(layer);
    } catch {
      return undefined; // it is read from the database then, and if that is the trouble, told
    }
  }

  /** Called with a layer that is kept as a whole now: it is memory of all processes, which the process that made it should have, too. */
  onKept(handler: (source: TableLayer, kept: KeptLayer) => void): void {
    this.#handlers.push(handler);
  }

  /** For a layer that has to be read: of all processes that want it one does, and the others wait a while for its file. */
  async turn(layer: TableLayer): Promise<Turn> {
    const isKeepable = isVersioned(this.#generations.of(relationName(layer))) && this.#restOf(layer) === 0;
    if (!this.#options.isShared || this.#stopped || !isKeepable) return { release: noRelease };
    const { claim: path } = this.#folder.pathsOf(this.#nameOf(layer));
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(LOOK_MS)) {
      const release = claim(path);
      if (!release) continue;
      const there = await this.#headOf(layer).catch(() => undefined);
      const isNew = there !== undefined && there.key !== this.#seen.get(layer.id);
      const restored = isNew ? await this.#restore(layer).catch(() => undefined) : undefined;
      if (!restored) return { release };
      release();
      return { restored };
    }
    return { release: noRelease };
  }

  /**
   * What is asked, in the transaction (a snapshot) that reads a layer, for what it will be kept by: `keyOf`. Undefined where it
   * will not be.
   */
  asked(layer: TableLayer): Asked | undefined {
    if (this.#stopped) return undefined;
    const asked = this.#asked(layer);
    // A sum over all rows is not made for a file that will not be written.
    return this.#restOf(layer) > 0 && !asked.isTold ? undefined : asked;
  }

  /** What a layer is kept by; undefined where that cannot be told. */
  keyOf(layer: TableLayer, asked: Asked, row: ProofRow): string | undefined {
    return this.#proven(layer, asked, row).key;
  }

  /** What a layer that is being read will be kept by, asked for in the transaction that reads it; undefined where it will not be. */
  async proof(layer: TableLayer, tx: Queryable): Promise<string | undefined> {
    const asked = this.asked(layer);
    try {
      return asked && (await this.#prove(layer, tx, asked)).key;
    } catch {
      return undefined;
    }
  }

  /**
   * The layer of the file that `write` writes: of its rows, as they were just read; whole where nothing else takes long to make. Undefined
   * where none can be written, or is not now: that of a layer whose data changes all the time.
   * @param key what it is kept by
   * @param write whether it was written
   */
  async written(
    layer: TableLayer,
    key: string,
    write: (to: Destination) => Promise<boolean>,
  ): Promise<KeptLayer | undefined> {
    if (this.#stopped || this.#restOf(layer) > 0) return undefined;
    const name = this.#nameOf(layer);
    const { path, rows: temporary } = this.#folder.pathsOf(name);
    try {
      await this.#folder.prepare();
      const began = performance.now();
      if (!(await write({ path, temporary, maxBytes: this.#options.maxBytes }))) return undefined;
      const tookMs = performance.now() - began;
      const bytes = await this.#folder.read(name);
      const kept = bytes && (await keptLayer(bytes, this.#options.index));
      // Another process may have written a newer one, or what it had of an older one.
      if (kept?.keptAs !== key) return undefined;
      if (kept.isWhole) this.#rest(layer, tookMs);
      await this.#folder.trim();
      return kept;
    } catch {
      return undefined; // a disk that is full costs the next start time, and nobody an answer
    }
  }

  /**
   * Writes a layer in a while; at once where others may wait for it, or tiles for what is made of its zooms. `proof` is that of its data.
   * @param release called when others can take it from its file
   * @param inFile what that has already
   */
  keep(layer: Keepable, proof: string, release: () => void, inFile?: 'rows' | 'whole'): void {
    if (inFile === undefined) return this.#keep(layer, proof, release);
    release();
    if (inFile === 'rows') this.#keep(layer, proof, noRelease);
  }

  /** Writes what waits, without what takes long to make. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer, write } of [...this.#waiting.values()]) {
      clearTimeout(timer);
      write();
    }
    const over = new AbortController();
    const limit = sleep(FLUSH_MS, undefined, { signal: over.signal }).catch(() => {});
    await Promise.race([this.#writer.stop().finally(() => over.abort()), limit]);
  }

  async #restore(layer: TableLayer): Promise<Restored | undefined> {
    const name = this.#nameOf(layer);
    const bytes = await this.#folder.read(name);
    if (!bytes || !headOf(bytes)) return undefined;
    const keptAs = headOf<LayerHead>(bytes)?.head.key ?? '';
    this.#seen.set(layer.id, keptAs);
    const proof = await this.#prove(layer, this.#db);
    if (keptAs !== proof.key) return undefined;
    const found = await keptLayer(bytes, this.#options.index);
    if (!found) return undefined;
    await this.#folder.touch(name);
    // What the last run had no time for is made for all, by this process or another.
    if (!found.isWhole) this.#keep({ source: layer, ...found }, keptAs, noRelease);
    return { ...found, token: proof.token };
  }

  #asked(layer: TableLayer): Asked {
    const relation = relationName(layer);
    const isTold = this.#generations.provesData(relation);
    const query = proofQuery(layer, this.#generations.stamp([relation]), isTold, this.#db.kind);
    return { query, isTold };
  }

  async #prove(layer: TableLayer, db: Queryable, asked = this.#asked(layer)): Promise<Proven> {
    const [row] = await db.run<ProofRow>(asked.query, { readOnly: true, timeoutMs: PROOF_TIMEOUT_MS });
    return this.#proven(layer, asked, row);
  }

  #proven(layer: TableLayer, { isTold }: Asked, row: ProofRow | undefined): Proven {
    const token = this.#tokenOf(relationName(layer), row?.stamp);
    if (!row || !isVersioned(token) || (isTold && !row.stamp)) return { key: undefined, token };
    const { program } = this.#options;
    // What is kept of cut tiles is no part of what is on the disk.
    const index = { ...this.#options.index, cacheBytes: undefined };
    const definition = { ...layer, estimatedRows: 0, overviews: undefined };
    const data = isTold ? token : row.content;
    const all = [FORMAT, program, this.#db.hasMvt, index, definition, row.environment, isTold, data];
    return { key: createHash('sha256').update(JSON.stringify(all)).digest('hex'), token };
  }

  #tokenOf(relation: string, stamp: Stamp | null | undefined): string {
    const known = this.#generations.of(relation);
    return stamp ? this.#generations.settle(stamp).of(relation) : known;
  }

  #keep(layer: Keepable, key: string, release: () => void): void {
    const { id } = layer.source;
    clearTimeout(this.#waiting.get(id)?.timer);
    this.#waiting.get(id)?.release();
    if (this.#stopped) return release();
    const restOf = this.#restOf(layer.source);
    if (restOf > 0) release();
    const isWaitedFor = release !== noRelease || layer.index.vertexCount > SMALL;
    // Not all processes of a machine at once: the first does it for all.
    const { restMs = REST_MS } = this.#options;
    const pauseMs = Math.max(restOf, isWaitedFor ? 0 : restMs * (1 + Math.random()));
    const write = (): void => this.#write(layer, key, release);
    const timer = setTimeout(write, pauseMs);
    timer.unref();
    this.#waiting.set(id, { timer, write, release });
    if (pauseMs === 0 && layer.index.vertexCount > SMALL) layer.index.expect(zoomsOf(layer.index.topology));
  }

  #write(layer: Keepable, key: string, onRows: () => void): void {
    const { source } = layer;
    this.#waiting.delete(source.id);
    this.#writer.write({
      layer,
      name: this.#nameOf(source),
      key,
      onRows,
      onWhole: (kept) => this.#handlers.forEach((handler) => handler(source, kept)),
      onEnd: (ms) => this.#rest(source, ms),
    });
  }

  /** A layer that took `ms` to be written rests. */
  #rest({ id }: TableLayer, ms: number): void {
    this.#notBefore.set(id, performance.now() + REST_FACTOR * ms);
  }

  /** Milliseconds for which a layer that was written is not written again. */
  #restOf({ id }: TableLayer): number {
    return Math.max(0, (this.#notBefore.get(id) ?? 0) - performance.now());
  }

  async #headOf(layer: TableLayer): Promise<LayerHead | undefined> {
    const bytes = await this.#folder.read(this.#nameOf(layer));
    return bytes && headOf<LayerHead>(bytes)?.head;
  }

  #nameOf({ id }: TableLayer): string {
    return `${this.#options.prefix}.${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
  }
}
