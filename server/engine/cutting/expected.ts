/** Zooms that somebody else prepares, and who waits for them. */
export class ExpectedZooms {
  readonly #waiting = new Map<number, { wait: Promise<void>; come: () => void }>();
  /** Those that were asked for, in that order. */
  readonly #asked = new Set<number>();

  add(zoom: number): void {
    if (this.#waiting.has(zoom)) return;
    let come = (): void => {};
    const wait = new Promise<void>((resolve) => (come = resolve));
    this.#waiting.set(zoom, { wait, come });
  }

  /** Somebody needs it. */
  ask(zoom: number): void {
    if (this.#waiting.has(zoom)) this.#asked.add(zoom);
  }

  /** Until it has come, or will not; undefined where nobody prepares it. */
  wait(zoom: number): Promise<void> | undefined {
    return this.#waiting.get(zoom)?.wait;
  }

  /** The one to prepare next: what was asked for first, else the first. */
  get next(): number | undefined {
    const [asked] = this.#asked;
    const [first] = this.#waiting.keys();
    return asked ?? first;
  }

  /** Whether somebody needs one of them. */
  get isAsked(): boolean {
    return this.#asked.size > 0;
  }

  /** It is there, or will not come. */
  end(zoom: number): void {
    this.#waiting.get(zoom)?.come();
    this.#waiting.delete(zoom);
    this.#asked.delete(zoom);
  }

  endAll(): void {
    for (const zoom of [...this.#waiting.keys()]) this.end(zoom);
  }
}
