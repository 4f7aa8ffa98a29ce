import { LRUCache } from 'lru-cache';
import { SingleFlight } from './flight.ts';
import type { Representation } from '../answers/respond.ts';

/** Bytes that an entry costs besides its bytes and its key: objects, map slots, headers. */
const ENTRY_OVERHEAD = 500;
/**
 * Share of the budget that empty answers may take. Anybody can ask for countless tiles where nothing
 * lies; kept apart, they push out only one another.
 */
const EMPTY_SHARE = 1 / 16;

/** `shared`: another instance had made it; `coalesced`: another request was already making it. */
export type CacheOutcome = 'hit' | 'shared' | 'miss' | 'coalesced';

/** A cache that several instances share. It may lose anything at any time, and never fails. */
export interface SharedTier {
  get(key: string): Promise<Representation | undefined>;
  put(key: string, answer: Representation): void;
}

export interface KeepOptions {
  /**
   * True where the key holds all that changes the bytes, on any instance and after any restart. Only
   * such answers go to the shared tier and the hot path.
   */
  versioned?: boolean;
}

export interface CacheStats {
  entries: number;
  bytes: number;
  maxBytes: number;
  evictions: number;
  /** How often each outcome came. */
  outcomes: Readonly<Record<CacheOutcome, number>>;
}

/**
 * Finished answers by key, bounded in bytes, compressed copies included. A key holds everything that
 * changes the bytes, the generation included, so an entry never becomes wrong: it is only no longer
 * asked for.
 */
export class ResponseCache {
  readonly #full: Kept | undefined;
  readonly #empty: Kept | undefined;
  readonly #maxBytes: number;
  readonly #flight = new SingleFlight<{ answer: Representation; cache: CacheOutcome }>();
  readonly #outcomes: Record<CacheOutcome, number> = { hit: 0, shared: 0, miss: 0, coalesced: 0 };
  #tier: SharedTier | undefined;
  /**
   * Asked before an answer is made, by whoever counts what that costs: it throws where it must not be made. What it
   * returns is called where the answer was found elsewhere after all.
   */
  charge: (() => Promise<(() => void) | undefined>) | undefined;
  #evictions = 0;

  /** @param maxBytes 0 keeps nothing; requests at the same time still share one computation. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    const forEmpty = Math.floor(maxBytes * EMPTY_SHARE);
    if (maxBytes - forEmpty > 0) this.#full = this.#keeper(maxBytes - forEmpty);
    if (forEmpty > 0) this.#empty = this.#keeper(forEmpty);
  }

  /** From now on versioned answers are looked for, and left, in `tier` too. */
  share(tier: SharedTier | undefined): void {
    this.#tier = tier;
  }

  /** The answer of `key`, from the cache or made by `work`, and which of these it was. */
  async get(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Representation>,
    options: KeepOptions = {},
  ): Promise<{ answer: Representation; cache: CacheOutcome }> {
    const found = this.held(key);
    if (found) return { answer: found, cache: this.#count('hit') };
    // Before the flight: whoever joins it must not be refused for what another has used up.
    const giveBack = this.charge && !this.#flight.has(key) ? await this.charge() : undefined;
    const { value, started } = await this.#flight.run(key, signal, async (flight) => {
      const tier = options.versioned ? this.#tier : undefined;
      const shared = await tier?.get(key);
      if (shared) {
        this.#keep(key, shared, options);
        return { answer: shared, cache: 'shared' };
      }
      const answer = await work(flight);
      if (!answer.stale) {
        this.#keep(key, answer, options);
        tier?.put(key, answer);
      }
      return { answer, cache: 'miss' };
    });
    const cache = started ? value.cache : 'coalesced';
    if (cache !== 'miss') giveBack?.();
    return { answer: value.answer, cache: this.#count(cache) };
  }

  /**
   * As `get`, where nothing has to be waited for: undefined where somebody counts or shares what is made, where it is
   * being made already, or where `work` gives none.
   */
  getNow(
    key: string,
    work: () => Representation | undefined,
    options: KeepOptions = {},
  ): { answer: Representation; cache: CacheOutcome } | undefined {
    const found = this.held(key);
    if (found) return { answer: found, cache: this.#count('hit') };
    if (this.charge || (options.versioned && this.#tier) || this.#flight.has(key)) return undefined;
    const answer = work();
    if (!answer) return undefined;
    if (!answer.stale) this.#keep(key, answer, options);
    return { answer, cache: this.#count('miss') };
  }

  /** As `get`, where nobody but this process is asked: undefined where somebody counts or shares what is made. */
  getHere(
    key: string,
    signal: () => AbortSignal,
    work: (signal: AbortSignal) => Promise<Representation>,
    options: KeepOptions = {},
  ): Promise<{ answer: Representation; cache: CacheOutcome }> | undefined {
    if (this.charge || (options.versioned && this.#tier)) return undefined;
    return this.get(key, signal(), work, options);
  }

  /** The answer of `key` where it is in memory. */
  held(key: string): Representation | undefined {
    return this.#full?.get(key) ?? this.#empty?.get(key);
  }

  /** As `get` would count it, for who answers with what is `held`. */
  countHit(): void {
    this.#outcomes.hit++;
  }

  stats(): CacheStats {
    const kept = [this.#full, this.#empty].filter((cache) => cache !== undefined);
    return {
      entries: kept.reduce((sum, cache) => sum + cache.size, 0),
      bytes: kept.reduce((sum, cache) => sum + cache.calculatedSize, 0),
      maxBytes: this.#maxBytes,
      evictions: this.#evictions,
      outcomes: { ...this.#outcomes },
    };
  }

  clear(): void {
    this.#full?.clear();
    this.#empty?.clear();
  }

  #count(outcome: CacheOutcome): CacheOutcome {
    this.#outcomes[outcome]++;
    return outcome;
  }

  #keeper(maxSize: number): Kept {
    return new LRUCache({
      maxSize,
      sizeCalculation: (answer, key) => ENTRY_OVERHEAD + key.length + answer.size,
      dispose: (answer, _key, reason) => {
        answer.onGrowth = undefined;
        if (reason === 'evict') this.#evictions++;
      },
    });
  }

  #keep(key: string, answer: Representation, { versioned }: KeepOptions): void {
    const cache = answer.body.length === 0 ? this.#empty : this.#full;
    if (versioned && cache) answer.cachedAs = key;
    const admit = (): void => {
      // A value that is set again keeps the size it had: it has to leave and come back.
      cache?.delete(key);
      answer.onGrowth = () => {
        admit();
        if (versioned) this.#tier?.put(key, answer);
      };
      cache?.set(key, answer);
    };
    admit();
  }
}

type Kept = LRUCache<string, Representation>;
