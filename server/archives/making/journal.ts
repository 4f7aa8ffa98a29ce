import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { BARE, CONTENT, EMPTY } from './kinds.ts';
import type { Outcome } from './outcome.ts';
import { HASH_BYTES } from './pack.ts';

/** What became of a tile, as the journal has it: of its content the length and the hash. */
export type Noted = 'bare' | 'empty' | { readonly hash: Uint8Array; readonly length: number };

/** Bytes of a record's length and of the sum that tells whether all of it was written. */
const HEAD_BYTES = 8;
const NOTE_BYTES = 1 + HASH_BYTES + 4;
const MOST_BYTES = 64_000_000;

/**
 * The record of what is done, beside the file of tiles: first what is being made, then a record for each batch in the order of the
 * walk. Walked again with these for answers, a run that was ended comes to the very state that it was in.
 */
export class Journal {
  readonly #file: FileHandle;
  /** Where the next record is read, then written. */
  #at = 0;
  #isRead = false;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens the journal; one of anything else than `identity` is begun anew. `resumed`: whether it is of the same. */
  static async open(
    path: string,
    identity: string,
  ): Promise<{ journal: Journal; resumed: boolean; found: boolean }> {
    const file = await open(path, 'a+').then(async (created) => {
      await created.close();
      return open(path, 'r+');
    });
    const journal = new Journal(file);
    const first = await journal.#read();
    const resumed = first?.toString() === identity;
    if (!resumed) await journal.begin(identity);
    return { journal, resumed, found: first !== undefined };
  }

  async begin(identity: string): Promise<void> {
    await this.#file.truncate(0);
    this.#at = 0;
    this.#isRead = true;
    await this.write([Buffer.from(identity)]);
  }

  /** The next batch that is done; undefined behind the last. */
  async next(): Promise<Noted[] | undefined> {
    if (this.#isRead) return undefined;
    const record = await this.#read();
    if (record) return readNotes(record);
    this.#isRead = true;
    await this.#file.truncate(this.#at); // what was only begun to be written
    return undefined;
  }

  /** Appends records, and returns when they are on the disk. */
  async write(records: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(records.flatMap((record) => [head(record), record]));
    await this.#file.write(bytes, 0, bytes.length, this.#at);
    this.#at += bytes.length;
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #read(): Promise<Buffer | undefined> {
    const start = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await this.#file.read(start, 0, HEAD_BYTES, this.#at);
    const length = start.readUInt32LE(0);
    if (bytesRead < HEAD_BYTES || length > MOST_BYTES) return undefined;
    const record = Buffer.alloc(length);
    const read = await this.#file.read(record, 0, length, this.#at + HEAD_BYTES);
    if (read.bytesRead < length || !head(record).equals(start)) return undefined;
    this.#at += HEAD_BYTES + length;
    return record;
  }
}

function head(record: Buffer): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.writeUInt32LE(record.length, 0);
  createHash('sha1').update(record).digest().copy(bytes, 4, 0, 4);
  return bytes;
}

/** The record of a batch. */
export function recordOf(outcomes: readonly Outcome[]): Buffer {
  const record = Buffer.alloc(NOTE_BYTES * outcomes.length);
  let at = 0;
  for (const outcome of outcomes) {
    if (typeof outcome === 'string') {
      record[at++] = outcome === 'bare' ? BARE : EMPTY;
      continue;
    }
    record[at] = CONTENT;
    record.set(outcome.hash, at + 1);
    record.writeUInt32LE(outcome.bytes.length, at + 1 + HASH_BYTES);
    at += NOTE_BYTES;
  }
  return record.subarray(0, at);
}

function readNotes(record: Buffer): Noted[] {
  const notes: Noted[] = [];
  for (let at = 0; at < record.length;) {
    const kind = record[at++];
    if (kind !== CONTENT) {
      notes.push(kind === BARE ? 'bare' : 'empty');
      continue;
    }
    const hash = record.subarray(at, at + HASH_BYTES);
    notes.push({ hash, length: record.readUInt32LE(at + HASH_BYTES) });
    at += HASH_BYTES + 4;
  }
  return notes;
}
