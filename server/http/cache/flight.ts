/**
 * One computation for all who ask for the same thing at the same time. It is cancelled only when
 * everybody who waited for it has gone away.
 */
export class SingleFlight<T> {
  #flights = new Map<string, { promise: Promise<T>; waiting: number; controller: AbortController }>();

  /** Whether somebody computes it now. */
  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** The result for `key`; `started` says whether this call began the work. */
  async run(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ value: T; started: boolean }> {
    const existing = this.#flights.get(key);
    const flight = existing ?? this.#start(key, work);
    flight.waiting++;
    const leave = (): void => {
      flight.waiting--;
      if (flight.waiting > 0) return;
      // Who comes after this must not be handed a cancelled computation.
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      flight.controller.abort();
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return { value: await flight.promise, started: existing === undefined };
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>) {
    const controller = new AbortController();
    const promise = work(controller.signal).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    const flight = { promise, waiting: 0, controller };
    this.#flights.set(key, flight);
    return flight;
  }
}
