import type { AttributeTable } from './attributes.ts';
import { withinCaps, type Caps } from './caps.ts';
import { DEFAULT_EXTENT } from './grid.ts';
import { encodedText, FEATURE, isFeatureId, LAYER, TILE } from './mvt.ts';
import type { EncodedGeometry, EncodedLayer } from './types.ts';

export interface RowsInput extends Caps {
  readonly name: string;
  readonly extent?: number;
  readonly rows: readonly EncodedGeometry[];
  /** Feature ids by row; anything but a non-negative safe integer is left out. */
  readonly ids: readonly (number | undefined)[];
  readonly attributes: AttributeTable;
  /** Positions of the columns in `attributes.keys`, in the order in which features have them. */
  readonly columns: readonly number[];
}

/**
 * One MVT 2.1 layer of rows of a table, as `encodeLayer` makes it of features. Every length is known
 * before the first byte is written, so that nothing is written twice or moved.
 */
export function encodeRows(input: RowsInput): EncodedLayer {
  const { length } = input.columns;
  return withinCaps(
    input.rows,
    input,
    (rows) => writeRows(input, rows),
    () => length,
  );
}

/** Positions of values in the layer being written, from 1, by their number in the table; all 0 in between. */
let positions = new Int32Array(1024);

function writeRows(input: RowsInput, rows: readonly EncodedGeometry[]): Uint8Array {
  if (rows.length === 0) return new Uint8Array(0);
  const { attributes, columns, ids } = input;
  const keys: number[] = [];
  const keyPositions = columns.map(() => -1);
  const values: number[] = [];
  // Of each row: its tags one after the other, and where they end.
  const tags: number[] = [];
  const tagEnds = new Uint32Array(rows.length);
  const tagSizes = new Uint32Array(rows.length);
  let size = 0;
  try {
    for (let r = 0; r < rows.length; r++) {
      const { row, commands } = rows[r] as EncodedGeometry;
      let tagSize = 0;
      for (let c = 0; c < columns.length; c++) {
        const number = attributes.number(columns[c] as number, row);
        if (number < 0) continue;
        if (number >= positions.length) grow(number);
        let position = positions[number] as number;
        if (position === 0) {
          position = values.push(number);
          positions[number] = position;
        }
        let key = keyPositions[c] as number;
        if (key < 0) key = keyPositions[c] = keys.push(columns[c] as number) - 1;
        tags.push(key, position - 1);
        tagSize += varintSize(key) + varintSize(position - 1);
      }
      tagEnds[r] = tags.length;
      tagSizes[r] = tagSize;
      const bytes = featureSize(ids[row], tagSize, commands.length);
      size += 1 + varintSize(bytes) + bytes;
    }
  } finally {
    for (const number of values) positions[number] = 0;
  }

  const { name, extent = DEFAULT_EXTENT } = input;
  const texts = keys.map((key) => encodedText(LAYER.keys, attributes.keys[key] ?? ''));
  const nameField = encodedText(LAYER.name, name);
  size += 2 + nameField.length + 1 + varintSize(extent);
  for (const text of texts) size += text.length;
  for (const number of values) size += attributes.size(number);

  const bytes = new Uint8Array(1 + varintSize(size) + size);
  let at = writeVarint(bytes, writeTag(bytes, 0, TILE.layers, LENGTH), size);
  at = writeVarint(bytes, writeTag(bytes, at, LAYER.version, VARINT), 2);
  bytes.set(nameField, at);
  at += nameField.length;
  for (let r = 0; r < rows.length; r++) {
    const { row, type, commands } = rows[r] as EncodedGeometry;
    const id = ids[row];
    const tagSize = tagSizes[r] as number;
    at = writeTag(bytes, at, LAYER.features, LENGTH);
    at = writeVarint(bytes, at, featureSize(id, tagSize, commands.length));
    if (isFeatureId(id)) at = writeVarint(bytes, writeTag(bytes, at, FEATURE.id, VARINT), id);
    if (tagSize > 0) {
      at = writeVarint(bytes, writeTag(bytes, at, FEATURE.tags, LENGTH), tagSize);
      const end = tagEnds[r] as number;
      for (let t = r === 0 ? 0 : (tagEnds[r - 1] as number); t < end; t++) {
        at = writeVarint(bytes, at, tags[t] as number);
      }
    }
    at = writeVarint(bytes, writeTag(bytes, at, FEATURE.type, VARINT), type);
    at = writeVarint(bytes, writeTag(bytes, at, FEATURE.geometry, LENGTH), commands.length);
    bytes.set(commands, at);
    at += commands.length;
  }
  for (const text of texts) {
    bytes.set(text, at);
    at += text.length;
  }
  for (const number of values) at = attributes.copy(number, bytes, at);
  writeVarint(bytes, writeTag(bytes, at, LAYER.extent, VARINT), extent);
  return bytes;
}

function grow(number: number): void {
  const larger = new Int32Array(2 * number);
  larger.set(positions);
  positions = larger;
}

/** Wire types of protobuf. */
const VARINT = 0;
const LENGTH = 2;

/** Field numbers below 16 and wire type are one byte. */
function writeTag(bytes: Uint8Array, at: number, field: number, wireType: number): number {
  bytes[at] = (field << 3) | wireType;
  return at + 1;
}

function featureSize(id: number | undefined, tagSize: number, geometry: number): number {
  return (
    (isFeatureId(id) ? 1 + varintSize(id) : 0) +
    (tagSize > 0 ? 1 + varintSize(tagSize) + tagSize : 0) +
    2 +
    (1 + varintSize(geometry) + geometry)
  );
}

/** Bytes of a non-negative safe integer. */
function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let size = 2;
  for (let rest = Math.floor(value / 0x4000); rest > 0; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  // Beyond 32 bits, JavaScript's bit operators do not reach.
  while (value >= 0x8000_0000) {
    bytes[at++] = (value % 0x80) | 0x80;
    value = Math.floor(value / 0x80);
  }
  while (value >= 0x80) {
    bytes[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}
