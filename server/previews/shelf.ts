import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { Facts } from './fields.ts';

/** Nobody guesses an id, so it is all that is needed to look. */
export const ID = /^[\w-]{22}$/;
const newId = (): string => randomBytes(16).toString('base64url');

export const HELD_MS = 3_600_000;

/** What is known of a preview, as it is kept beside its features. */
export interface Kept {
  readonly id: string;
  readonly name: string | undefined;
  readonly facts: Facts;
  /** Of its features, on the disk. */
  readonly bytes: number;
  readonly madeAt: string;
}

/**
 * Previews in a folder of the data directory, where every process that has that directory finds them: `ID.geojsonl` with
 * a feature on each line, `ID.json` with what is known of it, written last. What comes in is an `ID.part` meanwhile.
 */
export class Shelf {
  readonly #folder: string;
  readonly #budget: number;

  constructor(folder: string, budget: number) {
    this.#folder = folder;
    this.#budget = budget;
  }

  /** A new id, and where what comes in under it is written. */
  async begin(): Promise<{ id: string; given: string; kept: string }> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const id = newId();
    return { id, given: join(this.#folder, `${id}.part`), kept: this.file(id) };
  }

  /** Its features. */
  file(id: string): string {
    return join(this.#folder, `${id}.geojsonl`);
  }

  /** @throws AppError `preview_no_room` where it alone is more than all may be */
  async keep(kept: Kept): Promise<void> {
    if (kept.bytes > this.#budget)
      throw new AppError('preview_no_room', {
        detail: `it takes ${kept.bytes} bytes, and all previews together may take ${this.#budget}`,
      });
    const draft = `${this.#about(kept.id)}.part`;
    await writeFile(draft, JSON.stringify(kept), { mode: 0o600 });
    await rename(draft, this.#about(kept.id));
    await this.tidy(kept.id);
  }

  /** @throws AppError `preview_not_found` */
  async get(id: string): Promise<Kept> {
    try {
      const text = await readFile(this.#about(id), 'utf8');
      const kept = JSON.parse(text) as Kept;
      if (Date.now() - Date.parse(kept.madeAt) < HELD_MS) return kept;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    throw new AppError('preview_not_found', { detail: 'previews are held for an hour' });
  }

  async remove(id: string): Promise<void> {
    await Promise.all(
      [this.#about(id), this.file(id), join(this.#folder, `${id}.part`)].map((file) =>
        rm(file, { force: true }),
      ),
    );
  }

  /**
   * Removes what has been held for an hour, and of the rest the oldest as long as there is too much.
   * @param spared the newest one: others of the same moment go first
   */
  async tidy(spared?: string): Promise<void> {
    const files = await this.#files();
    const byId = new Map<string, Held[]>();
    for (const one of files) byId.set(one.id, [...(byId.get(one.id) ?? []), one]);
    const previews = [...byId].map(([id, own]) => ({
      id,
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      at: Math.max(...own.map(({ at }) => at)),
      // What is coming in is not ours to remove, and what was left half done by a process that died is old soon.
      isDone: own.some(({ name }) => name.endsWith('.json')),
    }));
    const newestFirst = previews.sort(
      (a, b) => Number(b.id === spared) - Number(a.id === spared) || b.at - a.at,
    );
    let room = this.#budget;
    for (const { id, bytes, at, isDone } of newestFirst) {
      const isOld = Date.now() - at > HELD_MS;
      if (isDone) room -= bytes;
      if (isOld || (isDone && room < 0 && id !== spared)) await this.remove(id);
    }
  }

  async #files(): Promise<Held[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const found = await Promise.all(
      names.map(async (name): Promise<Held | undefined> => {
        const id = name.split('.', 1)[0]!;
        if (!ID.test(id)) return undefined;
        // Another process may remove it meanwhile.
        const { size, mtimeMs } = (await stat(join(this.#folder, name)).catch(() => undefined)) ?? {};
        return size === undefined ? undefined : { id, name, bytes: size, at: mtimeMs! };
      }),
    );
    return found.filter((one) => one !== undefined);
  }

  #about(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

interface Held {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly at: number;
}
