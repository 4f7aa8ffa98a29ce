import { LRUCache } from 'lru-cache';
import { SingleFlight } from './flight.ts';
import type { Representation } from './respond.ts';

/** Bytes that an entry costs besides its body: key, objects, map slots. */
const ENTRY_OVERHEAD = 500;

export type CacheOutcome = 'hit' | 'miss' | 'shared';

/**
 * Finished answers by key, bounded in bytes; an empty tile is worth remembering too. A key holds
 * everything that changes the bytes, the generation included, so an entry never becomes wrong: it is
 * only no longer asked for.
 */
export class ResponseCache {
  readonly #entries: LRUCache<string, Representation> | undefined;
  readonly #flight = new SingleFlight<Representation>();

  /** @param maxBytes 0 keeps nothing; requests at the same time still share one computation. */
  constructor(maxBytes: number) {
    if (maxBytes === 0) return;
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      // Compressed copies come later; they take about as much as the body again.
      sizeCalculation: (answer, key) => ENTRY_OVERHEAD + key.length * 2 + answer.body.length * 2,
    });
  }

  /** The answer of `key`, from the cache or made by `work`, and which of these it was. */
  async get(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Representation>,
  ): Promise<{ answer: Representation; cache: CacheOutcome }> {
    const found = this.#entries?.get(key);
    if (found) return { answer: found, cache: 'hit' };
    const { value, started } = await this.#flight.run(key, signal, async (shared) => {
      const answer = await work(shared);
      if (!answer.stale) this.#entries?.set(key, answer);
      return answer;
    });
    return { answer: value, cache: started ? 'miss' : 'shared' };
  }

  clear(): void {
    this.#entries?.clear();
  }
}
