import type { GeometryType } from '../types.ts';

/**
 * The geometry of a tile in columns, in row order: an object for each feature of a large tile takes more time and memory than
 * all the rest of it. Feature `i` is of `rows[i]`, and its commands, already as MVT has them in protobuf's packed form, are
 * the bytes from where those of the one before it end up to `ends[i]`.
 */
export interface TileGeometry {
  readonly length: number;
  /** Positions of the features in the source that the index was built from. */
  readonly rows: Uint32Array;
  readonly ends: Uint32Array;
  /** MVT's geometry type; `COLLAPSED` added to it for a polygon too small to see, drawn as one square unit. */
  readonly kinds: Uint8Array;
  /** Whether any is collapsed. */
  readonly hasCollapsed: boolean;
  /** The commands of all features. */
  readonly bytes: Uint8Array;
}

/** Drawn for maps from which no region may vanish. */
export const COLLAPSED = 4;

export const typeOf = (kind: number): GeometryType => (kind & 3) as GeometryType;

/** Where the commands of a feature start. */
export function startOf({ ends }: TileGeometry, i: number): number {
  return i === 0 ? 0 : (ends[i - 1] as number);
}

/** The bytes of MVT's `Feature.geometry` field, without tag and length: a view. */
export function commandsOf(geometry: TileGeometry, i: number): Uint8Array {
  return geometry.bytes.subarray(startOf(geometry, i), geometry.ends[i]);
}

/** Bytes of all columns. */
export function geometryBytes({ rows, ends, kinds, bytes }: TileGeometry): number {
  return rows.byteLength + ends.byteLength + kinds.byteLength + bytes.byteLength;
}

/** Columns that grow by one feature after the other. */
export class GeometryColumns {
  readonly #rows: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #kinds: Uint8Array;
  #length = 0;
  #hasCollapsed = false;

  /** @param most features that may come */
  constructor(most: number) {
    this.#rows = new Uint32Array(most);
    this.#ends = new Uint32Array(most);
    this.#kinds = new Uint8Array(most);
  }

  add(row: number, kind: number, end: number): void {
    const i = this.#length++;
    this.#rows[i] = row;
    this.#ends[i] = end;
    this.#kinds[i] = kind;
    if (kind >= COLLAPSED) this.#hasCollapsed = true;
  }

  /** All of them, whose commands `bytes` are. */
  with(bytes: Uint8Array): TileGeometry {
    const length = this.#length;
    const isFull = length === this.#rows.length;
    return {
      length,
      rows: isFull ? this.#rows : this.#rows.slice(0, length),
      ends: isFull ? this.#ends : this.#ends.slice(0, length),
      kinds: isFull ? this.#kinds : this.#kinds.slice(0, length),
      hasCollapsed: this.#hasCollapsed,
      bytes,
    };
  }
}

/** Features that are copied before others may have their turn. */
const PER_STEP = 4_000;

/** The features of two tiles as those of one; of a row, the first one's come first. */
export function* interleaved(a: TileGeometry, b: TileGeometry): Generator<void, TileGeometry> {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const columns = new GeometryColumns(a.length + b.length);
  const bytes = new Uint8Array(a.bytes.length + b.bytes.length);
  let at = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if ((i + j + 1) % PER_STEP === 0) yield;
    const isFirst = j === b.length || (i < a.length && a.rows[i]! <= b.rows[j]!);
    const [from, k] = isFirst ? [a, i++] : [b, j++];
    bytes.set(commandsOf(from, k), at);
    at += from.ends[k]! - startOf(from, k);
    columns.add(from.rows[k]!, from.kinds[k]!, at);
  }
  return columns.with(bytes);
}
