const NONE: readonly string[] = [];

/** Lists of texts, each of them once: thousands of villages lie in one district. The first is the empty one. */
export class Lists {
  readonly #all: (readonly string[])[];
  readonly #numbers = new Map<string, number>();

  /** @param all lists that are only read from now on, as another thread had them */
  constructor(all: readonly (readonly string[])[] = [NONE]) {
    this.#all = [...all];
  }

  get all(): readonly (readonly string[])[] {
    return this.#all;
  }

  /** The number of a list. */
  add(list: readonly string[]): number {
    if (list.length === 0) return 0;
    const key = list.length === 1 ? list[0]! : JSON.stringify(list);
    const known = this.#numbers.get(key);
    // A single text may look like the JSON of a list.
    if (known !== undefined && this.#all[known]!.length === list.length) return known;
    this.#numbers.set(key, this.#all.length);
    return this.#all.push(list) - 1;
  }

  get length(): number {
    return this.#all.length;
  }

  at(number: number): readonly string[] {
    return this.#all[number]!;
  }
}
