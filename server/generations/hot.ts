import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Observe } from '../observe/events.ts';
import type { News } from './generations.ts';

const REMEMBERED = 1_000;
const WARMED = 32;
/** Who has not asked for this long has probably gone. */
const RECENT_MS = 5 * 60_000;
/** What took longer waited for the database, or for a processor: meanwhile requests were answered. */
const LONGEST_PAUSE_MS = 5;

/** Makes a request's answer as of the newest data that is known, or of news that only it is told of. */
type Again = (news?: News) => Promise<unknown>;

interface Request {
  readonly subject: string;
  readonly again: Again;
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
  /** Subjects whose requests were made, or are being made, before their news is told. */
  readonly #ahead = new Set<string>();
  /** Subjects whose data changed again while they were being warmed. */
  readonly #changed = new Set<string>();
  #stopped = false;

  constructor(observe: Observe) {
    this.#observe = observe;
  }

  /** Notes a request of `subject`; `again` must not note it. */
  asked(subject: string, key: string, again: Again): void {
    const count = (this.#requests.get(key)?.count ?? 0) + 1;
    this.#requests.set(key, { subject, again, count });
  }

  /** Notes another request like one that was noted; whoever answers from memory has nothing to make it again with. */
  askedAgain(key: string): void {
    const request = this.#requests.get(key);
    if (request) this.#requests.set(key, { ...request, count: request.count + 1 });
  }

  /** Makes the hottest requests of a subject again, one after the other, but for what was prepared. */
  warm(subject: string): Promise<void> {
    if (this.#ahead.delete(subject)) return Promise.resolve();
    this.#changed.add(subject);
    const running = this.#warming.get(subject) ?? this.#warmWhileChanged(subject);
    this.#warming.set(subject, running);
    return running;
  }

  /** Makes the hottest requests of subjects as of news that nobody else knows yet; undefined where there are none. */
  prepare(subjects: readonly string[], news: News): Promise<unknown> | undefined {
    const asked = subjects.filter((subject) => this.#hottest(subject).length > 0);
    for (const subject of asked) this.#ahead.add(subject);
    return asked.length > 0 ? this.#prepareAll(asked, news) : undefined;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #warmWhileChanged(subject: string): Promise<void> {
    while (this.#changed.delete(subject)) await this.#warm(subject);
    this.#warming.delete(subject);
  }

  async #prepareAll(subjects: readonly string[], news: News): Promise<void> {
    for (const subject of subjects) await this.#warm(subject, news);
  }

  async #warm(subject: string, news?: News): Promise<void> {
    const started = performance.now();
    const tiles = await this.#makeAll(this.#hottest(subject), news);
    if (tiles > 0) {
      this.#observe({ type: 'tiles.warmed', subject, tiles, ms: Math.round(performance.now() - started) });
    }
  }

  #hottest(subject: string): Request[] {
    return [...this.#requests.values()]
      .filter((request) => request.subject === subject)
      .sort((a, b) => b.count - a.count)
      .slice(0, WARMED);
  }

  async #makeAll(requests: readonly Request[], news?: News): Promise<number> {
    let made = 0;
    let spent = 0;
    for (const { again } of requests) {
      // Making one may never wait for anything: requests get as much of the time, between any two of them.
      await sleep(spent);
      if (this.#stopped) break;
      const started = performance.now();
      // Whoever asks next is told of the failure.
      await again(news).then(
        () => made++,
        () => {},
      );
      spent = Math.min(performance.now() - started, LONGEST_PAUSE_MS);
    }
    return made;
  }
}
