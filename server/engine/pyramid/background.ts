import type { BuildOutcome } from './build.ts';

interface Options {
  /** Ids of layers whose pyramid is missing or older than its source. */
  readonly stale: () => readonly string[];
  readonly build: (layer: string, mayReadAll: boolean) => Promise<BuildOutcome>;
  /** Takes in what other instances built. */
  readonly look: () => Promise<void>;
  readonly failed: (layer: string, error: unknown) => void;
}

/** A build may take this share of the time: a source that changes all the time is not built all the time. */
const REST_FACTOR = 9;
/** When to look again (ms) after another instance was building, or after a build failed. */
const RETRY_MS = { busy: 5_000, failed: 60_000 } as const;

/**
 * Builds pyramids that are stale, one at a time, behind the scenes. One that read all rows rests nine times as long as
 * that took before it does so again; what takes in the changes alone rests as long as that took, in between, too.
 */
export class Background {
  readonly #options: Options;
  /** When a layer may be looked at again, and when all of its rows may be read again, by `performance.now()`. */
  readonly #notBefore = new Map<string, number>();
  readonly #notAllBefore = new Map<string, number>();
  #running: Promise<void> | undefined;
  #again = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Looks whether something has to be built, now or when its rest is over, and does so. */
  check(): void {
    if (this.#isStopped) return;
    this.#again = true;
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
  }

  /** Resolves when nothing is being built; what rests or failed is not waited for. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Begins no more; what is being built is to be ended by who knows how. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.settled();
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#isStopped) {
      this.#again = false;
      await this.#options.look();
      for (const layer of this.#options.stale()) {
        if (this.#isStopped) return;
        if (performance.now() >= (this.#notBefore.get(layer) ?? 0)) await this.#attempt(layer);
      }
    }
    this.#wakeUp();
  }

  async #attempt(layer: string): Promise<void> {
    const started = performance.now();
    const allFrom = this.#notAllBefore.get(layer) ?? 0;
    const rest = (until: number): void => void this.#notBefore.set(layer, until);
    try {
      const outcome = await this.#options.build(layer, started >= allFrom);
      const now = performance.now();
      const rested = now + REST_FACTOR * (now - started);
      if (outcome === 'busy') rest(now + RETRY_MS.busy);
      else if (outcome === 'later') rest(allFrom);
      else if (outcome === 'built') this.#notAllBefore.set(layer, rested);
      else rest(rested);
    } catch (error) {
      if (this.#isStopped) return;
      rest(performance.now() + RETRY_MS.failed);
      this.#options.failed(layer, error);
    }
  }

  /** Comes back when the next rest of a stale pyramid is over. */
  #wakeUp(): void {
    clearTimeout(this.#timer);
    const times = this.#options.stale().map((layer) => this.#notBefore.get(layer) ?? 0);
    if (times.length === 0 || this.#isStopped) return;
    const waitMs = Math.max(10, Math.min(...times) - performance.now());
    this.#timer = setTimeout(() => this.check(), waitMs);
    this.#timer.unref();
  }
}
