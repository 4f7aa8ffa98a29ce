import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TableLayer } from '../../catalog/types.ts';
import { relationName } from '../../catalog/types.ts';
import type { Database, Queryable } from '../../db/types.ts';
import type { Generations, Stamp } from '../../generations/generations.ts';
import { isVersioned } from '../../generations/tokens.ts';
import { Thread } from '../../tools/thread.ts';
import { inTurns } from '../../tools/turns.ts';
import type { EncodedAttributes } from '../encoding/attributes.ts';
import { isKeptEncoded } from '../memory/table.ts';
import { indexTopology, type TileIndex, type TileIndexOptions } from '../cutting/tile-index.ts';
import type { MendedShapes } from '../mending/flat.ts';
import type { ColumnValues } from '../types.ts';
import { claim, isRunning } from './claims.ts';
import type { SnapshotFolder } from './folder.ts';
import { packValues, unpackLayer, unpackValues, type LayerHead } from './layer-file.ts';
import { headOf, unpack } from './pack.ts';
import { proofQuery, type ProofRow } from './proof.ts';
import type { SnapshotJob, TakenLayer } from './snapshot-worker.ts';
import { isWhole, zoomsOf } from './zooms.ts';

/** Raised when files of the same version of the program come to hold something else. */
const FORMAT = 3;
/** A layer that changes again by then (ms) need not have been written. */
const REST_MS = 5_000;
/** One whose data changes all the time is not written all the time: so many times as long as that takes. */
const REST_FACTOR = 20;
/** How long the end of a server waits for what is not written yet. */
const FLUSH_MS = 3_000;
/** How long a process waits for what another is reading and preparing, and how often it looks. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 50;
/** Rows that take longer to sum up are better read. */
const PROOF_TIMEOUT_MS = 5_000;

/** What writing layers took of memory is the machine's again so long after the last one. */
const THREAD_REST_MS = 10_000;

/** Requests come first, but not by much: what it makes of zooms, tiles are waiting for. */
const NICENESS = 5;
/** Vertices up to which all of a layer is prepared within some milliseconds. */
const SMALL = 20_000;

const thread = new Thread<SnapshotJob, MendedShapes | undefined>(
  new URL('./snapshot-worker', import.meta.url),
  {
    maxWaiting: 1_000,
    timeoutMs: 120_000,
    restMs: THREAD_REST_MS,
    niceness: NICENESS,
  },
);
let layersSoFar = 0;

type Values = ReadonlyMap<string, ColumnValues>;

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

/** A layer as it is kept: what `proof` names is what the rest was made of. */
export interface Keepable {
  readonly source: TableLayer;
  readonly index: TileIndex;
  readonly values: Values;
  readonly rows: number;
}

/** What a process that wants a layer gets: the layer, as another process has made it meanwhile, or the right to make it for all. */
export type Turn =
  | { readonly restored: Restored; readonly release?: never }
  | { readonly restored?: never; readonly release: () => void };

/** A layer from disk, and what a stamp that was read after it is at. */
export interface Restored extends Omit<Keepable, 'source'> {
  readonly token: string;
  /** What it is kept by. */
  readonly keptAs: string;
  /** Its attributes as tiles have them, where they are kept so. */
  readonly encoded?: EncodedAttributes | undefined;
}

/** A layer that a process has, from its file. */
export type Again = Omit<Restored, 'token'>;

interface Waiting {
  readonly timer: NodeJS.Timeout;
  readonly write: (isLast: boolean) => Promise<void>;
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
  readonly #handlers: ((source: TableLayer, again: Again) => void)[] = [];
  #writing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(folder: SnapshotFolder, options: SnapshotOptions, db: Database, generations: Generations) {
    this.#folder = folder;
    this.#options = options;
    this.#db = db;
    this.#generations = generations;
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
  onKept(handler: (source: TableLayer, again: Again) => void): void {
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
   * What a layer that is being read will be kept by, asked for in the transaction (a snapshot) that reads it; undefined where
   * it will not be.
   */
  async proof(layer: TableLayer, tx: Queryable): Promise<string | undefined> {
    if (this.#stopped) return undefined;
    // A sum over all rows is not made for a file that will not be written.
    if (this.#restOf(layer) > 0 && !this.#generations.provesData(relationName(layer))) return undefined;
    try {
      return (await this.#prove(layer, tx)).key;
    } catch {
      return undefined;
    }
  }

  /**
   * Writes a layer in a while; at once where others may wait for it, or tiles for what is made of its zooms. `proof` is that of its data.
   * @param release called when all of it is written
   */
  keep(layer: Keepable, proof: string, release: () => void): void {
    this.#keep(layer, proof, release);
  }

  /** Writes what waits, without what takes long to make. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const waiting = [...this.#waiting.values()];
    for (const { timer, write } of waiting) {
      clearTimeout(timer);
      this.#writing = this.#writing.then(() => write(true));
    }
    const over = new AbortController();
    const limit = sleep(FLUSH_MS, undefined, { signal: over.signal }).catch(() => {});
    await Promise.race([this.#writing.finally(() => over.abort()), limit]);
  }

  async #restore(layer: TableLayer): Promise<Restored | undefined> {
    const name = this.#nameOf(layer);
    const bytes = await this.#folder.read(name);
    if (!bytes || !headOf(bytes)) return undefined;
    const keptAs = headOf<LayerHead>(bytes)?.head.key ?? '';
    this.#seen.set(layer.id, keptAs);
    const proof = await this.#prove(layer, this.#db);
    if (keptAs !== proof.key) return undefined;
    const found = await this.#unpacked(bytes);
    if (!found) return undefined;
    await this.#folder.touch(name);
    // What the last run had no time for, or another process is making.
    if (!found.isWhole) this.#keep({ source: layer, ...found }, keptAs, noRelease);
    return { ...found, token: proof.token };
  }

  async #unpacked(bytes: Uint8Array): Promise<(Again & { readonly isWhole: boolean }) | undefined> {
    const packed = await inTurns(unpack<LayerHead>(bytes));
    if (!packed) return undefined;
    const { key: keptAs, rows, zooms } = packed.head;
    const { topology, made, encoded } = unpackLayer(packed);
    const index = indexTopology(topology, this.#options.index, made);
    const values = unpackValues(packed.head, packed.sections);
    return { index, values, rows, encoded, keptAs, isWhole: isWhole(topology, zooms) };
  }

  /** Tells who has the layer that its whole file is memory of all processes, where the system has that. */
  async #tell(source: TableLayer, keptAs: string): Promise<void> {
    const bytes = await this.#folder.map(this.#nameOf(source));
    if (!bytes || this.#stopped || headOf<LayerHead>(bytes)?.head.key !== keptAs) return;
    const again = await this.#unpacked(bytes);
    if (again?.isWhole) for (const handler of this.#handlers) handler(source, again);
  }

  async #prove(layer: TableLayer, db: Queryable): Promise<{ key: string | undefined; token: string }> {
    const relation = relationName(layer);
    const isTold = this.#generations.provesData(relation);
    const query = proofQuery(layer, this.#generations.stamp([relation]), isTold, this.#db.kind);
    const [row] = await db.run<ProofRow>(query, { readOnly: true, timeoutMs: PROOF_TIMEOUT_MS });
    const token = this.#tokenOf(relation, row?.stamp);
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

  #keep(layer: Keepable, key: string, release: () => void, pace: 'soon' | 'later' = 'soon'): void {
    const { id } = layer.source;
    clearTimeout(this.#waiting.get(id)?.timer);
    this.#waiting.get(id)?.release();
    if (this.#stopped) return release();
    const write = async (isLast: boolean): Promise<void> => {
      this.#waiting.delete(id);
      const started = performance.now();
      // A disk that is full costs the next start time, and nobody an answer.
      await this.#write(layer, key, isLast).catch(() => {});
      layer.index.giveUp();
      release();
      this.#notBefore.set(id, performance.now() + REST_FACTOR * (performance.now() - started));
    };
    const restOf = this.#restOf(layer.source);
    if (restOf > 0) release();
    const isWaitedFor = pace === 'soon' && (release !== noRelease || layer.index.vertexCount > SMALL);
    // Not all processes of a machine at once: the first does it for all.
    const { restMs = REST_MS } = this.#options;
    const pauseMs = Math.max(restOf, isWaitedFor ? 0 : restMs * (1 + Math.random()));
    const timer = setTimeout(() => {
      this.#writing = this.#writing.then(() => write(false));
    }, pauseMs);
    timer.unref();
    this.#waiting.set(id, { timer, write, release });
    if (pauseMs === 0 && layer.index.vertexCount > SMALL) layer.index.expect(zoomsOf(layer.index.topology));
  }

  /** Milliseconds for which a layer that was written is not written again. */
  #restOf({ id }: TableLayer): number {
    return Math.max(0, (this.#notBefore.get(id) ?? 0) - performance.now());
  }

  async #write({ source, index, values, rows }: Keepable, key: string, isLast: boolean): Promise<void> {
    const layer = ++layersSoFar;
    const { path, temporary } = this.#folder.pathsOf(this.#nameOf(source));
    const write = { path, temporary, maxBytes: this.#options.maxBytes };
    const there = await this.#headOf(source);
    const { topology } = index;
    const zooms = zoomsOf(topology);
    const isThere = there?.key === key;
    if (isThere && isWhole(topology, there.zooms)) return this.#tell(source, key);
    // Another process is at it.
    if (isThere && there.by !== process.pid && isRunning(there.by))
      return this.#keep({ source, index, values, rows }, key, noRelease, 'later');
    await this.#folder.prepare();
    const letGo = thread.hold();
    try {
      // What was read from a file is read from there again: it is memory of all processes, which is copied for none of them.
      const take = isThere ? { file: path } : await this.#fresh({ source, index, values, rows }, key);
      await thread.run({ layer, take, options: this.#options.index });
      await thread.run({ layer, write });
      if (isLast) return;
      const missing = new Set(isThere ? zooms.filter((zoom) => !there.zooms.includes(zoom)) : zooms);
      index.expect([...missing]);
      for (let [first] = missing; first !== undefined; [first] = missing) {
        if (this.#stopped) break; // the next run goes on from there
        const zoom = index.nextExpected() ?? first;
        missing.delete(zoom);
        const made = await thread.run({ layer, zoom });
        if (made) index.adopt(zoom, made);
      }
      await thread.run({ layer, write });
      await this.#tell(source, key);
    } finally {
      await thread.run({ layer, drop: true }).catch(() => {});
      letGo();
      await this.#folder.trim();
    }
  }

  async #fresh({ source, index, values, rows }: Keepable, key: string): Promise<TakenLayer> {
    return {
      key,
      topology: index.topology,
      columns: [...values.keys()],
      values: await inTurns(packValues(values)),
      encode: isKeptEncoded({ rows, values }) ? { key: source.key } : undefined,
    };
  }

  async #headOf(layer: TableLayer): Promise<LayerHead | undefined> {
    const bytes = await this.#folder.read(this.#nameOf(layer));
    return bytes && headOf<LayerHead>(bytes)?.head;
  }

  #nameOf({ id }: TableLayer): string {
    return `${this.#options.prefix}.${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
  }
}
