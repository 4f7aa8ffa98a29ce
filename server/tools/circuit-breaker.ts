/** Failures in a row after which nothing is tried for a while. */
const TOLERATED = 5;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Spares requests the waiting for something that does not answer: after some failures in a row it stays
 * open for a pause that doubles, and then lets one attempt through at a time until one succeeds.
 */
export class CircuitBreaker {
  readonly #now: () => number;
  #failures = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #openUntil = 0;
  #trying = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get open(): boolean {
    return this.#failures >= TOLERATED;
  }

  /** Whether an attempt may be made now; one that may must report how it went. */
  mayTry(): boolean {
    if (!this.open) return true;
    if (this.#now() < this.#openUntil) return false;
    this.#trying = true;
    this.#pause();
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#trying = false;
  }

  failed(): void {
    if (!this.open) {
      this.#failures++;
      if (this.open) this.#pause();
      return;
    }
    // Attempts from before it opened fail late and tell nothing new.
    if (!this.#trying) return;
    this.#trying = false;
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#pause();
  }

  #pause(): void {
    this.#openUntil = this.#now() + this.#pauseMs;
  }
}
