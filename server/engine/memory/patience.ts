/**
 * How long tiles wait for what is being made before they are made in another way: all that wait for the same have that long together, from
 * when it was first waited for. Who comes later does not wait for as long again.
 */
export class Patience {
  readonly #ms: number | undefined;
  /** When a part of something was first waited for. */
  readonly #since = new WeakMap<object, Map<string | number, number>>();

  /** @param ms as long as it takes where undefined */
  constructor(ms: number | undefined) {
    this.#ms = ms;
  }

  /** Milliseconds that are left for a zoom of an index, or a layer as of a token. */
  left(whole: object, part: string | number): number | undefined {
    if (this.#ms === undefined) return undefined;
    let since = this.#since.get(whole);
    if (!since) this.#since.set(whole, (since = new Map()));
    const began = since.get(part) ?? performance.now();
    // A layer that changes has ever new tokens.
    if (typeof part === 'string' && !since.has(part)) since.clear();
    since.set(part, began);
    return Math.max(0, began + this.#ms - performance.now());
  }
}
