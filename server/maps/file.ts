import { existsSync, readFileSync, unwatchFile, watchFile, type Stats } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { stat } from 'node:fs/promises';
import { ConfigError } from '../settings.ts';
import type { ReadMaps } from './read.ts';

/** Looking is one `stat`: unlike notifications it works on every file system, mounts and links that are exchanged included. */
const LOOK_MS = 500;
/** A file that is being written changes again within this. */
const QUIET_MS = 200;

/** The file of `maps.yaml`: a missing one means none, as layers are served without any. */
export class MapsFile<Maps extends object> {
  readonly #readMaps: ReadMaps<Maps>;
  readonly path: string;
  #text: string;
  #problems: readonly string[] = [];
  #reading: Promise<Maps | undefined> | undefined;

  /** What it said when it was opened. */
  readonly first: Maps;

  /** @throws ConfigError with every error at once, each with its line and its path in the file */
  constructor(path: string, readMaps: ReadMaps<Maps>) {
    this.#readMaps = readMaps;
    this.path = path;
    this.#text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    this.first = readMaps(this.#text, path);
  }

  /** What is wrong with the file as it is now, so that what it said before is used. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** What it says now; undefined where that is nothing new, or is refused: see `problems`. */
  read(): Promise<Maps | undefined> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** Calls `handler` when the file may have changed, until the returned stopper is called. */
  watch(handler: () => void): () => void {
    const listener = (now: Stats, before: Stats): void => {
      if (now.mtimeMs !== before.mtimeMs || now.size !== before.size || now.ino !== before.ino) handler();
    };
    watchFile(this.path, { interval: LOOK_MS, persistent: false }, listener);
    return () => unwatchFile(this.path, listener);
  }

  async #read(): Promise<Maps | undefined> {
    const text = await this.#whole();
    if (text === undefined) {
      if (this.#text !== '') this.#problems = [`${this.path}: the file is gone; what it said is kept`];
      return undefined;
    }
    if (text === this.#text) {
      this.#problems = [];
      return undefined;
    }
    try {
      const maps = this.#readMaps(text, this.path);
      this.#text = text;
      this.#problems = [];
      return maps;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#problems = error.problems;
      return undefined;
    }
  }

  /** The text, once nobody writes to it any more; undefined where there is no file. */
  async #whole(): Promise<string | undefined> {
    for (;;) {
      const before = await stateOf(this.path);
      if (before === undefined) return undefined;
      await sleep(QUIET_MS);
      const text = existsSync(this.path) ? readFileSync(this.path, 'utf8') : undefined;
      if ((await stateOf(this.path)) === before) return text;
    }
  }
}

async function stateOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return [mtimeMs, size, ino].join(' ');
  } catch {
    return undefined;
  }
}
