import { gzipSync } from 'node:zlib';
import { HEADER_BYTES, ROOT_END } from './header.ts';

/** Tiles from `id` on, as many as `run` says, and where in the section of tiles their content is. */
export interface Entry {
  readonly id: number;
  readonly run: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * Entries of directories as four columns of numbers: thousands of objects less. An entry is the tiles from `id` on, as many as
 * `run` says, which all have the content at `offset` of the section of tiles; a run of 0 is a directory below (a leaf).
 */
export class Entries {
  #ids = new Float64Array(1024);
  #offsets = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  #runs = new Uint32Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds a tile; one with the content of the tile before it makes a run of both. */
  add(id: number, offset: number, length: number): void {
    const last = this.#count - 1;
    const follows = last >= 0 && this.#offsets[last] === offset && this.#runs[last]! > 0;
    if (follows && this.#ids[last]! + this.#runs[last]! === id) this.#runs[last]!++;
    else this.push(id, offset, length, 1);
  }

  push(id: number, offset: number, length: number, run: number): void {
    if (this.#count === this.#ids.length) this.#grow();
    this.#ids[this.#count] = id;
    this.#offsets[this.#count] = offset;
    this.#lengths[this.#count] = length;
    this.#runs[this.#count++] = run;
  }

  idAt(i: number): number {
    return this.#ids[i]!;
  }

  /** All entries, in order. */
  *all(): Generator<Entry> {
    for (let i = 0; i < this.#count; i++)
      yield { id: this.#ids[i]!, run: this.#runs[i]!, offset: this.#offsets[i]!, length: this.#lengths[i]! };
  }

  /** The entries from one to before another as a directory has them: columns of varints, compressed (spec v3, §4.2). */
  serialized(from: number, to: number): Buffer {
    const writer = new Varints(26 * (to - from));
    writer.add(to - from);
    for (let i = from, before = 0; i < to; before = this.#ids[i++]!) writer.add(this.#ids[i]! - before);
    for (let i = from; i < to; i++) writer.add(this.#runs[i]!);
    for (let i = from; i < to; i++) writer.add(this.#lengths[i]!);
    for (let i = from; i < to; i++) {
      const follows = i > from && this.#offsets[i] === this.#offsets[i - 1]! + this.#lengths[i - 1]!;
      writer.add(follows ? 0 : this.#offsets[i]! + 1);
    }
    return gzipSync(writer.bytes());
  }

  #grow(): void {
    const larger = 2 * this.#count;
    this.#ids = grown(this.#ids, new Float64Array(larger));
    this.#offsets = grown(this.#offsets, new Float64Array(larger));
    this.#lengths = grown(this.#lengths, new Uint32Array(larger));
    this.#runs = grown(this.#runs, new Uint32Array(larger));
  }
}

function grown<T extends Float64Array | Uint32Array>(array: T, larger: T): T {
  larger.set(array);
  return larger;
}

/** Entries of a leaf where one root is too little; more, where the root would be too large. */
const LEAF_ENTRIES = 4_096;
const GROWTH = 1.2;
/** Above this a root alone cannot fit. */
const ROOT_ENTRIES = 16_384;

/** A root directory that fits before the tiles, and the leaves that it leads to, one behind the other. */
export function directoriesOf(entries: Entries): { root: Buffer; leaves: Buffer } {
  const room = ROOT_END - HEADER_BYTES;
  if (entries.count <= ROOT_ENTRIES) {
    const root = entries.serialized(0, entries.count);
    if (root.length <= room) return { root, leaves: Buffer.alloc(0) };
  }
  for (let size = LEAF_ENTRIES; ; size = Math.ceil(size * GROWTH)) {
    const pointers = new Entries();
    const leaves: Buffer[] = [];
    let offset = 0;
    for (let from = 0; from < entries.count; from += size) {
      const leaf = entries.serialized(from, Math.min(entries.count, from + size));
      pointers.push(entries.idAt(from), offset, leaf.length, 0);
      offset += leaf.length;
      leaves.push(leaf);
    }
    const root = pointers.serialized(0, pointers.count);
    if (root.length <= room) return { root, leaves: Buffer.concat(leaves) };
  }
}

class Varints {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @param room enough for all that will be added */
  constructor(room: number) {
    this.#bytes = new Uint8Array(room + 16);
  }

  /** @param value non-negative and safe: divided, as bits end at 32 */
  add(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }
}
