import { encodedValue, isWritable } from './mvt.ts';
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
const UNKNOWN = 0;
const LEFT_OUT = -1;

/**
 * Attributes of rows as MVT has them: each distinct value is encoded once, when a tile first has it, and
 * every cell knows the number of its value. Tiles then copy bytes instead of comparing and encoding values.
 */
export class AttributeTable {
  readonly keys: readonly string[];
  readonly #attributes: readonly Attribute[];
  readonly #positions: ReadonlyMap<string, number>;
  /** Numbers of values, by column and row. */
  readonly #cells: readonly Int32Array[];
  readonly #numbers = new Map<PropertyValue, number>();
  /** `Layer.values` fields one after the other; value `n` ends at `#ends[n]` and starts where the one before it ends. */
  #bytes = new Uint8Array(1024);
  readonly #ends = [0];

  constructor(attributes: readonly Attribute[], rows: number) {
    this.keys = attributes.map(([, key]) => key);
    this.#attributes = attributes;
    this.#positions = new Map(attributes.map(([name], i) => [name, i]));
    this.#cells = attributes.map(() => new Int32Array(rows));
  }

  /** Position of a column by its name here. */
  position(name: string): number {
    const position = this.#positions.get(name);
    if (position === undefined) throw new Error(`no attribute ${name}`);
    return position;
  }

  /**
   * Numbers of the values of a column, from 1, by row; negative where the cell is left out. Only those of `rows`
   * are sure to be there: 0 is a cell that nobody asked for yet.
   */
  numbers(column: number, rows: readonly { readonly row: number }[]): Int32Array {
    const cells = this.#cells[column] as Int32Array;
    for (let r = 0; r < rows.length; r++) {
      const row = rows[r]?.row ?? 0;
      if (cells[row] === UNKNOWN) cells[row] = this.#encode(column, row);
    }
    return cells;
  }

  /** Bytes of a value's field in `Layer.values`. */
  size(number: number): number {
    return (this.#ends[number] as number) - (this.#ends[number - 1] as number);
  }

  /** Writes a value's field and returns where it ends. */
  copy(number: number, target: Uint8Array, at: number): number {
    const end = this.#ends[number] as number;
    for (let i = this.#ends[number - 1] as number; i < end; i++) target[at++] = this.#bytes[i] as number;
    return at;
  }

  #encode(column: number, row: number): number {
    const value = this.#attributes[column]?.[2](row);
    return isWritable(value) ? this.#numberOf(value) : LEFT_OUT;
  }

  #numberOf(value: PropertyValue): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const bytes = encodedValue(value);
    const start = this.#ends.at(-1) ?? 0;
    const end = start + bytes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, start);
    const number = this.#ends.push(end) - 1;
    this.#numbers.set(value, number);
    return number;
  }
}
