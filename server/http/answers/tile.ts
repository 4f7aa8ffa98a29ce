import type { Bounds, EncodedLayer } from '../../engine/types.ts';
import { invalidParameter } from '../../errors.ts';
import { inTurns } from '../../tools/turns.ts';
import { contentTagInSteps, MVT, Representation } from './representation.ts';

export { MVT };

const tile = { [MVT]: { type: 'string', format: 'binary' } };

export const TILE_RESPONSES = {
  200: { description: 'A Mapbox Vector Tile 2.1', content: tile },
  204: { description: 'Nothing lies in this tile' },
  304: { description: 'Not changed since the ETag given' },
};

/** One layer of a tile. */
export interface TilePart extends EncodedLayer {
  /** Media type of what is no vector tile. */
  readonly type?: string;
  /** The ETag that its maker gave it. */
  readonly tag?: string;
  /** Made from data of another generation than its key says. */
  readonly stale?: boolean;
}

/**
 * Layers of a tile are concatenated: that is what a repeated protobuf field is. A picture can only be alone. The ETag
 * is of the bytes, unless a function gives its own: whatever two instances know of the data, and whichever engine made
 * them, no ETag stands for two contents.
 */
export function composite(layers: readonly TilePart[]): Representation {
  return represented(layers, joined(layers.map((layer) => layer.bytes)));
}

const TRUNCATED = { 'X-Tile-Truncated': 'true' };

/** Bytes whose ETag is not made in one go. */
const LARGE_BYTES = 65_536;

/** The same, where others must not wait for the ETag of a large tile. @throws the signal's reason where nobody waits for it any more */
export async function compositeInTurns(
  layers: readonly TilePart[],
  signal: AbortSignal,
): Promise<Representation> {
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes.length, 0);
  return bytes > LARGE_BYTES ? inTurns(compositeInSteps(layers), signal) : composite(layers);
}

/** The same in steps. */
export function* compositeInSteps(layers: readonly TilePart[]): Generator<void, Representation> {
  const body = joined(layers.map((layer) => layer.bytes));
  if (body.length <= LARGE_BYTES) return represented(layers, body);
  yield;
  return represented(layers, body, yield* contentTagInSteps(body));
}

/** @param contentTag of the bytes, where it was made before */
function represented(layers: readonly TilePart[], body: Buffer, contentTag?: string): Representation {
  const [first] = layers;
  const type = layers.find((layer) => layer.type !== undefined)?.type;
  if (type !== undefined && layers.length > 1)
    throw invalidParameter('layers', type, 'vector tiles where several are asked for together');
  const truncated = layers.some((layer) => layer.truncated);
  const stale = layers.some((layer) => layer.stale);
  const given = layers.length === 1 && !stale ? first?.tag : undefined;
  const tag = given ?? contentTag;
  return new Representation(body, type ?? MVT, { tag, stale, headers: truncated ? TRUNCATED : undefined });
}

/** One after the other; what is alone is not copied. */
function joined(parts: readonly Uint8Array[]): Buffer {
  const [first] = parts;
  if (parts.length > 1 || !first) return Buffer.concat(parts);
  return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
}

/** https://github.com/mapbox/tilejson-spec/tree/master/3.0.0 */
export interface TileJson {
  tilejson: '3.0.0';
  tiles: string[];
  name: string;
  description?: string;
  attribution?: string;
  version: string;
  scheme: 'xyz';
  bounds: Bounds;
  center: [number, number, number];
  minzoom: number;
  maxzoom: number;
  /** Absent where the tiles are pictures. */
  vector_layers?: VectorLayer[];
  /** What pictures are: png, jpg or webp. */
  format?: string;
}

export interface VectorLayer {
  id: string;
  description?: string;
  minzoom: number;
  maxzoom: number;
  /** `Number`, `Boolean` or `String`: the words that readers such as GDAL know. */
  fields: Record<string, string>;
  /** Of the same fields, the type in the database and what its comment says. */
  descriptions?: Record<string, string>;
  /** From `minzoom` on a tile that would have more than `bytes` has fewer points; `keeps` says which. */
  thinned?: { minzoom: number; bytes: number; keeps: string };
  /** Zooms whose tiles have one feature for several small neighbours; `keeps` says which. */
  merged?: { zooms: readonly number[]; keeps: string };
}

/** A tile unit is 0.6 m at zoom 14; clients magnify from there. */
export const MAX_ZOOM = 14;
export const WORLD: Bounds = [-180, -85.0511287798066, 180, 85.0511287798066];
/** The zoom at which the bounds fill about one screen of two by two tiles. */
export function zoomToFit([west, south, east, north]: Bounds): number {
  const degrees = Math.max(east - west, north - south, 1e-6);
  return Math.max(0, Math.min(MAX_ZOOM, Math.floor(Math.log2(360 / degrees)) + 1));
}
