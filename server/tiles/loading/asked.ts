import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Use } from '../../engine/memory/memory-layer.ts';

/** How much a layer was asked for, old requests counting less, and how much memory it takes. */
export interface Remembered {
  readonly score: number;
  readonly vertices: number;
}

/** What was asked for this long ago counts half. */
const HALF_LIFE_MS = 3 * 86_400_000;
/** Layers that are remembered, and the score below which one is forgotten. */
const MOST = 500;
const LEAST = 0.01;
const VERSION = 1;

/** What is remembered, with what was asked for since, as of `now`. Of a layer that is no longer in memory its size stays. */
export function grown(
  before: ReadonlyMap<string, Remembered>,
  since: ReadonlyMap<string, Remembered>,
  ageMs: number,
): Map<string, Remembered> {
  const factor = 0.5 ** (Math.max(0, ageMs) / HALF_LIFE_MS);
  const all = new Map(
    [...before].map(([id, { score, vertices }]) => [id, { score: score * factor, vertices }]),
  );
  for (const [id, { score, vertices }] of since)
    all.set(id, { score: score + (all.get(id)?.score ?? 0), vertices });
  return new Map(inOrder(all).slice(0, MOST));
}

/** Those that were asked for most first. */
export function inOrder(all: ReadonlyMap<string, Remembered>): [string, Remembered][] {
  return [...all].filter(([, { score }]) => score >= LEAST).sort(([, a], [, b]) => b.score - a.score);
}

/** Which layers were asked for most, kept in a small file from one start to the next. */
export class Asked {
  readonly #file: string;
  readonly #served: () => Promise<ReadonlyMap<string, number>>;
  readonly #uses: () => readonly Use[];
  /** What was counted when it was last written, by layer. */
  readonly #written = new Map<string, number>();

  /**
   * @param served tiles that were answered so far, by layer, as far as somebody counts them
   * @param uses layers in memory
   */
  constructor(file: string, served: () => Promise<ReadonlyMap<string, number>>, uses: () => readonly Use[]) {
    this.#file = file;
    this.#served = served;
    this.#uses = uses;
  }

  /** What earlier runs left; nothing where that cannot be read. */
  async read(): Promise<ReadonlyMap<string, Remembered>> {
    return (await this.#read()).layers;
  }

  /** Adds what was asked for since the last time. Another process may be writing, too: what it added may be lost, never the file. */
  async write(): Promise<void> {
    const served = await this.#served();
    const since = new Map<string, Remembered>();
    for (const { layer, count, vertices } of this.#uses()) {
      const counted = count + (served.get(layer.id) ?? 0);
      const score = Math.max(0, counted - (this.#written.get(layer.id) ?? 0));
      if (score > 0) since.set(layer.id, { score, vertices });
      this.#written.set(layer.id, counted);
    }
    if (since.size === 0) return;
    const { at, layers } = await this.#read();
    const now = Date.now();
    const all = [...grown(layers, since, now - at)].map(([id, { score, vertices }]) => [id, score, vertices]);
    await writeWhole(this.#file, JSON.stringify({ version: VERSION, at: now, layers: all }));
  }

  async #read(): Promise<{ at: number; layers: Map<string, Remembered> }> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    return parse(text) ?? { at: Date.now(), layers: new Map() };
  }
}

/** What a file says; undefined where it says nothing that makes sense. */
function parse(text: string): { at: number; layers: Map<string, Remembered> } | undefined {
  try {
    const said = JSON.parse(text) as { version: unknown; at: unknown; layers: unknown };
    if (said.version !== VERSION || typeof said.at !== 'number' || !Array.isArray(said.layers))
      return undefined;
    const layers = new Map<string, Remembered>();
    for (const [id, score, vertices] of said.layers as unknown[][]) {
      if (typeof id === 'string' && typeof score === 'number' && typeof vertices === 'number')
        layers.set(id, { score, vertices });
    }
    return { at: said.at, layers };
  } catch {
    return undefined;
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
