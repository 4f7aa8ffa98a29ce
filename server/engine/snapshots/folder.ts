import { lstat, mkdir, open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { mappedFile } from '../../tools/mapped-file.ts';

const ENDING = '.layer';
const UNFINISHED = '.tmp';
/** What nobody finished by then, nobody will. */
const ABANDONED_MS = 3_600_000;

/**
 * Files of layers on disk. Whatever goes wrong with them costs time, and is nobody's error: none is there then. They hold the
 * layers' data, so they can be read by the owner of the process alone.
 */
export class SnapshotFolder {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #mapped: typeof mappedFile;

  /**
   * @param maxBytes that all files together may have: of more, those that were not used for longest go
   * @param mapped how files are had as memory of all processes, where that can be
   */
  constructor(folder: string, maxBytes: number, mapped = mappedFile) {
    this.#mapped = mapped;
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /**
   * The path of a file, where it is written before it is whole, by who completes it and by who reads its rows, and what says that a process
   * reads what it is made of, or completes it.
   */
  pathsOf(name: string): Record<'path' | 'temporary' | 'rows' | 'claim' | 'completing', string> {
    const path = join(this.#folder, name + ENDING);
    return {
      path,
      temporary: `${path}.${process.pid}${UNFINISHED}`,
      rows: `${path}.${process.pid}.rows${UNFINISHED}`,
      claim: `${path}${UNFINISHED}`,
      completing: `${path}.zooms${UNFINISHED}`,
    };
  }

  /**
   * The bytes of a file: as memory that all processes have in common where the system has that, else as memory of their own;
   * undefined where there is none.
   */
  async read(name: string): Promise<Uint8Array | undefined> {
    return (await this.map(name)) ?? (await this.#readWhole(this.pathsOf(name).path));
  }

  /** The same as memory of all processes, or not at all. */
  map(name: string): Promise<Uint8Array | undefined> {
    return this.#mapped(this.pathsOf(name).path, this.#maxBytes);
  }

  async #readWhole(path: string): Promise<Uint8Array | undefined> {
    try {
      const file = await open(path, 'r');
      try {
        const { size } = await file.stat();
        if (size > this.#maxBytes) return undefined;
        const bytes = new Uint8Array(new ArrayBuffer(size));
        for (let at = 0; at < size;) {
          const { bytesRead } = await file.read(bytes, at, size - at, at);
          if (bytesRead === 0) return undefined;
          at += bytesRead;
        }
        return bytes;
      } finally {
        await file.close();
      }
    } catch {
      return undefined;
    }
  }

  /** Notes that a file was used. */
  async touch(name: string): Promise<void> {
    const { path } = this.pathsOf(name);
    await stat(path)
      .then(({ mtime }) => utimes(path, new Date(), mtime))
      .catch(() => {});
  }

  /** Makes the folder, for its owner alone. */
  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Removes what is too much, and what was left unfinished. */
  async trim(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const files: { path: string; bytes: number; usedAt: number }[] = [];
    for (const name of names) {
      const path = join(this.#folder, name);
      const found = await lstat(path).catch(() => undefined);
      if (!found?.isFile()) continue;
      const usedAt = Math.max(found.atimeMs, found.mtimeMs);
      if (name.endsWith(ENDING)) files.push({ path, bytes: found.size, usedAt });
      else if (name.includes(ENDING) && name.endsWith(UNFINISHED) && Date.now() - usedAt > ABANDONED_MS)
        await rm(path, { force: true }).catch(() => {});
    }
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, bytes } of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= this.#maxBytes) return;
      await rm(path, { force: true }).catch(() => {});
      total -= bytes;
    }
  }
}
