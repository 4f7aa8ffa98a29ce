import type { ColumnValues, PropertyValue } from '../types.ts';
import type { Section, Sections } from './pack.ts';

type Value = PropertyValue | null;

/** What a row has. */
const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const NUMBER = 3;
const TEXT = 4;

/** Values that are looked at between two places where the work may be interrupted. */
const PER_STEP = 5_000;

/**
 * A column as arrays. By row: what kind of value it has, and the number itself or the number of its text; of a column without
 * numbers, these are whole. Each different text is there once, and ends at `ends`. See `inTurns`.
 */
export function* packColumn(values: ColumnValues): Generator<void, Sections> {
  const kinds = new Uint8Array(values.length);
  const cells = new Float64Array(values.length);
  const known = new Map<string, number>();
  for (let row = 0; row < values.length; row++) {
    if (row % PER_STEP === 0) yield;
    const value = values.at(row) ?? null;
    kinds[row] = kindOf(value);
    if (typeof value === 'number') cells[row] = value;
    if (typeof value !== 'string') continue;
    let position = known.get(value);
    if (position === undefined) known.set(value, (position = known.size));
    cells[row] = position;
  }
  const encoded = [...known.keys()].map((text) => Buffer.from(text, 'utf8'));
  const ends = new Uint32Array(encoded.length);
  let end = 0;
  encoded.forEach(({ length }, i) => (ends[i] = end += length));
  return {
    kinds,
    cells: kinds.includes(NUMBER) ? cells : Uint32Array.from(cells),
    ends,
    bytes: Buffer.concat(encoded),
  };
}

/** The values of such arrays, each made when it is asked for; a text that was is kept. */
export class PackedColumn implements ColumnValues {
  readonly #kinds: Section;
  readonly #cells: Section;
  readonly #ends: Section;
  readonly #bytes: Buffer;
  readonly #words: (string | undefined)[] = [];

  constructor({ kinds = NONE, cells = NONE, ends = NONE, bytes = NONE }: Sections) {
    this.#kinds = kinds;
    this.#cells = cells;
    this.#ends = ends;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#kinds.length;
  }

  at(row: number): Value | undefined {
    const kind = this.#kinds[row];
    if (kind === NUMBER) return this.#cells[row];
    if (kind === TEXT) return this.#word(this.#cells[row]!);
    return kind === undefined ? undefined : kind === NULL ? null : kind === TRUE;
  }

  *[Symbol.iterator](): Generator<Value> {
    for (let row = 0; row < this.length; row++) yield this.at(row) ?? null;
  }

  #word(position: number): string {
    const known = this.#words[position];
    if (known !== undefined) return known;
    const start = position === 0 ? 0 : this.#ends[position - 1];
    return (this.#words[position] = this.#bytes.toString('utf8', start, this.#ends[position]));
  }
}

const NONE = new Uint8Array();

function kindOf(value: Value): number {
  if (value === null) return NULL;
  if (typeof value === 'boolean') return value ? TRUE : FALSE;
  return typeof value === 'number' ? NUMBER : TEXT;
}
