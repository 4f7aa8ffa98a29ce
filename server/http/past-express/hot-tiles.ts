import { LRUCache } from 'lru-cache';

/** Memory for URLs; the answers themselves are the cache's. */
const URL_BYTES = 8_000_000;
const ENTRY_OVERHEAD = 300;
/** Longer ones are rare, and not worth a place. */
const LONGEST_URL = 300;

/** What a tile's URL stood for when it was last routed. */
export interface HotTile {
  /** Where the cache holds the answer. */
  key: string;
  /** `ctx.epoch()` before the request was planned: at any later one the URL may mean other bytes. */
  epoch: number;
  cacheControl: string;
  route: string;
  layers: string;
  z: number;
  /** What `ctx.hot` knows the request as. */
  asked?: string;
}

/**
 * The tiles that can be answered from their URL alone. It holds no bytes: what the cache has dropped
 * is routed again.
 */
export class HotTiles {
  readonly #byUrl = new LRUCache<string, HotTile>({
    maxSize: URL_BYTES,
    sizeCalculation: ({ key }, url) => ENTRY_OVERHEAD + url.length + key.length,
  });

  get(url: string): HotTile | undefined {
    return this.#byUrl.get(url);
  }

  set(url: string, tile: HotTile): void {
    if (url.length <= LONGEST_URL) this.#byUrl.set(url, tile);
  }

  clear(): void {
    this.#byUrl.clear();
  }
}
