import { Growing } from '../documents/growing.ts';
import type { Sliced } from './slices.ts';

/** Different strings in the order of their code units, without an object for each: a prefix is a range. */
export class PackedStrings {
  readonly length: number;
  /** Code units of all strings, one after the other. */
  readonly units: Uint16Array;
  /** Where each string begins, and the end of the last. */
  readonly starts: Uint32Array;

  constructor(units: Uint16Array, starts: Uint32Array) {
    this.units = units;
    this.starts = starts;
    this.length = starts.length - 1;
  }

  /** @param sorted different strings in their order */
  static *pack(sorted: readonly string[]): Sliced<PackedStrings> {
    const units = new Growing(Uint16Array);
    const starts = new Uint32Array(sorted.length + 1);
    for (let i = 0; i < sorted.length; i++) {
      const text = sorted[i]!;
      for (let at = 0; at < text.length; at++) units.push(text.charCodeAt(at));
      starts[i + 1] = units.length;
      if ((i & 255) === 0) yield;
    }
    return new PackedStrings(units.done(), starts);
  }

  /** Where a string stands; -1 where it does not. */
  find(text: string): number {
    const at = this.#lowerBound(text);
    return at < this.length && this.lengthOf(at) === text.length && this.#compare(at, text) === 0 ? at : -1;
  }

  /** Those that begin with a text: from the first up to before the second. */
  prefix(text: string): readonly [from: number, to: number] {
    return [this.#lowerBound(text), this.#lowerBound(`${text}\uffff`)];
  }

  lengthOf(i: number): number {
    return this.starts[i + 1]! - this.starts[i]!;
  }

  #lowerBound(text: string): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, text) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(i: number, text: string): number {
    const from = this.starts[i]!;
    const length = this.lengthOf(i);
    const both = Math.min(length, text.length);
    for (let at = 0; at < both; at++) {
      const difference = this.units[from + at]! - text.charCodeAt(at);
      if (difference !== 0) return difference;
    }
    return length - text.length;
  }
}

/** So many are sorted at once. */
const AT_ONCE = 400;

/** Sorts strings by their code units: by one letter after the other, until few are alike. */
export function* sortStrings(strings: string[], letter = 0): Sliced<string[]> {
  if (strings.length <= AT_ONCE || letter > 200) {
    yield;
    return strings.sort();
  }
  const alike = new Map<number, string[]>();
  const shortest: string[] = [];
  for (let i = 0; i < strings.length; i++) {
    const string = strings[i]!;
    if (string.length === letter) shortest.push(string);
    else {
      const unit = string.charCodeAt(letter);
      const group = alike.get(unit);
      if (group) group.push(string);
      else alike.set(unit, [string]);
    }
    if ((i & 255) === 0) yield;
  }
  const sorted = shortest;
  for (const unit of [...alike.keys()].sort((a, b) => a - b))
    for (const string of yield* sortStrings(alike.get(unit)!, letter + 1)) sorted.push(string);
  return sorted;
}

/** Numbers that belong to each of a row of others: `members` of `i` from `starts[i]` up to before `starts[i + 1]`. */
export interface Groups {
  readonly starts: Uint32Array;
  readonly members: Uint32Array;
}

/** Which members each group has, of pairs of both; members stand in the order of the pairs. */
export function* grouped(groups: Uint32Array, members: Uint32Array, count: number): Sliced<Groups> {
  const starts = new Uint32Array(count + 1);
  for (let i = 0; i < groups.length; i++) {
    starts[groups[i]! + 1]!++;
    if ((i & 1023) === 0) yield;
  }
  for (let i = 0; i < count; i++) {
    starts[i + 1]! += starts[i]!;
    if ((i & 1023) === 0) yield;
  }
  const next = starts.slice();
  const placed = new Uint32Array(members.length);
  for (let i = 0; i < groups.length; i++) {
    placed[next[groups[i]!]!++] = members[i]!;
    if ((i & 1023) === 0) yield;
  }
  return { starts, members: placed };
}
