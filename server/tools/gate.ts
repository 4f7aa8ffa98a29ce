import { AppError } from '../errors.ts';
import { FairQueue } from './fair-queue.ts';

export interface GateOptions {
  /** How much may be under way at a time, in whatever the weights count. */
  capacity: number;
  /** How many may wait. */
  maxWaiting: number;
}

interface Waiting {
  readonly weight: number;
  readonly enter: () => void;
  readonly refuse: (error: AppError) => void;
}

/**
 * Lets work begin while there is room for it: what many ask for at the same time takes the memory of a few, and the
 * others wait. Clients take turns.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #waiting: FairQueue<Waiting>;
  #load = 0;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#waiting = new FairQueue(options.maxWaiting);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Does the work when it is its turn. What weighs more than the capacity is done alone.
   * @throws AppError `server_busy` where too many wait already
   */
  async run<Result>(client: string, weight: number, work: () => Promise<Result> | Result): Promise<Result> {
    const own = Math.min(weight, this.#options.capacity);
    await this.#enter(client, own);
    try {
      return await work();
    } finally {
      this.#load -= own;
      this.#next();
    }
  }

  #enter(client: string, weight: number): Promise<void> | undefined {
    if (this.#waiting.size === 0 && this.#load + weight <= this.#options.capacity) {
      this.#load += weight;
      return undefined;
    }
    return new Promise((enter, refuse) => {
      this.#waiting.push(client, { weight, enter, refuse })?.refuse(new AppError('server_busy'));
    });
  }

  #next(): void {
    for (let next = this.#waiting.peek(); next; next = this.#waiting.peek()) {
      if (this.#load + next.weight > this.#options.capacity) return;
      this.#waiting.shift();
      this.#load += next.weight;
      next.enter();
    }
  }
}
