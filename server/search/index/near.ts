import { editDistance } from '../../places/similarity.ts';
import type { Sliced } from './slices.ts';
import type { PackedStrings } from './strings.ts';

/** Letters and digits have a number each; all others share what is left. */
const SYMBOLS = 40;
const CODES = SYMBOLS ** 3;
/** Long texts differ enough by their beginnings. */
const LONGEST = 120;
/** Entries of postings that one look-up reads at most. */
const MOST_READ = 60_000;
/** Swapped neighbours are one mistake in four trigrams, any other in three. */
const TOUCHED = 3;

/** A string, by its number, and by how many mistakes it differs. */
export interface Near {
  readonly string: number;
  readonly distance: number;
}

/** Which strings have each trigram. */
export interface NearColumns {
  readonly starts: Uint32Array;
  readonly postings: Uint32Array;
  /** Which letters each string has, a bit for each of 32 classes. */
  readonly letters: Uint32Array;
}

/**
 * Finds strings that differ from a text by a few mistakes. Each of them spoils three or four trigrams, so whatever is
 * that near has one of the rarest few of the text's; only what has is looked at.
 */
export class NearStrings {
  readonly columns: NearColumns;
  readonly #strings: PackedStrings;
  /** The look-up in which each string was seen last. */
  readonly #seen: Uint32Array;
  #lookup = 0;

  constructor(strings: PackedStrings, columns: NearColumns) {
    this.#strings = strings;
    this.columns = columns;
    this.#seen = new Uint32Array(strings.length);
  }

  static *build(strings: PackedStrings): Sliced<NearStrings> {
    const starts = new Uint32Array(CODES + 1);
    const letters = new Uint32Array(strings.length);
    const trigrams = new Trigrams();
    for (let i = 0; i < strings.length; i++) {
      const count = trigrams.read(strings.units, strings.starts[i]!, strings.starts[i + 1]!);
      for (let at = 0; at < count; at++) starts[trigrams.codes[at]! + 1]!++;
      letters[i] = lettersOf(strings.units, strings.starts[i]!, strings.starts[i + 1]!);
      if ((i & 63) === 0) yield;
    }
    for (let code = 0; code < CODES; code++) starts[code + 1]! += starts[code]!;
    yield;
    const postings = new Uint32Array(starts[CODES]!);
    const next = starts.slice();
    for (let i = 0; i < strings.length; i++) {
      const count = trigrams.read(strings.units, strings.starts[i]!, strings.starts[i + 1]!);
      for (let at = 0; at < count; at++) postings[next[trigrams.codes[at]!]!++] = i;
      if ((i & 63) === 0) yield;
    }
    return new NearStrings(strings, { starts, postings, letters });
  }

  /**
   * Those that differ by so many mistakes at most, the nearest first; `most` of them at most.
   * @param isBeginning whether those are meant of which the beginning does
   */
  near(text: string, mistakes: number, most: number, isBeginning = false): Near[] {
    const pattern = new Pattern(text.slice(0, LONGEST));
    const { units, length } = pattern;
    const { starts, postings, letters } = this.columns;
    const lookup = ++this.#lookup;
    const found: Near[] = [];
    for (const code of this.#rarest(units, TOUCHED * mistakes + 2, isBeginning))
      for (let i = starts[code]!; i < starts[code + 1]!; i++) {
        const string = postings[i]!;
        if (this.#seen[string] === lookup) continue;
        this.#seen[string] = lookup;
        const from = this.#strings.starts[string]!;
        const to = this.#strings.starts[string + 1]!;
        const more = to - from - length;
        if (-more > mistakes || (more > mistakes && !isBeginning)) continue;
        const [a, b] = [letters[string]!, pattern.letters];
        if (bits(b & ~a) > mistakes || (!isBeginning && bits(a & ~b) > mistakes)) continue;
        const distance = isBeginning
          ? pattern.distanceToBeginning(this.#strings.units, from, Math.min(to, from + length + mistakes))
          : pattern.distance(this.#strings.units, from, to);
        if (distance <= mistakes) found.push({ string, distance });
      }
    return found.sort((a, b) => a.distance - b.distance || a.string - b.string).slice(0, most);
  }

  #rarest(units: Uint16Array, count: number, isBeginning: boolean): number[] {
    const trigrams = new Trigrams();
    const { starts } = this.columns;
    const length = (code: number): number => starts[code + 1]! - starts[code]!;
    const codes = [...trigrams.codes.subarray(0, trigrams.read(units, 0, units.length))]
      // What goes on has no end there.
      .filter((code) => !isBeginning || code % SYMBOLS !== 0)
      .sort((a, b) => length(a) - length(b))
      .slice(0, count);
    let read = 0;
    const last = codes.findIndex((code) => (read += length(code)) > MOST_READ);
    return last < 0 ? codes : codes.slice(0, Math.max(1, last));
  }
}

/** Codes of the different trigrams of a text, its beginning and end marked. */
class Trigrams {
  readonly codes = new Uint16Array(LONGEST + 1);

  /** @returns how many there are */
  read(units: Uint16Array, from: number, to: number): number {
    let count = 0;
    let [a, b] = [0, 0];
    const end = Math.min(to, from + LONGEST);
    for (let i = from; i <= end; i++) {
      const c = i < end ? symbolOf(units[i]!) : 0;
      const code = (a * SYMBOLS + b) * SYMBOLS + c;
      let isNew = true;
      for (let at = 0; at < count && isNew; at++) isNew = this.codes[at] !== code;
      if (isNew) this.codes[count++] = code;
      a = b;
      b = c;
    }
    return count;
  }
}

function symbolOf(code: number): number {
  if (code >= 97 && code <= 122) return code - 96;
  if (code >= 48 && code <= 57) return code - 48 + 27;
  return 37 + (code % 3);
}

function lettersOf(units: Uint16Array, from: number, to: number): number {
  let letters = 0;
  for (let i = from; i < to; i++) letters |= 1 << (units[i]! & 31);
  return letters;
}

/** How many bits are set. Source: Warren, "Hacker's Delight" (2nd edition), section 5-1. */
function bits(number: number): number {
  let n = number - ((number >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A text that many are held against. */
class Pattern {
  readonly units: Uint16Array;
  readonly length: number;
  readonly letters: number;
  /** Where each unit below 128 stands, a bit for each place; others by the map. */
  readonly #places = new Int32Array(128);
  readonly #others = new Map<number, number>();

  constructor(text: string) {
    this.length = text.length;
    this.units = Uint16Array.from(text, (letter) => letter.charCodeAt(0));
    if (this.units.length !== text.length)
      this.units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
    this.letters = lettersOf(this.units, 0, this.length);
    // Places beyond the 32nd are told apart by the slow way alone.
    for (let i = 0; i < Math.min(32, this.length); i++) {
      const unit = this.units[i]!;
      if (unit < 128) this.#places[unit]! |= 1 << i;
      else this.#others.set(unit, (this.#others.get(unit) ?? 0) | (1 << i));
    }
  }

  /**
   * Optimal string alignment distance, a whole column of its table at a time in the bits of a number.
   * Source: Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances" (2003), figure 6.
   */
  distance(units: Uint16Array, from: number, to: number): number {
    if (this.length > 32) return slowDistance(this.units, units.subarray(from, to));
    return this.#distance(units, from, to, false);
  }

  /** The least distance to any beginning; more than anybody asks for where the pattern is longer than 32. */
  distanceToBeginning(units: Uint16Array, from: number, to: number): number {
    return this.length > 32 ? this.length : this.#distance(units, from, to, true);
  }

  #distance(units: Uint16Array, from: number, to: number, isBeginning: boolean): number {
    const { length } = this;
    if (length === 0) return isBeginning ? 0 : to - from;
    let [positive, negative, diagonal, before] = [-1, 0, 0, 0];
    let distance = length;
    let least = length;
    const last = 1 << (length - 1);
    for (let i = from; i < to; i++) {
      const unit = units[i]!;
      const matches = unit < 128 ? this.#places[unit]! : (this.#others.get(unit) ?? 0);
      const swapped = ((~diagonal & matches) << 1) & before;
      diagonal = swapped | ((((matches & positive) + positive) ^ positive) | matches | negative);
      const up = negative | ~(diagonal | positive);
      const down = diagonal & positive;
      if ((up & last) !== 0) distance++;
      if ((down & last) !== 0) distance--;
      const shifted = (up << 1) | 1;
      positive = (down << 1) | ~(diagonal | shifted);
      negative = diagonal & shifted;
      before = matches;
      if (distance < least) least = distance;
    }
    return isBeginning ? least : distance;
  }
}

function slowDistance(a: Uint16Array, b: Uint16Array): number {
  return editDistance(String.fromCharCode(...a), String.fromCharCode(...b));
}
