import type { Sliced } from './slices.ts';

/** Letters and digits have a number each; all others share what is left. */
const SYMBOLS = 40;
const CODES = SYMBOLS ** 3;
/** Entries of postings that one look-up reads at most: the rarest trigrams tell the most, and are read first. */
const MOST_READ = 60_000;

/** Finds strings that have trigrams in common with a text, whatever their order. */
export class TrigramIndex {
  readonly #starts: Uint32Array;
  readonly #postings: Uint32Array;
  /** Trigrams that each string has. */
  readonly #sizes: Uint8Array;
  /** Trigrams in common with what is looked up; all zero between two look-ups. */
  readonly #counts: Uint8Array;

  private constructor(starts: Uint32Array, postings: Uint32Array, sizes: Uint8Array) {
    this.#starts = starts;
    this.#postings = postings;
    this.#sizes = sizes;
    this.#counts = new Uint8Array(sizes.length);
  }

  static *build(strings: readonly string[]): Sliced<TrigramIndex> {
    const starts = new Uint32Array(CODES + 1);
    const sizes = new Uint8Array(strings.length);
    for (let i = 0; i < strings.length; i++) {
      const codes = trigramsOf(strings[i]!);
      sizes[i] = Math.min(255, codes.length);
      for (const code of codes) starts[code + 1]!++;
      if ((i & 63) === 0) yield;
    }
    for (let code = 0; code < CODES; code++) starts[code + 1]! += starts[code]!;
    yield;
    const postings = new Uint32Array(starts[CODES]!);
    const next = starts.slice();
    for (let i = 0; i < strings.length; i++) {
      for (const code of trigramsOf(strings[i]!)) postings[next[code]!++] = i;
      if ((i & 63) === 0) yield;
    }
    return new TrigramIndex(starts, postings, sizes);
  }

  /**
   * The strings with the most in common, best first.
   * @param least share of the text's trigrams that they must have, from 0 to 1
   * @param partly true where strings may be much longer than the text
   */
  candidates(
    text: string,
    { most, least, partly }: { most: number; least: number; partly: boolean },
  ): number[] {
    const length = (code: number): number => this.#starts[code + 1]! - this.#starts[code]!;
    const codes = trigramsOf(text).sort((a, b) => length(a) - length(b));
    const seen: number[] = [];
    let read = 0;
    let lists = 0;
    for (const code of codes) {
      read += length(code);
      if (read > MOST_READ && seen.length > 0) break;
      lists++;
      for (let i = this.#starts[code]!; i < this.#starts[code + 1]!; i++) {
        const string = this.#postings[i]!;
        if (this.#counts[string]!++ === 0) seen.push(string);
      }
    }
    const needed = Math.max(1, Math.ceil(lists * least));
    const share = codes.length / lists;
    const found: { string: number; score: number }[] = [];
    for (const string of seen) {
      const common = this.#counts[string]!;
      this.#counts[string] = 0;
      if (common < needed) continue;
      const other = this.#sizes[string]!;
      const dice = (2 * common * share) / (codes.length + other);
      found.push({ string, score: partly ? Math.max(dice, (0.9 * common) / lists) : dice });
    }
    return found
      .sort((a, b) => b.score - a.score || a.string - b.string)
      .slice(0, most)
      .map(({ string }) => string);
  }
}

/** Codes of the different trigrams of a text, its beginning and end marked. */
function trigramsOf(text: string): number[] {
  const codes = new Set<number>();
  let a = 0;
  let b = 0;
  // Long texts differ enough by their beginnings.
  const end = Math.min(text.length, 120);
  for (let i = 0; i <= end; i++) {
    const c = i < end ? symbolOf(text.charCodeAt(i)) : 0;
    codes.add((a * SYMBOLS + b) * SYMBOLS + c);
    a = b;
    b = c;
  }
  return [...codes];
}

function symbolOf(code: number): number {
  if (code >= 97 && code <= 122) return code - 96;
  if (code >= 48 && code <= 57) return code - 48 + 27;
  return 37 + (code % 3);
}
