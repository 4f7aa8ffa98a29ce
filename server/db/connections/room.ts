import { AppError } from '../../errors.ts';

/** Of so many connections one is left. */
const LEFT_OF = 4;

/** How many connections of a pool what leaves room may have at a time: one at least. */
export function placesOf(size: number): number {
  return Math.max(1, size - Math.ceil(size / LEFT_OF));
}

/** Lets what may take long have a part of the connections alone: what is quick finds the others free. */
export class Room {
  #free: number;
  readonly #waitMs: number;
  /** Those that wait, the first one first. */
  readonly #waiting = new Set<() => void>();

  /** @param waitMs that one may wait for its place */
  constructor(places: number, waitMs: number) {
    this.#free = places;
    this.#waitMs = waitMs;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws AppError `database_busy` where there was no place in time, `client_closed_request` where nobody waits any more */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#place(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next) next();
      else this.#free++;
    }
  }

  /** A place that another gives up. */
  #place(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw new AppError('client_closed_request');
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(enter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', leave);
      };
      const enter = (): void => {
        end();
        resolve();
      };
      const leave = (): void => {
        end();
        reject(new AppError('client_closed_request'));
      };
      const timer = setTimeout(() => {
        end();
        reject(new AppError('database_busy'));
      }, this.#waitMs);
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.add(enter);
    });
  }
}
