import { PbfWriter } from 'pbf';
import { FEATURE_OVERHEAD, withinCaps, type Caps } from './caps.ts';
import { DEFAULT_EXTENT } from '../grid.ts';
import { atOnce } from '../../tools/turns.ts';
import type { EncodedLayer, LayerFeature, PropertyValue } from '../types.ts';

/** Field numbers of vector_tile.proto, version 2.1. */
export const TILE = { layers: 3 } as const;
export const LAYER = { name: 1, features: 2, keys: 3, values: 4, extent: 5, version: 15 } as const;
export const FEATURE = { id: 1, tags: 2, type: 3, geometry: 4 } as const;
const VALUE = { string: 1, double: 3, int: 4, uint: 5, sint: 6, bool: 7 } as const;

export interface LayerInput extends Caps {
  readonly name: string;
  readonly extent?: number;
  readonly features: Iterable<LayerFeature>;
}

/**
 * One MVT 2.1 layer. Properties that are null, undefined, NaN or infinite are left out. A layer without
 * features is empty bytes. What the caps leave out: see `withinCaps`.
 */
export function encodeLayer(input: LayerInput): EncodedLayer {
  const features = [...input.features];
  const of = (i: number): LayerFeature => features[i] as LayerFeature;
  const sized = {
    length: features.length,
    typeOf: (i: number) => of(i).type,
    commandsOf: (i: number) => of(i).commands,
    commandBytes: (i: number) => of(i).commands.length,
    tagsOf: (i: number) => Object.keys(of(i).properties).length,
  };
  return atOnce(
    withinCaps(sized, input, function* (kept) {
      yield;
      return writeLayer(input, kept ? Array.from(kept, of) : features);
    }),
  );
}

/** A complete `Tile.layers` field: header and layer. */
function writeLayer({ name, extent }: LayerInput, features: readonly LayerFeature[]): Uint8Array {
  if (features.length === 0) return new Uint8Array(0);
  // Room for most of it from the start: growing copies all that is written.
  const room = features.reduce((sum, { commands }) => sum + commands.length + 2 * FEATURE_OVERHEAD, 1024);
  const pbf = new PbfWriter(new Uint8Array(room));
  const dictionary = new Dictionary();
  pbf.writeMessage(
    TILE.layers,
    (_, writer) => {
      writer.writeVarintField(LAYER.version, 2);
      writeText(writer, LAYER.name, name);
      for (const feature of features) {
        dictionary.tag(feature);
        writer.writeMessage(LAYER.features, dictionary.writeFeature, feature);
      }
      for (const key of dictionary.keys.keys()) writeText(writer, LAYER.keys, key);
      for (const value of dictionary.values.keys()) writer.writeMessage(LAYER.values, writeValue, value);
      writer.writeVarintField(LAYER.extent, extent ?? DEFAULT_EXTENT);
    },
    null,
  );
  return pbf.finish();
}

/** Keys and values of a layer, each written once; features refer to them by position. */
class Dictionary {
  readonly keys = new Map<string, number>();
  readonly values = new Map<PropertyValue, number>();
  #tags: number[] = [];

  /** Numbers the feature's properties, for the `writeFeature` that follows. */
  tag({ properties }: LayerFeature): void {
    this.#tags.length = 0;
    for (const key in properties) {
      const value = properties[key];
      if (!isWritable(value)) continue;
      this.#tags.push(position(this.keys, key), position(this.values, value));
    }
  }

  readonly writeFeature = ({ id, type, commands }: LayerFeature, writer: PbfWriter): void => {
    if (isFeatureId(id)) writer.writeVarintField(FEATURE.id, id);
    writer.writePackedVarint(FEATURE.tags, this.#tags);
    writer.writeVarintField(FEATURE.type, type);
    writer.writeBytesField(FEATURE.geometry, commands);
  };
}

function position<T>(dictionary: Map<T, number>, entry: T): number {
  const known = dictionary.get(entry);
  if (known !== undefined) return known;
  dictionary.set(entry, dictionary.size);
  return dictionary.size - 1;
}

export function isWritable(value: PropertyValue | null | undefined): value is PropertyValue {
  return typeof value === 'number' ? Number.isFinite(value) : value != null;
}

export function isFeatureId(id: number | undefined): id is number {
  return id !== undefined && Number.isSafeInteger(id) && id >= 0;
}

function writeValue(value: PropertyValue, pbf: PbfWriter): void {
  if (typeof value === 'string') writeText(pbf, VALUE.string, value);
  else if (typeof value === 'boolean') pbf.writeBooleanField(VALUE.bool, value);
  // A number above 2^53 is whatever double it is: written as one, it comes back unchanged.
  else if (!Number.isSafeInteger(value)) pbf.writeDoubleField(VALUE.double, value);
  else if (value >= 0) pbf.writeVarintField(VALUE.uint, value);
  // Zigzag doubles the number, which a double cannot do exactly below -2^52.
  else if (value >= -(2 ** 52)) pbf.writeSVarintField(VALUE.sint, value);
  else pbf.writeVarintField(VALUE.int, value);
}

/** A complete `Layer.values` field. */
export function encodedValue(value: PropertyValue): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeMessage(LAYER.values, writeValue, value);
  return pbf.finish();
}

/** A complete field of text. */
export function encodedText(field: number, text: string): Uint8Array {
  const pbf = new PbfWriter();
  writeText(pbf, field, text);
  return pbf.finish();
}

const SURROGATE = /[\ud800-\udfff]/;
const utf8 = new TextEncoder();

/** pbf's own UTF-8 writer turns characters from U+20000 on (rare Chinese ones) into others. */
function writeText(pbf: PbfWriter, field: number, text: string): void {
  if (SURROGATE.test(text)) pbf.writeBytesField(field, utf8.encode(text));
  else pbf.writeStringField(field, text);
}
