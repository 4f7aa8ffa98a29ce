/** Lets so many pass at a time, in the order in which they came, and whoever has waited long enough. */
export class Line {
  readonly #capacity: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Waits for room, but no longer than that.
   * @param ms milliseconds
   * @returns what has to be called when it is over
   */
  async enter(ms: number): Promise<() => void> {
    if (this.#inside < this.#capacity || ms === 0) this.#inside++;
    else await this.#room(ms);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#inside--;
      if (this.#inside < this.#capacity) this.#waiting.shift()?.();
    };
  }

  #room(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const enter = (): void => {
        clearTimeout(timer);
        this.#inside++;
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        enter();
      }, ms);
      this.#waiting.push(enter);
    });
  }
}
