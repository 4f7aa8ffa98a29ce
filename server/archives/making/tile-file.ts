import { open, type FileHandle } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Bounds } from '../../engine/types.ts';
import { directoriesOf, Entries, type Entry } from '../format/directory.ts';
import { HEADER_BYTES, ROOT_END, writeHeader } from '../format/header.ts';

/** What the head of an archive says, besides what is counted. */
export interface Heading {
  readonly zooms: readonly [from: number, to: number];
  readonly bounds: Bounds;
  readonly center: readonly [longitude: number, latitude: number, zoom: number];
  readonly metadata: object;
}

/**
 * Contents that are known again: of tiles that look alike (the inside of one region) many follow each other closely, so the newest
 * are enough, and memory stays the same however many there are.
 */
const MOST_KNOWN = 200_000;
/** Bytes that wait to be written together. */
const WRITTEN_AT = 4_000_000;

/**
 * An archive while it grows: room for header and root directory, then tiles in order, each content once; directories and
 * metadata behind them when it is complete.
 */
export class TileFile {
  readonly #file: FileHandle;
  readonly #entries = new Entries();
  readonly #known = new Map<string, { readonly offset: number; readonly length: number }>();
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Bytes of contents: those written, and with those that wait. */
  #written = 0;
  #size = 0;
  #tiles = 0;
  #contents = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<TileFile> {
    await (await open(path, 'a')).close();
    return new TileFile(await open(path, 'r+'));
  }

  get tiles(): number {
    return this.#tiles;
  }

  get bytes(): number {
    return this.#size;
  }

  /** Adds a tile behind all others. */
  add(id: number, hash: Uint8Array, bytes: Uint8Array): void {
    if (!this.#place(id, hash, bytes.length)) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** Adds a tile whose content is in the file already. */
  addWritten(id: number, hash: Uint8Array, length: number): void {
    if (this.#place(id, hash, length)) this.#written += length;
  }

  /** Whether the tiles that were added as written can be; what is behind them is cut off. */
  async trim(): Promise<boolean> {
    const { size } = await this.#file.stat();
    if (this.#written > 0 && size < ROOT_END + this.#written) return false;
    await this.#file.truncate(ROOT_END + this.#written);
    return true;
  }

  get isFull(): boolean {
    return this.#waitingBytes >= WRITTEN_AT;
  }

  /** Writes what waits. */
  async write(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#file.write(bytes, 0, bytes.length, ROOT_END + this.#written);
    this.#written += bytes.length;
  }

  async sync(): Promise<void> {
    await this.write();
    await this.#file.datasync();
  }

  /** Writes directories, metadata and header. */
  async finish({ metadata, ...heading }: Heading): Promise<void> {
    await this.write();
    const { root, leaves } = directoriesOf(this.#entries);
    const about = gzipSync(JSON.stringify(metadata));
    const leavesAt = ROOT_END + this.#size;
    const header = writeHeader({
      ...heading,
      root: { offset: HEADER_BYTES, length: root.length },
      tiles: { offset: ROOT_END, length: this.#size },
      leaves: { offset: leavesAt, length: leaves.length },
      metadata: { offset: leavesAt + leaves.length, length: about.length },
      counts: { tiles: this.#tiles, entries: this.#entries.count, contents: this.#contents },
    });
    const start = Buffer.alloc(ROOT_END);
    header.copy(start);
    root.copy(start, HEADER_BYTES);
    const end = Buffer.concat([leaves, about]);
    await this.#file.write(end, 0, end.length, leavesAt);
    await this.#file.truncate(leavesAt + end.length);
    await this.#file.write(start, 0, start.length, 0);
    await this.#file.datasync();
  }

  /** Tiles in order, those that are alike and follow each other as one. */
  entries(): Generator<Entry> {
    return this.#entries.all();
  }

  /** A content that is written. */
  async content(offset: number, length: number): Promise<Uint8Array> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, ROOT_END + offset);
    if (bytesRead < length) throw new Error('the file of tiles ends too early');
    return buffer;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Whether the content of a tile is new, so that it comes behind all others. */
  #place(id: number, hash: Uint8Array, length: number): boolean {
    const key = Buffer.from(hash).toString('latin1');
    const known = this.#known.get(key);
    const place = known ?? { offset: this.#size, length };
    if (known) this.#known.delete(key); // and in again, as the newest
    this.#known.set(key, place);
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#entries.add(id, place.offset, place.length);
    this.#tiles++;
    if (known) return false;
    this.#size += length;
    this.#contents++;
    return true;
  }
}
