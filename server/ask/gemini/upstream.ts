import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitBreaker } from '../../tools/circuit-breaker.ts';
import type { RateLimit } from '../../limits/rate.ts';
import {
  addUsage,
  NO_USAGE,
  UpstreamFailure,
  type Call,
  type Gemini,
  type Reply,
  type Usage,
} from './types.ts';

/** Waits before the one retry, and the longest that a server may ask for and get. */
const PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** With less time left another try would only fail later. */
const LEAST_TIME_MS = 1_000;

export interface Attempt {
  readonly signal: AbortSignal;
  /** When the question must be answered, on the clock of `performance.now()`. */
  readonly until: number;
  /** Told how long the model was waited for. */
  readonly waited?: (ms: number) => void;
  /** Told pieces of text as they come; absent where the whole is waited for. */
  readonly onText?: (text: string) => void;
}

/** Gemini with what a service needs around it: a breaker, a limit of calls and one careful retry. */
export class Upstream {
  readonly #gemini: Gemini;
  readonly #calls: RateLimit;
  readonly #breaker = new CircuitBreaker();

  constructor(gemini: Gemini, calls: RateLimit) {
    this.#gemini = gemini;
    this.#calls = calls;
  }

  get isOpen(): boolean {
    return this.#breaker.open;
  }

  /** @throws UpstreamFailure, with the tokens of all that was tried */
  async ask(call: Call, attempt: Attempt): Promise<Reply> {
    let used: Usage = NO_USAGE;
    for (let tries = 1; ; tries++) {
      let hasSpoken = false;
      const asked = performance.now();
      try {
        const reply = await this.#once(call, attempt, () => (hasSpoken = true));
        return { ...reply, usage: addUsage(reply.usage, used) };
      } catch (thrown) {
        const failure = thrown as UpstreamFailure;
        used = addUsage(used, failure.usage);
        const pauseMs = Math.max(failure.retryMs ?? PAUSE_MS, PAUSE_MS) * (1 + Math.random() / 2);
        const timeLeft = attempt.until - performance.now() - pauseMs;
        // What was heard in part cannot be unsaid; a deadline that has passed does not come again.
        const isWorth =
          failure.kind === 'unavailable' || (failure.kind === 'busy' && pauseMs <= LONGEST_PAUSE_MS);
        if (tries > 1 || hasSpoken || !isWorth || timeLeft < LEAST_TIME_MS || this.#breaker.open) {
          throw new UpstreamFailure(failure.kind, failure.message, { retryMs: failure.retryMs, usage: used });
        }
        await sleep(pauseMs, undefined, { signal: attempt.signal }).catch(() => {});
      } finally {
        attempt.waited?.(performance.now() - asked);
      }
    }
  }

  async #once(call: Call, { signal, onText }: Attempt, spoken: () => void): Promise<Reply> {
    const wait = await this.#calls.take('all');
    if (wait !== undefined)
      throw new UpstreamFailure('busy', 'our own limit of calls', { retryMs: wait * 1000 });
    if (!this.#breaker.mayTry()) throw new UpstreamFailure('unavailable', 'it failed several times in a row');
    try {
      const reply =
        onText === undefined
          ? await this.#gemini.generate(call, signal)
          : await this.#gemini.stream(call, signal, (text) => {
              spoken();
              onText(text);
            });
      this.#breaker.succeeded();
      return reply;
    } catch (thrown) {
      const failure =
        thrown instanceof UpstreamFailure ? thrown : new UpstreamFailure('garbled', String(thrown));
      // It is there where it refuses what it is asked; who went away says nothing of it.
      if (['config', 'request', 'busy'].includes(failure.kind)) this.#breaker.succeeded();
      else if (failure.kind !== 'cancelled' || this.#breaker.open) this.#breaker.failed();
      throw failure;
    }
  }

  exists(model: string, signal: AbortSignal): Promise<boolean> {
    return this.#gemini.exists(model, signal);
  }
}
