import type { GeometryType } from '../types.ts';

/**
 * The geometry of a tile in columns, in row order: an object for each feature of a large tile takes more time and memory than
 * all the rest of it. Feature `i` is of `rows[i]`, and its commands, already as MVT has them in protobuf's packed form, are
 * the bytes from where those of the one before it end up to `ends[i]`. Columns may be longer than there are features.
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

/** A tile without features. */
export const NOTHING: TileGeometry = {
  length: 0,
  rows: new Uint32Array(0),
  ends: new Uint32Array(0),
  kinds: new Uint8Array(0),
  hasCollapsed: false,
  bytes: new Uint8Array(0),
};

/** Columns that grow by one feature after the other; used for one tile after the other. */
export class GeometryColumns {
  #rows: Uint32Array;
  #ends: Uint32Array;
  #kinds: Uint8Array;
  #length = 0;
  #hasCollapsed = false;

  /** @param room features that may come before more room is needed */
  constructor(room = 256) {
    this.#rows = new Uint32Array(room);
    this.#ends = new Uint32Array(room);
    this.#kinds = new Uint8Array(room);
  }

  /** Forgets what was added. @param most features that may come */
  begin(most: number): void {
    this.#length = 0;
    this.#hasCollapsed = false;
    if (most <= this.#rows.length) return;
    const size = Math.max(most, 2 * this.#rows.length);
    this.#rows = new Uint32Array(size);
    this.#ends = new Uint32Array(size);
    this.#kinds = new Uint8Array(size);
  }

  add(row: number, kind: number, end: number): void {
    const i = this.#length++;
    this.#rows[i] = row;
    this.#ends[i] = end;
    this.#kinds[i] = kind;
    if (kind >= COLLAPSED) this.#hasCollapsed = true;
  }

  /** Room for so many more, to be filled from `first` on; none of them is collapsed. */
  extend(count: number): { rows: Uint32Array; ends: Uint32Array; kinds: Uint8Array; first: number } {
    const first = this.#length;
    this.#length += count;
    return { rows: this.#rows, ends: this.#ends, kinds: this.#kinds, first };
  }

  /** All of them, whose commands `bytes` are, until these columns begin anew. */
  with(bytes: Uint8Array): TileGeometry {
    return {
      length: this.#length,
      rows: this.#rows,
      ends: this.#ends,
      kinds: this.#kinds,
      hasCollapsed: this.#hasCollapsed,
      bytes,
    };
  }
}

/** A copy that stays as it is, in one piece of memory: making a piece takes longer than filling a small one. */
export function kept({ length, rows, ends, kinds, hasCollapsed, bytes }: TileGeometry): TileGeometry {
  const size = length === 0 ? 0 : (ends[length - 1] as number);
  const all = new ArrayBuffer(9 * length + size);
  const copy = {
    length,
    rows: new Uint32Array(all, 0, length),
    ends: new Uint32Array(all, 4 * length, length),
    kinds: new Uint8Array(all, 8 * length, length),
    hasCollapsed,
    bytes: new Uint8Array(all, 9 * length, size),
  };
  copy.rows.set(rows.subarray(0, length));
  copy.ends.set(ends.subarray(0, length));
  copy.kinds.set(kinds.subarray(0, length));
  copy.bytes.set(bytes.subarray(0, size));
  return copy;
}

/** Features that are copied before others may have their turn. */
const PER_STEP = 4_000;

/** The features of two tiles as those of one; of a row, the first one's come first. */
export function* interleaved(a: TileGeometry, b: TileGeometry): Generator<void, TileGeometry> {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const columns = new GeometryColumns(a.length + b.length);
  const bytes = new Uint8Array((a.ends[a.length - 1] as number) + (b.ends[b.length - 1] as number));
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
