import type { AttributeTable } from './attributes.ts';
import { withinCaps, type Caps } from './caps.ts';
import type { EncodedGeometry } from './geometry.ts';
import { DEFAULT_EXTENT } from '../grid.ts';
import { slices } from '../../tools/slices.ts';
import { atOnce, inTurns } from '../../tools/turns.ts';
import { encodedText, FEATURE, isFeatureId, LAYER, TILE } from './mvt.ts';
import type { EncodedLayer } from '../types.ts';

/** Rows that take some milliseconds. */
export const MANY = 4_000;

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
  return atOnce(encoding(input));
}

/** The same; where the rows are many, in turns of the event loop, which they would hold up for long. */
export function encodeManyRows(input: RowsInput): EncodedLayer | Promise<EncodedLayer> {
  return input.rows.length > MANY ? inTurns(encodingInTurns(input)) : encodeRows(input);
}

function* encodingInTurns(input: RowsInput): Generator<void, EncodedLayer> {
  for (const { slice } of slices(input.rows)) {
    for (const column of input.columns) input.attributes.numbers(column, slice);
    yield;
  }
  return yield* encoding(input);
}

function encoding(input: RowsInput): Generator<void, EncodedLayer> {
  const { length } = input.columns;
  return withinCaps(
    input.rows,
    input,
    (rows) => writeRows(input, rows),
    () => length,
  );
}

/*
 * What follows is many short functions for a reason: as one, they took V8 70 to 90 ms to compile, and it did so
 * three times over, whenever a tile came that was unlike those before.
 */

/** The values that features have, as they stand in the layer being written. */
interface Tagged {
  /** Positions of columns in the table, and numbers of values, in the order in which features first have them. */
  readonly keys: readonly number[];
  readonly values: readonly number[];
  /** Of each row: where its tags end in `tags`, and how many bytes they take. */
  readonly ends: Uint32Array;
  readonly sizes: Uint32Array;
}

/** Positions of values in the layer being written, from 1, by their number in the table; all 0 in between. */
let positions = new Int32Array(1024);
/** Tags of the layer being written, one row's after the other's. */
let tags = new Uint32Array(4096);

function writeRows(input: RowsInput, rows: readonly EncodedGeometry[]): Uint8Array {
  if (rows.length === 0) return new Uint8Array(0);
  const { attributes, ids, name, extent = DEFAULT_EXTENT } = input;
  const tagged = tagRows(input, rows);
  const texts = tagged.keys.map((key) => encodedText(LAYER.keys, attributes.keys[key] ?? ''));
  const nameField = encodedText(LAYER.name, name);
  let size = 2 + nameField.length + 1 + varintSize(extent);
  size += featuresSize(rows, ids, tagged.sizes) + valuesSize(attributes, tagged.values);
  for (const text of texts) size += text.length;

  const bytes = new Uint8Array(1 + varintSize(size) + size);
  let at = writeVarint(bytes, writeTag(bytes, 0, TILE.layers, LENGTH), size);
  at = writeVarint(bytes, writeTag(bytes, at, LAYER.version, VARINT), 2);
  bytes.set(nameField, at);
  at = writeFeatures(bytes, at + nameField.length, rows, ids, tagged);
  for (const text of texts) {
    bytes.set(text, at);
    at += text.length;
  }
  for (const number of tagged.values) at = attributes.copy(number, bytes, at);
  writeVarint(bytes, writeTag(bytes, at, LAYER.extent, VARINT), extent);
  return bytes;
}

function tagRows({ attributes, columns }: RowsInput, rows: readonly EncodedGeometry[]): Tagged {
  const room = 2 * rows.length * columns.length;
  if (tags.length < room) tags = new Uint32Array(2 * room);
  const tagged = {
    keys: [],
    values: [],
    ends: new Uint32Array(rows.length),
    sizes: new Uint32Array(rows.length),
  };
  const numbers = columns.map((column) => attributes.numbers(column, rows));
  fillTags(numbers, rows, tagged);
  for (const number of tagged.values) positions[number] = 0;
  return { ...tagged, keys: tagged.keys.map((c) => columns[c] as number) };
}

interface Filled extends Tagged {
  /** As they are found: here, positions among the columns that were asked for. */
  readonly keys: number[];
  readonly values: number[];
}

/** `numbers` are those of the values, by column and row. */
function fillTags(
  numbers: readonly Int32Array[],
  rows: readonly EncodedGeometry[],
  { keys, values, ends, sizes }: Filled,
): void {
  const keyPositions = new Int32Array(numbers.length).fill(-1);
  let at = 0;
  for (let r = 0; r < rows.length; r++) {
    const { row } = rows[r] as EncodedGeometry;
    let size = 0;
    for (let c = 0; c < numbers.length; c++) {
      const number = (numbers[c] as Int32Array)[row] as number;
      if (number < 0) continue;
      if (keyPositions[c] === -1) keyPositions[c] = keys.push(c) - 1;
      const key = keyPositions[c] as number;
      const position = positionOf(number, values);
      tags[at] = key;
      tags[at + 1] = position;
      at += 2;
      size += varintSize(key) + varintSize(position);
    }
    ends[r] = at;
    sizes[r] = size;
  }
}

/** Position of a value among those of the layer, from 0; a new one is added. */
function positionOf(number: number, values: number[]): number {
  if (number >= positions.length) grow(number);
  const known = positions[number] as number;
  if (known > 0) return known - 1;
  const count = values.push(number);
  positions[number] = count;
  return count - 1;
}

function grow(number: number): void {
  const larger = new Int32Array(2 * number);
  larger.set(positions);
  positions = larger;
}

function featuresSize(
  rows: readonly EncodedGeometry[],
  ids: RowsInput['ids'],
  tagSizes: Uint32Array,
): number {
  let size = 0;
  for (let r = 0; r < rows.length; r++) {
    const { row, start, end } = rows[r] as EncodedGeometry;
    const bytes = featureSize(ids[row], tagSizes[r] as number, end - start);
    size += 1 + varintSize(bytes) + bytes;
  }
  return size;
}

function valuesSize(attributes: AttributeTable, values: readonly number[]): number {
  let size = 0;
  for (const number of values) size += attributes.size(number);
  return size;
}

function writeFeatures(
  bytes: Uint8Array,
  start: number,
  rows: readonly EncodedGeometry[],
  ids: RowsInput['ids'],
  { ends, sizes }: Tagged,
): number {
  let at = start;
  let tag = 0;
  for (let r = 0; r < rows.length; r++) {
    const geometry = rows[r] as EncodedGeometry;
    const id = ids[geometry.row];
    const size = sizes[r] as number;
    const length = geometry.end - geometry.start;
    at = writeTag(bytes, at, LAYER.features, LENGTH);
    at = writeVarint(bytes, at, featureSize(id, size, length));
    if (isFeatureId(id)) at = writeVarint(bytes, writeTag(bytes, at, FEATURE.id, VARINT), id);
    if (size > 0) {
      at = writeVarint(bytes, writeTag(bytes, at, FEATURE.tags, LENGTH), size);
      for (const end = ends[r] as number; tag < end; tag++) at = writeVarint(bytes, at, tags[tag] as number);
    }
    at = writeVarint(bytes, writeTag(bytes, at, FEATURE.type, VARINT), geometry.type);
    at = writeVarint(bytes, writeTag(bytes, at, FEATURE.geometry, LENGTH), length);
    at = copyCommands(bytes, at, geometry);
  }
  return at;
}

/** Bytes up to which copying one by one is faster than making a view to copy. */
const FEW = 64;

function copyCommands(target: Uint8Array, at: number, geometry: EncodedGeometry): number {
  const { bytes, start, end } = geometry;
  if (end - start > FEW) target.set(geometry.commands, at);
  else for (let i = start, to = at; i < end; i++) target[to++] = bytes[i] as number;
  return at + end - start;
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
  return value < 0x4000 ? 2 : largeVarintSize(value);
}

function largeVarintSize(value: number): number {
  let size = 2;
  for (let rest = Math.floor(value / 0x4000); rest > 0; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  if (value >= 0x8000_0000) return writeLargeVarint(bytes, start, value);
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/** Beyond 31 bits, where JavaScript's bit operators do not reach. */
function writeLargeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at++] = rest;
  return at;
}
