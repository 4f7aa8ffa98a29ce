import { Growing } from '../documents/growing.ts';
import type { Sliced } from './slices.ts';
import { grouped, PackedStrings, sortStrings, type Groups } from './strings.ts';

/** Different strings, and what has each. */
export interface Vocabulary {
  readonly strings: PackedStrings;
  readonly owners: Groups;
}

/** Takes strings in as they come. */
export class VocabularyBuilder {
  readonly #numbers = new Map<string, number>();
  readonly #strings = new Growing(Uint32Array);
  readonly #owners = new Growing(Uint32Array);

  /** The number of a string until all are there. */
  number(string: string): number {
    let number = this.#numbers.get(string);
    if (number === undefined) this.#numbers.set(string, (number = this.#numbers.size));
    return number;
  }

  /** @param string its number */
  add(string: number, owner: number): void {
    this.#strings.push(string);
    this.#owners.push(owner);
  }

  /** All of it in order, and the final number of each. */
  *done(): Sliced<Vocabulary & { readonly final: Uint32Array }> {
    const strings: string[] = [];
    for (const string of this.#numbers.keys()) {
      strings.push(string);
      if ((strings.length & 1023) === 0) yield;
    }
    const sorted = yield* sortStrings(strings);
    const final = new Uint32Array(sorted.length);
    for (let i = 0; i < sorted.length; i++) {
      final[this.#numbers.get(sorted[i]!)!] = i;
      if ((i & 255) === 0) yield;
    }
    const packed = yield* PackedStrings.pack(sorted);
    const numbers = yield* renumbered(this.#strings.done(), final);
    return { strings: packed, final, owners: yield* grouped(numbers, this.#owners.done(), sorted.length) };
  }
}

export function* renumbered(numbers: Uint32Array, final: Uint32Array): Sliced<Uint32Array> {
  for (let i = 0; i < numbers.length; i++) {
    numbers[i] = final[numbers[i]!]!;
    if ((i & 1023) === 0) yield;
  }
  return numbers;
}
