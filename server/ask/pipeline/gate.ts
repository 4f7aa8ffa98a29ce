import { AppError } from '../../errors.ts';

/** How soon it is worth trying again when a place was not to be had. */
const RETRY_S = 5;

/** Lets so many work at a time, and so many wait; a place is kept for nobody who went away. */
export class Gate {
  readonly #most: number;
  readonly #mostWaiting: number;
  #working = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  get load(): { working: number; waiting: number } {
    return { working: this.#working, waiting: this.#waiting.length };
  }

  /**
   * Works when it is its turn.
   * @throws AppError `ask_busy` (503) where too many wait; the signal's reason where that fires first
   */
  async pass<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, so that nobody slips in between.
      if (next) next();
      else this.#working--;
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#working < this.#most) {
      this.#working++;
      return;
    }
    if (this.#waiting.length >= this.#mostWaiting) throw new AppError('ask_busy', { retryAfter: RETRY_S });
    await new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(turn);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
