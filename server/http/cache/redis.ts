import { createHash } from 'node:crypto';
import { createClient, RESP_TYPES } from 'redis';
import type { Observe } from '../../observe/events.ts';
import type { SharedTier } from './response-cache.ts';
import { CircuitBreaker } from '../../tools/circuit-breaker.ts';
import { decodeAnswer, encodeAnswer } from './redis-codec.ts';
import type { Representation } from '../answers/respond.ts';

/** A read that takes longer than this costs more than it saves: most tiles are made in less. */
const READ_MS = 150;
const WRITE_MS = 2_000;
const CONNECT_MS = 500;
/** Writes wait this long, so that the compressed copy that the first client asked for goes with them. */
const WRITE_DELAY_MS = 100;
/** Answers waiting to be written, or being written; more than that are not shared. */
const MOST_WRITES = 500;
/** Larger answers would hold up all others that are read meanwhile. */
const LARGEST_BYTES = 2_000_000;
/** Keys name their generation, so nothing grows wrong with age: it is only no longer asked for. */
const TTL_S = 86_400;
const LONGEST_RECONNECT_MS = 5_000;

export interface RedisOptions {
  url: string;
  /** What the answers depend on besides their keys: instances share what they made under equal ones. */
  namespace: string;
  observe: Observe;
}

export interface RedisStats {
  up: boolean;
  /** `failed`: not answered in time, or refused by the circuit breaker. */
  reads: Readonly<Record<'hit' | 'miss' | 'failed', number>>;
  writes: Readonly<Record<'done' | 'failed' | 'dropped', number>>;
}

/**
 * The cache tier in Redis or Valkey: read through, written behind. Whatever happens to it costs speed
 * alone: reads that fail are misses, writes that fail are forgotten, and it connects again by itself.
 */
export class RedisTier implements SharedTier {
  /** Resolves when it is connected, or after a moment: a start waits for no cache. */
  readonly connected: Promise<void>;
  readonly #client;
  #namespace: string;
  readonly #breaker = new CircuitBreaker();
  readonly #pending = new Map<string, Representation>();
  readonly #reads = { hit: 0, miss: 0, failed: 0 };
  readonly #writes = { done: 0, failed: 0, dropped: 0 };
  #writing = 0;
  #timer: NodeJS.Timeout | undefined;
  #known: boolean | undefined;

  /** From now on answers are made from something else: those of before are not found any more. */
  rename(namespace: string): void {
    this.#namespace = namespace;
  }

  constructor({ url, namespace, observe }: RedisOptions) {
    this.#namespace = namespace;
    this.#client = createClient({
      url,
      disableOfflineQueue: true,
      commandsQueueMaxLength: 2 * MOST_WRITES,
      socket: {
        connectTimeout: WRITE_MS,
        reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, LONGEST_RECONNECT_MS),
      },
    }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const told = (up: boolean, error?: unknown): void => {
      if (this.#known === up) return;
      this.#known = up;
      observe(up ? { type: 'cache.shared.ready' } : { type: 'cache.shared.lost', error });
    };
    this.#client.on('ready', () => {
      this.#breaker.succeeded();
      told(true);
    });
    this.#client.on('error', (error: unknown) => told(false, error));
    // Where it is not there yet, the client goes on trying by itself.
    const connected = this.#client.connect().then(
      () => {},
      (error: unknown) => told(false, error),
    );
    this.connected = within(CONNECT_MS, connected).catch(() => {});
  }

  async get(key: string): Promise<Representation | undefined> {
    if (!this.#usable()) {
      this.#reads.failed++;
      return undefined;
    }
    try {
      const bytes = await within(READ_MS, this.#client.get(this.#name(key)));
      this.#breaker.succeeded();
      const answer = bytes ? decodeAnswer(bytes) : undefined;
      this.#reads[answer ? 'hit' : 'miss']++;
      return answer;
    } catch {
      this.#breaker.failed();
      this.#reads.failed++;
      return undefined;
    }
  }

  put(key: string, answer: Representation): void {
    if (answer.size > LARGEST_BYTES || this.#pending.size + this.#writing >= MOST_WRITES) {
      this.#writes.dropped++;
      return;
    }
    this.#pending.set(key, answer);
    this.#timer ??= setTimeout(() => this.#flush(), WRITE_DELAY_MS).unref();
  }

  stats(): RedisStats {
    const up = this.#client.isReady && !this.#breaker.open;
    return { up, reads: { ...this.#reads }, writes: { ...this.#writes } };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#pending.clear();
    if (this.#client.isOpen) this.#client.destroy();
  }

  #usable(): boolean {
    return this.#client.isReady && this.#breaker.mayTry();
  }

  #flush(): void {
    this.#timer = undefined;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const [key, answer] of pending) void this.#write(key, answer);
  }

  async #write(key: string, answer: Representation): Promise<void> {
    if (!this.#usable()) {
      this.#writes.dropped++;
      return;
    }
    this.#writing++;
    try {
      await within(
        WRITE_MS,
        this.#client.set(this.#name(key), encodeAnswer(answer), { expiration: { type: 'EX', value: TTL_S } }),
      );
      this.#breaker.succeeded();
      this.#writes.done++;
    } catch {
      this.#breaker.failed();
      this.#writes.failed++;
    } finally {
      this.#writing--;
    }
  }

  /** Keys hold what users wrote, at any length: their hash is short and reveals nothing. */
  #name(key: string): string {
    return `chorograph:${this.#namespace}:${createHash('sha256').update(key).digest('base64url')}`;
  }
}

/** @throws Error when `work` takes longer than `ms`; what it comes to is then ignored. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
