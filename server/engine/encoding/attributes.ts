import { encodedText, encodedValue, isWritable, LAYER } from './mvt.ts';
import type { PropertyValue } from '../types.ts';

/**
 * A column: what it is called here, the key that features have it under, and the value of a row. null and
 * undefined are left out, as NaN and infinities are.
 */
export type Attribute = readonly [
  name: string,
  key: string,
  valueOf: (row: number) => PropertyValue | null | undefined,
];

/** Numbers of cells that nobody asked for yet, and of those that are left out. */
export const UNKNOWN = 0;
const LEFT_OUT = -1;

/** Bytes up to which copying one by one is faster than making a view to copy. */
const FEW = 64;

/** What a table knows once every cell was asked for, as arrays alone. */
export interface EncodedAttributes {
  readonly cells: Int32Array;
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
}

/**
 * Attributes of rows as MVT has them: each distinct value is encoded once, when a tile first has it, and
 * every cell knows the number of its value. Tiles then copy bytes instead of comparing and encoding values.
 */
export class AttributeTable {
  readonly keys: readonly string[];
  /** The same as fields of `Layer.keys`. */
  readonly keyFields: readonly Uint8Array[];
  /**
   * Numbers of values, from 1, the cells of a row side by side; negative where the cell is left out, 0 where nobody asked for
   * it yet.
   */
  readonly cells: Int32Array;
  readonly #attributes: readonly Attribute[];
  readonly #positions: ReadonlyMap<string, number>;
  readonly #numbers = new Map<PropertyValue, number>();
  /** `Layer.values` fields one after the other; value `n` ends at `#ends[n]` and starts where the one before it ends. */
  #bytes: Uint8Array = new Uint8Array(1024);
  #ends: Uint32Array = new Uint32Array(256);
  #count = 0;

  /** @param made all of it, as `encoded` has it */
  constructor(attributes: readonly Attribute[], rows: number, made?: EncodedAttributes) {
    this.keys = attributes.map(([, key]) => key);
    this.keyFields = this.keys.map((key) => encodedText(LAYER.keys, key));
    this.#attributes = attributes;
    this.#positions = new Map(attributes.map(([name], i) => [name, i]));
    this.cells = made?.cells ?? new Int32Array(rows * attributes.length);
    if (!made) return;
    this.#bytes = made.bytes;
    this.#ends = made.ends;
    this.#count = made.ends.length - 1;
  }

  /** Different values so far: the largest of their numbers. */
  get count(): number {
    return this.#count;
  }

  /** Position of a column by its name here. */
  position(name: string): number {
    const position = this.#positions.get(name);
    if (position === undefined) throw new Error(`no attribute ${name}`);
    return position;
  }

  /** The number of a cell that nobody asked for yet. */
  encode(row: number, column: number): number {
    const value = this.#attributes[column]?.[2](row);
    const number = isWritable(value) ? this.#numberOf(value) : LEFT_OUT;
    this.cells[row * this.#attributes.length + column] = number;
    return number;
  }

  /** All cells and values, encoded now where nobody asked for them yet: another table of the same rows needs not do it again. */
  encoded(): EncodedAttributes {
    const columns = this.#attributes.length;
    for (let i = 0; i < this.cells.length; i++)
      if (this.cells[i] === UNKNOWN) this.encode(Math.floor(i / columns), i % columns);
    const ends = this.#ends.slice(0, this.#count + 1);
    return { cells: this.cells, ends, bytes: this.#bytes.slice(0, ends[this.#count]) };
  }

  /** Bytes of a value's field in `Layer.values`. */
  size(number: number): number {
    return (this.#ends[number] as number) - (this.#ends[number - 1] as number);
  }

  /** Writes the fields of the values of these numbers, those from `from` up to `to` of them, and returns where they end. */
  copy(numbers: Uint32Array, from: number, to: number, target: Uint8Array, start: number): number {
    let at = start;
    for (let i = from; i < to;) {
      // Values that first came together are together here.
      const first = numbers[i++] as number;
      let last = first;
      while (i < to && numbers[i] === last + 1) last = numbers[i++] as number;
      const begin = this.#ends[first - 1] as number;
      const end = this.#ends[last] as number;
      if (end - begin > FEW) target.set(this.#bytes.subarray(begin, end), at);
      else for (let b = begin, t = at; b < end; b++) target[t++] = this.#bytes[b] as number;
      at += end - begin;
    }
    return at;
  }

  #numberOf(value: PropertyValue): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const bytes = encodedValue(value);
    const start = this.#ends[this.#count] as number;
    const end = start + bytes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, start);
    const number = ++this.#count;
    if (number === this.#ends.length) {
      const larger = new Uint32Array(2 * number);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[number] = end;
    this.#numbers.set(value, number);
    return number;
  }
}
