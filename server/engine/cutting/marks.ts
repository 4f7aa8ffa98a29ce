/** Numbers that are put in order one by one. */
const FEW = 24;

/**
 * Puts different numbers below a limit in order in as many steps as there are numbers: a bit for each, a bit for each 32 of
 * these, and then the bits that are set, one after the other.
 */
export class Marks {
  /** All 0 in between. */
  readonly #words: Uint32Array;
  readonly #groups: Uint32Array;

  constructor(limit: number) {
    this.#words = new Uint32Array(Math.ceil(limit / 32));
    this.#groups = new Uint32Array(Math.ceil(this.#words.length / 32));
  }

  get bytes(): number {
    return this.#words.byteLength + this.#groups.byteLength;
  }

  /** The smallest first, in place. */
  sort(numbers: Uint32Array): Uint32Array {
    if (numbers.length <= FEW) return sortFew(numbers);
    const [words, groups] = [this.#words, this.#groups];
    for (let i = 0; i < numbers.length; i++) {
      const word = numbers[i]! >>> 5;
      words[word]! |= 1 << numbers[i]!;
      groups[word >>> 5]! |= 1 << word;
    }
    for (let group = 0, at = 0; at < numbers.length; group++) {
      for (let left = groups[group]!; left !== 0; left &= left - 1) {
        const word = 32 * group + 31 - Math.clz32(left & -left);
        for (let bits = words[word]!; bits !== 0; bits &= bits - 1)
          numbers[at++] = 32 * word + 31 - Math.clz32(bits & -bits);
        words[word] = 0;
      }
      groups[group] = 0;
    }
    return numbers;
  }
}

/** Sorts by insertion: the engine's own sort takes longer to begin. */
function sortFew(numbers: Uint32Array): Uint32Array {
  for (let i = 1; i < numbers.length; i++) {
    const number = numbers[i]!;
    let at = i - 1;
    for (; at >= 0 && numbers[at]! > number; at--) numbers[at + 1] = numbers[at]!;
    numbers[at + 1] = number;
  }
  return numbers;
}
