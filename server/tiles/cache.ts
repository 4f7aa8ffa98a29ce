import { LRUCache } from 'lru-cache';
import type { Representation } from '../http/respond.ts';
import { SingleFlight } from './flight.ts';

/** A finished tile answer; an empty body is an empty tile, which is worth remembering too. */
export type CachedTile = Representation;

/** Bytes that an entry costs besides its body: key, objects, map slots. */
const ENTRY_OVERHEAD = 500;

/**
 * Finished tiles by key, bounded in bytes. A key holds everything that changes the bytes, the
 * generation included, so an entry never becomes wrong: it is only no longer asked for.
 */
export class TileCache {
  readonly #entries: LRUCache<string, CachedTile> | undefined;
  readonly #flight = new SingleFlight<CachedTile>();

  /** @param maxBytes 0 keeps nothing; requests at the same time still share one computation. */
  constructor(maxBytes: number) {
    if (maxBytes === 0) return;
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      // Compressed copies come later; they take about as much as the body again.
      sizeCalculation: (tile, key) => ENTRY_OVERHEAD + key.length * 2 + tile.body.length * 2,
    });
  }

  /** The tile of `key`, from the cache or made by `work`, and which of these it was. */
  async get(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<CachedTile>,
  ): Promise<{ tile: CachedTile; cache: 'hit' | 'miss' | 'shared' }> {
    const found = this.#entries?.get(key);
    if (found) return { tile: found, cache: 'hit' };
    const { value, started } = await this.#flight.run(key, signal, async (shared) => {
      const tile = await work(shared);
      this.#entries?.set(key, tile);
      return tile;
    });
    return { tile: value, cache: started ? 'miss' : 'shared' };
  }

  clear(): void {
    this.#entries?.clear();
  }
}
