import { sortSliced, type Sliced } from './slices.ts';

/** Different strings in the order of their code units, and the numbers of what has each: a prefix is a range. */
export class SortedStrings {
  readonly strings: readonly string[];
  readonly #starts: Uint32Array;
  readonly #owners: Uint32Array;

  private constructor(strings: readonly string[], starts: Uint32Array, owners: Uint32Array) {
    this.strings = strings;
    this.#starts = starts;
    this.#owners = owners;
  }

  /** @param entries a string, and the number of what has it */
  static *build(strings: readonly string[], owners: readonly number[]): Sliced<SortedStrings> {
    const order = yield* sortSliced(Uint32Array.from(strings.keys()), (a, b) =>
      strings[a]! < strings[b]! ? -1 : strings[a]! > strings[b]! ? 1 : a - b,
    );
    const distinct: string[] = [];
    const starts: number[] = [];
    const sorted = new Uint32Array(order.length);
    for (let i = 0; i < order.length; i++) {
      const string = strings[order[i]!]!;
      sorted[i] = owners[order[i]!]!;
      if (distinct.at(-1) !== string) {
        distinct.push(string);
        starts.push(i);
      }
      if ((i & 511) === 0) yield;
    }
    starts.push(order.length);
    yield;
    return new SortedStrings(distinct, Uint32Array.from(starts), sorted);
  }

  /** Where a string stands; -1 where it does not. */
  find(string: string): number {
    const at = this.#lowerBound(string);
    return this.strings[at] === string ? at : -1;
  }

  /** Those that begin with a text: from the first up to before the second. */
  prefix(text: string): readonly [from: number, to: number] {
    return [this.#lowerBound(text), this.#lowerBound(`${text}\uffff`)];
  }

  /** What has one of the strings from one position up to before another. */
  owners(from: number, to = from + 1): Uint32Array {
    return this.#owners.subarray(this.#starts[from], this.#starts[to]);
  }

  #lowerBound(text: string): number {
    let [low, high] = [0, this.strings.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.strings[middle]! < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
