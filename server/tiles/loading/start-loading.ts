import { join } from 'node:path';
import type { Counter } from 'prom-client';
import type { Starting } from '../../capability.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { TableLayer } from '../../catalog/types.ts';
import type { MemoryLayers } from '../../engine/memory/layers.ts';
import type { Generations } from '../../generations/generations.ts';
import type { Startup } from '../../startup-state.ts';
import { Asked } from './asked.ts';
import { cacheFiles, type DiskConfig } from './disk.ts';
import { chosen, preload } from './preload.ts';
import { warmUp } from './warm-up.ts';

/** What was asked for is written this often, and when the server stops. */
const WRITE_EVERY_MS = 600_000;

export interface LoadingConfig extends DiskConfig {
  readonly startLoadingMs: number;
  readonly memoryVertices: number;
  readonly tile: { readonly maxFeatures: number; readonly maxBytes: number };
}

interface LoadingContext {
  readonly catalog: Catalog;
  readonly generations: Generations;
  readonly startup: Pick<Startup, 'onTurnedAway'>;
}

/** Remembers which layers are asked for, and has them in memory when a server becomes ready. */
export class StartLoading {
  readonly #config: LoadingConfig;
  readonly #memory: MemoryLayers;
  readonly #asked: Asked;
  readonly #stopping = new AbortController();
  #served: Counter<'layer' | 'cache'> | undefined;
  #isKept = false;

  constructor(config: LoadingConfig, memory: MemoryLayers) {
    this.#config = config;
    this.#memory = memory;
    const { folder, database } = cacheFiles(config);
    this.#asked = new Asked(
      join(folder, `${database}.asked.json`),
      () => this.#counted(),
      () => memory.uses(),
    );
  }

  /** Tiles that are found finished are counted there; of closed layers, and of several together, only those that are made. */
  countedBy(served: Counter<'layer' | 'cache'>): void {
    this.#served = served;
  }

  /** Loads what was asked for most, within the time that the settings give it. */
  async load(ctx: LoadingContext, { step, releasers }: Pick<Starting, 'step' | 'releasers'>): Promise<void> {
    const { startLoadingMs: waitMs, memoryVertices, tile } = this.#config;
    if (waitMs === 0) return;
    this.#keep(releasers);
    const tables = ctx.catalog.all().filter((layer): layer is TableLayer => layer.type === 'table');
    const layers = chosen(tables, await this.#asked.read(), memoryVertices);
    if (layers.length === 0) return;
    step('loading layers');
    const { signal } = this.#stopping;
    const asked = new Promise<void>((resolve) => (ctx.startup.onTurnedAway = resolve));
    await preload(
      layers,
      { memory: this.#memory, generations: ctx.generations },
      waitMs,
      (loaded, zoom) => warmUp(loaded, zoom, tile),
      signal,
      asked,
    );
  }

  #keep(releasers: Starting['releasers']): void {
    if (this.#isKept) return;
    this.#isKept = true;
    // A folder that cannot be written to costs the next start time, and nobody an answer.
    const write = (): Promise<void> => this.#asked.write().catch(() => {});
    const timer = setInterval(() => void write(), WRITE_EVERY_MS);
    timer.unref();
    releasers.push('what was asked for', async () => {
      this.#stopping.abort();
      clearInterval(timer);
      await write();
    });
  }

  async #counted(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { labels, value } of (await this.#served?.get())?.values ?? []) {
      const { layer } = labels;
      if (typeof layer === 'string') counts.set(layer, (counts.get(layer) ?? 0) + value);
    }
    return counts;
  }
}
