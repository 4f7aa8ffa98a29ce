import { UNKNOWN, type AttributeTable } from './attributes.ts';
import { startOf, typeOf, type TileGeometry } from './geometry.ts';
import { DEFAULT_EXTENT } from '../grid.ts';
import { encodedText, FEATURE, isFeatureId, LAYER, TILE } from './mvt.ts';
import { LENGTH, VARINT, varintSize, writeTag, writeVarint } from './varint.ts';

/** What a layer is written of. */
export interface WrittenRows {
  readonly name: string;
  readonly extent?: number;
  readonly geometry: TileGeometry;
  /** Feature ids by row; anything but a non-negative safe integer is left out. */
  readonly ids: readonly (number | undefined)[];
  readonly attributes: AttributeTable;
  /** Positions of the columns in `attributes.keys`, in the order in which features have them. */
  readonly columns: readonly number[];
}

/** Bytes of a feature besides its commands and tags at most: headers, lengths, id and type. */
const FEATURE_ROOM = 48;
/** Bytes of one tag at most: two varints. */
const TAG_ROOM = 10;
/** Bytes up to which copying one by one is faster than making a view to copy. */
const FEW = 64;
/** Bytes of commands that leave room for an id and tags where a feature's length is one byte. */
const SMALL = 100;
/** Features for which it does not pay to make a view. */
const FEW_FEATURES = 16;
/** What comes before the length of a feature, before that of its tags, and of what has a place for its type and for the length of its commands. */
const FEATURES = ((LAYER.features << 3) | LENGTH) << 8;
const TAGS = ((FEATURE.tags << 3) | LENGTH) << 8;
const TYPE_AND_GEOMETRY = (((FEATURE.type << 3) | VARINT) << 24) | (((FEATURE.geometry << 3) | LENGTH) << 8);
/** From here on positions are counted from 0 again. */
const LAST_POSITION = 2 ** 30;

/**
 * Writes rows as features into a buffer of its own, in one pass: keys and values get their position in the layer
 * where a feature first has them. Many short methods for a reason: as one, they took V8 tens of milliseconds to compile,
 * and it did so again whenever a tile came that was unlike those before.
 */
export class RowWriter {
  #rows!: WrittenRows;
  #bytes = new Uint8Array(1 << 15);
  #view = viewOf(this.#bytes);
  #at = 0;
  /** Positions of columns, and numbers of values, in the order in which features first have them. */
  #keys: number[] = [];
  #keyPositions = new Int32Array(8);
  #values = new Uint32Array(512);
  #valueCount = 0;
  #valueBytes = 0;
  /** By number of a value: its position in the layer, from 1, added to `#base`; what is not above that is of layers before. */
  #positions = new Int32Array(1024);
  #base = 0;
  #name: { readonly text: string; readonly field: Uint8Array } | undefined;

  /** Starts a layer: what was written is forgotten. */
  begin(rows: WrittenRows): void {
    this.#rows = rows;
    this.#at = 0;
    this.#keys.length = 0;
    if (this.#keyPositions.length < rows.columns.length)
      this.#keyPositions = new Int32Array(rows.columns.length);
    this.#keyPositions.fill(-1);
    this.#base += this.#valueCount;
    if (this.#base > LAST_POSITION) {
      this.#positions.fill(0);
      this.#base = 0;
    }
    this.#valueCount = 0;
    this.#valueBytes = 0;
    const { count } = rows.attributes;
    if (count >= this.#positions.length) this.#positions = longer(this.#positions, count + 1);
  }

  /**
   * Writes the features from one position in the geometry up to another, those of few bytes the short way.
   * @param shown these positions are of features in it; all features are meant where it is absent
   */
  addAll(from: number, to: number, shown?: Uint32Array): void {
    if (from >= to) return;
    const { geometry, ids, columns } = this.#rows;
    const { rows, ends, kinds, bytes: commands } = geometry;
    const [first, last] = shown ? [shown[from] as number, shown[to - 1] as number] : [from, to - 1];
    const each = FEATURE_ROOM + TAG_ROOM * columns.length;
    this.#reserve((ends[last] as number) - startOf(geometry, first) + each * (to - from));
    const bytes = this.#bytes;
    // Four bytes at once take as long as one, but a view has to be made for that.
    const isMany = to - from > FEW_FEATURES;
    const target = this.#view;
    const source = isMany ? viewOf(commands) : target;
    const atOnce = isMany ? 4 : SMALL;
    let begin = this.#at;
    for (let k = from; k < to; k++) {
      const i = shown ? (shown[k] as number) : k;
      const start = i === 0 ? 0 : (ends[i - 1] as number);
      const end = ends[i] as number;
      const row = rows[i] as number;
      const id = ids[row];
      let at = begin + 2;
      let isSmall = end - start < SMALL && isSmallId(id);
      if (isSmall) {
        bytes[at++] = (FEATURE.id << 3) | VARINT;
        let rest = id as number;
        for (; rest > 0x7f; rest >>>= 7) bytes[at++] = rest | 0x80;
        bytes[at++] = rest;
        at = this.#tags(row, at);
        isSmall = at - begin + end - start + 2 < 0x80;
      }
      if (!isSmall) {
        // Tags that are written again are the same.
        this.#at = begin;
        this.add(i);
        begin = this.#at;
      } else {
        target.setUint16(begin, FEATURES | (at - begin + end - start + 2));
        target.setUint32(at, TYPE_AND_GEOMETRY | (typeOf(kinds[i] as number) << 16) | (end - start));
        at += 4;
        let b = start;
        for (; b + atOnce <= end; b += 4, at += 4) target.setUint32(at, source.getUint32(b));
        for (; b < end; b++) bytes[at++] = commands[b] as number;
        begin = at;
      }
    }
    this.#at = begin;
  }

  /** Writes one feature by its position in the geometry. */
  add(i: number): void {
    const { geometry, ids, columns } = this.#rows;
    const row = geometry.rows[i] as number;
    const start = i === 0 ? 0 : (geometry.ends[i - 1] as number);
    const length = (geometry.ends[i] as number) - start;
    this.#reserve(length + FEATURE_ROOM + TAG_ROOM * columns.length);

    const bytes = this.#bytes;
    const id = ids[row];
    const begin = this.#at;
    // The length of the feature is known once its tags are written; most often it takes as many bytes as it is likely to.
    const likely = length + 4 * columns.length < 100 ? 1 : varintSize(length + 12 + 4 * columns.length);
    let at = begin + 1 + likely;
    if (isFeatureId(id)) at = writeVarint(bytes, writeTag(bytes, at, FEATURE.id, VARINT), id);
    at = this.#tags(row, at);
    const size = at - begin - 1 - likely + 3 + varintSize(length) + length;
    if (size < 0x80 && likely === 1) bytes[begin + 1] = size;
    else at = this.#resize(begin, likely, at, size);
    bytes[begin] = (LAYER.features << 3) | LENGTH;
    bytes[at++] = (FEATURE.type << 3) | VARINT;
    bytes[at++] = typeOf(geometry.kinds[i] as number);
    bytes[at++] = (FEATURE.geometry << 3) | LENGTH;
    if (length < 0x80) bytes[at++] = length;
    else at = writeVarint(bytes, at, length);
    copyBytes(geometry.bytes, start, start + length, bytes, at);
    this.#at = at + length;
  }

  /** Writes the length of a feature for which another number of bytes was left, and returns where what is written ends then. */
  #resize(begin: number, likely: number, end: number, size: number): number {
    const own = varintSize(size);
    if (own !== likely) this.#bytes.copyWithin(begin + 1 + own, begin + 1 + likely, end);
    writeVarint(this.#bytes, begin + 1, size);
    return end + own - likely;
  }

  /** The layer with all that was added; nothing without features. */
  end(): Uint8Array {
    if (this.#at === 0) return new Uint8Array(0);
    const bytes = this.#layer();
    this.#addValues(bytes, 0, this.#valueCount);
    return bytes;
  }

  /** The same in steps: others may have their turn between them. */
  *endInSteps(): Generator<void, Uint8Array> {
    if (this.#at === 0) return new Uint8Array(0);
    const bytes = this.#layer();
    for (let from = 0; from < this.#valueCount; from += VALUES_PER_STEP) {
      if (this.#valueCount > VALUES_PER_STEP) yield;
      this.#addValues(bytes, from, Math.min(from + VALUES_PER_STEP, this.#valueCount));
    }
    return bytes;
  }

  /** The layer but for its values, which come where `#at` is now. */
  #layer(): Uint8Array {
    const { attributes, name, extent = DEFAULT_EXTENT } = this.#rows;
    const nameField = this.#fieldOf(name);
    let size = 2 + nameField.length + 1 + varintSize(extent) + this.#at + this.#valueBytes;
    for (const key of this.#keys) size += (attributes.keyFields[key] as Uint8Array).length;

    const bytes = new Uint8Array(1 + varintSize(size) + size);
    let at = writeVarint(bytes, writeTag(bytes, 0, TILE.layers, LENGTH), size);
    at = writeVarint(bytes, writeTag(bytes, at, LAYER.version, VARINT), 2);
    copyBytes(nameField, 0, nameField.length, bytes, at);
    at += nameField.length;
    copyBytes(this.#bytes, 0, this.#at, bytes, at);
    at += this.#at;
    for (const key of this.#keys) {
      const field = attributes.keyFields[key] as Uint8Array;
      copyBytes(field, 0, field.length, bytes, at);
      at += field.length;
    }
    this.#at = at;
    const last = bytes.length - 1 - varintSize(extent);
    writeVarint(bytes, writeTag(bytes, last, LAYER.extent, VARINT), extent);
    return bytes;
  }

  #addValues(bytes: Uint8Array, from: number, to: number): void {
    this.#at = this.#rows.attributes.copy(this.#values, from, to, bytes, this.#at);
  }

  /** Writes the field of a row's tags, if it has any, and returns where it ends. */
  #tags(row: number, start: number): number {
    const { attributes, columns } = this.#rows;
    const { cells, keys } = attributes;
    const [keyPositions, positions, base] = [this.#keyPositions, this.#positions, this.#base];
    const view = this.#view;
    let at = start + 2;
    for (let c = 0; c < columns.length; c++) {
      const number = cells[row * keys.length + (columns[c] as number)] as number;
      if (number < 0) continue;
      const key = keyPositions[c] as number;
      // Of a number beyond those that there are positions of: not known.
      const position = number < positions.length ? (positions[number] as number) - base - 1 : -1;
      if (key >= 0 && key < 0x80 && position >= 0 && position < 0x80) {
        view.setUint16(at, (key << 8) | position);
        at += 2;
      } else at = this.#tag(row, c, at);
    }
    const size = at - start - 2;
    if (size === 0) return start;
    if (size >= 0x80) return this.#resizeTags(start, at);
    view.setUint16(start, TAGS | size);
    return at;
  }

  /** Writes one tag, also of a value or a key that comes for the first time or whose position takes more than a byte. */
  #tag(row: number, c: number, start: number): number {
    const { attributes, columns } = this.#rows;
    const column = columns[c] as number;
    let number = attributes.cells[row * attributes.keys.length + column] as number;
    if (number === UNKNOWN) number = attributes.encode(row, column);
    if (number < 0) return start;
    let key = this.#keyPositions[c] as number;
    if (key < 0) key = this.#addKey(c);
    const known = number < this.#positions.length ? (this.#positions[number] as number) - this.#base : 0;
    const position = known > 0 ? known - 1 : this.#addValue(number);
    return writeVarint(this.#bytes, writeVarint(this.#bytes, start, key), position);
  }

  /** Writes the length of tags that takes more than the byte that was left for it. */
  #resizeTags(start: number, end: number): number {
    const bytes = this.#bytes;
    const size = end - start - 2;
    const more = varintSize(size) - 1;
    bytes.copyWithin(start + 2 + more, start + 2, end);
    writeVarint(bytes, writeTag(bytes, start, FEATURE.tags, LENGTH), size);
    return end + more;
  }

  #fieldOf(name: string): Uint8Array {
    if (this.#name?.text !== name) this.#name = { text: name, field: encodedText(LAYER.name, name) };
    return this.#name.field;
  }

  #addKey(c: number): number {
    const position = this.#keys.push(this.#rows.columns[c] as number) - 1;
    this.#keyPositions[c] = position;
    return position;
  }

  #addValue(number: number): number {
    const { attributes } = this.#rows;
    // Beyond the positions that there are, none was known.
    if (number >= this.#positions.length) this.#positions = longer(this.#positions, attributes.count + 1);
    const position = this.#valueCount++;
    if (position === this.#values.length) this.#values = longer(this.#values, position + 1);
    this.#values[position] = number;
    this.#positions[number] = this.#base + position + 1;
    this.#valueBytes += attributes.size(number);
    return position;
  }

  #reserve(room: number): void {
    if (this.#at + room <= this.#bytes.length) return;
    this.#bytes = longer(this.#bytes, this.#at + room);
    this.#view = viewOf(this.#bytes);
  }
}

/** Values that are copied before others may have their turn. */
const VALUES_PER_STEP = 3_000;

function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > FEW) to.set(from.subarray(start, end), at);
  else for (let i = start, t = at; i < end; i++) to[t++] = from[i] as number;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function isSmallId(id: number | undefined): id is number {
  return id !== undefined && id >= 0 && id <= 0x7fff_ffff && id === (id | 0);
}

type Numbers = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** The same numbers with room for at least so many, and for twice as many as there are. */
function longer<Array extends Numbers>(numbers: Array, least: number): Array {
  const grown = new (numbers.constructor as new (length: number) => Array)(
    Math.max(least, 2 * numbers.length),
  );
  grown.set(numbers);
  return grown;
}
