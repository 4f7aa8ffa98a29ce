import { LRUCache } from 'lru-cache';
import type { Observe } from '../observe/events.ts';

const REMEMBERED = 1_000;
const WARMED = 32;
/** Who has not asked for this long has probably gone. */
const RECENT_MS = 5 * 60_000;

interface Request {
  readonly subject: string;
  readonly again: () => Promise<unknown>;
  count: number;
}

/**
 * The requests made most often of late, to be made again when their data changes: the first browser
 * that repaints then finds them ready.
 */
export class HotRequests {
  readonly #requests = new LRUCache<string, Request>({ max: REMEMBERED, ttl: RECENT_MS });
  readonly #warming = new Map<string, Promise<void>>();
  readonly #observe: Observe;
  /** Subjects whose data changed again while they were being warmed. */
  readonly #changed = new Set<string>();
  #stopped = false;

  constructor(observe: Observe) {
    this.#observe = observe;
  }

  /** Notes a request of `subject`; `again` must make it as of the newest data, and must not note it. */
  asked(subject: string, key: string, again: () => Promise<unknown>): void {
    const count = (this.#requests.get(key)?.count ?? 0) + 1;
    this.#requests.set(key, { subject, again, count });
  }

  /** Makes the hottest requests of a subject again, one after the other. */
  warm(subject: string): Promise<void> {
    this.#changed.add(subject);
    const running = this.#warming.get(subject) ?? this.#warmWhileChanged(subject);
    this.#warming.set(subject, running);
    return running;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #warmWhileChanged(subject: string): Promise<void> {
    while (this.#changed.delete(subject)) await this.#warm(subject);
    this.#warming.delete(subject);
  }

  async #warm(subject: string): Promise<void> {
    const started = performance.now();
    const hottest = [...this.#requests.values()]
      .filter((request) => request.subject === subject)
      .sort((a, b) => b.count - a.count)
      .slice(0, WARMED);
    let tiles = 0;
    for (const { again } of hottest) {
      if (this.#stopped) return;
      // Whoever asks next is told of the failure.
      await again().then(
        () => tiles++,
        () => {},
      );
    }
    if (tiles > 0) {
      this.#observe({ type: 'tiles.warmed', subject, tiles, ms: Math.round(performance.now() - started) });
    }
  }
}
