import { PbfWriter } from 'pbf';
import { measureCommands } from './commands.ts';
import { DEFAULT_EXTENT } from './grid.ts';
import type { EncodedLayer, LayerFeature, PropertyValue } from './types.ts';

/** Field numbers of vector_tile.proto, version 2.1. */
const TILE = { layers: 3 } as const;
const LAYER = { name: 1, features: 2, keys: 3, values: 4, extent: 5, version: 15 } as const;
const FEATURE = { id: 1, tags: 2, type: 3, geometry: 4 } as const;
const VALUE = { string: 1, double: 3, int: 4, uint: 5, sint: 6, bool: 7 } as const;

/** Bytes of a feature besides its geometry and tags: field headers, id and type. */
const FEATURE_OVERHEAD = 16;

export interface LayerInput {
  readonly name: string;
  readonly extent?: number;
  readonly features: Iterable<LayerFeature>;
  /** Upper bound of the encoded layer in bytes; unlimited when absent. */
  readonly maxBytes?: number | undefined;
  readonly maxFeatures?: number | undefined;
}

/**
 * One MVT 2.1 layer. Properties that are null, undefined, NaN or infinite are left out. Where a cap
 * bites, the smallest features go first (by area, then length; points keep their order) and
 * `truncated` says so. A layer without features is empty bytes.
 */
export function encodeLayer(input: LayerInput): EncodedLayer {
  const all = [...input.features];
  const maxFeatures = input.maxFeatures ?? Infinity;
  const maxBytes = input.maxBytes ?? Infinity;

  const kept = all.length > maxFeatures ? largest(all, fitCount(maxFeatures)) : all;
  const bytes = writeLayer(input, kept);
  if (bytes.length <= maxBytes) return layerOf(bytes, kept.length, kept.length < all.length);
  return fitBytes(input, kept, maxBytes, bytes.length);
}

function layerOf(bytes: Uint8Array, features: number, truncated: boolean): EncodedLayer {
  return { bytes, features, truncated };
}

/** Dictionary sizes are only known once written, so the budget shrinks by what the last try was over. */
function fitBytes(
  input: LayerInput,
  all: readonly LayerFeature[],
  maxBytes: number,
  full: number,
): EncodedLayer {
  const raw = all.reduce((sum, feature) => sum + rawSize(feature), 0);
  let budget = raw * (maxBytes / full);
  for (;;) {
    const kept = largest(all, fitBudget(budget));
    const bytes = writeLayer(input, kept);
    if (bytes.length <= maxBytes) return layerOf(bytes, kept.length, true);
    budget -= Math.max(1, bytes.length - maxBytes);
  }
}

function rawSize({ commands, properties }: LayerFeature): number {
  return FEATURE_OVERHEAD + commands.length + 4 * Object.keys(properties).length;
}

type Fits = (feature: LayerFeature) => boolean;

function fitCount(limit: number): Fits {
  let count = 0;
  return () => ++count <= limit;
}

function fitBudget(budget: number): Fits {
  let used = 0;
  return (feature) => (used += rawSize(feature)) <= budget;
}

/** The largest features for as long as they fit, in their original order. */
function largest(features: readonly LayerFeature[], fits: Fits): LayerFeature[] {
  const bySize = features
    .map((feature, position) => ({
      feature,
      position,
      size: measureCommands(feature.type, feature.commands),
    }))
    .sort((a, b) => b.size - a.size || a.position - b.position);
  const end = bySize.findIndex(({ feature }) => !fits(feature));
  return bySize
    .slice(0, end < 0 ? undefined : end)
    .sort((a, b) => a.position - b.position)
    .map(({ feature }) => feature);
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

function isWritable(value: PropertyValue | null | undefined): value is PropertyValue {
  return typeof value === 'number' ? Number.isFinite(value) : value != null;
}

function isFeatureId(id: number | undefined): id is number {
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

const SURROGATE = /[\ud800-\udfff]/;
const utf8 = new TextEncoder();

/** pbf's own UTF-8 writer turns characters from U+20000 on (rare Chinese ones) into others. */
function writeText(pbf: PbfWriter, field: number, text: string): void {
  if (SURROGATE.test(text)) pbf.writeBytesField(field, utf8.encode(text));
  else pbf.writeStringField(field, text);
}
