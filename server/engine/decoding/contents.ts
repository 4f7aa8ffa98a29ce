import { VectorTile, type VectorTileFeature, type VectorTileLayer } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { Feature, Position } from 'geojson';
import type { TileCoord } from '../types.ts';

/** Pure: what bytes of a vector tile hold, by a reader that is not ours. */
export interface TileContents {
  readonly layers: readonly LayerContents[];
}

export interface LayerContents {
  readonly name: string;
  /** Of the specification that the layer is written in. */
  readonly version: number;
  readonly extent: number;
  /** How many features it has, and how many of each kind of geometry. */
  readonly features: number;
  readonly geometries: Readonly<Record<string, number>>;
  readonly attributes: readonly AttributeContents[];
  /** How many of the features are below: the first ones, in the order of the tile. */
  readonly shown: number;
  readonly collection: { readonly type: 'FeatureCollection'; readonly features: readonly Feature[] };
}

export interface AttributeContents {
  readonly name: string;
  /** `string`, `number`, `boolean`, in the order of the alphabet; mostly one. */
  readonly types: readonly string[];
  /** How many features have it. */
  readonly features: number;
}

/** A tile of half a megabyte may have more positions than there are letters in a book. */
const MOST_POSITIONS = 100_000;
const FEATURES_PER_TURN = 1_000;
const GEOMETRIES = ['Unknown', 'Point', 'LineString', 'Polygon'] as const;

/**
 * Layers of a tile in its order, with their first features in degrees.
 *
 * @param limit features shown of all layers together
 * @throws where the bytes are no vector tile
 */
export function* contentsOf(
  bytes: Uint8Array,
  coord: TileCoord,
  limit: number,
): Generator<void, TileContents> {
  const room = { features: limit, positions: MOST_POSITIONS };
  const layers: LayerContents[] = [];
  for (const layer of Object.values(new VectorTile(new PbfReader(bytes)).layers))
    layers.push(yield* layerContents(layer, coord, room));
  return { layers };
}

/** How much may still be shown. */
interface Room {
  features: number;
  positions: number;
}

function* layerContents(
  layer: VectorTileLayer,
  coord: TileCoord,
  room: Room,
): Generator<void, LayerContents> {
  const geometries: Record<string, number> = {};
  const attributes = new Map<string, { types: Set<string>; features: number }>();
  const shown: Feature[] = [];
  const round = rounding(coord.z, layer.extent);
  let isShowing = true;
  for (let i = 0; i < layer.length; i++) {
    if (i % FEATURES_PER_TURN === FEATURES_PER_TURN - 1) yield;
    const feature = layer.feature(i);
    const kind = GEOMETRIES[feature.type];
    geometries[kind] = (geometries[kind] ?? 0) + 1;
    for (const [name, value] of Object.entries(feature.properties)) {
      const known = attributes.get(name) ?? { types: new Set(), features: 0 };
      known.types.add(typeof value);
      known.features++;
      attributes.set(name, known);
    }
    // The first ones without a gap, or nobody could tell which are missing.
    isShowing &&= room.features > 0 && room.positions > 0;
    if (isShowing) shown.push(inDegrees(feature, coord, round, room));
  }
  return {
    name: layer.name,
    version: layer.version,
    extent: layer.extent,
    features: layer.length,
    geometries,
    attributes: [...attributes].map(([name, { types, features }]) => {
      return { name, types: [...types].sort(), features };
    }),
    shown: shown.length,
    collection: { type: 'FeatureCollection', features: shown },
  };
}

function inDegrees(
  feature: VectorTileFeature,
  { x, y, z }: TileCoord,
  round: (degrees: number) => number,
  room: Room,
): Feature {
  const known = GEOMETRIES[feature.type] !== 'Unknown';
  const { id, geometry, properties } = known
    ? feature.toGeoJSON(x, y, z)
    : { id: feature.id, geometry: null, properties: feature.properties };
  room.features--;
  const rounded = (place: Position): Position => {
    room.positions--;
    return place.map(round);
  };
  const shape = geometry &&
    'coordinates' in geometry && {
      ...geometry,
      coordinates: deep(geometry.coordinates, rounded),
    };
  return {
    type: 'Feature',
    ...(id === undefined ? {} : { id }),
    geometry: (shape ?? null) as Feature['geometry'],
    properties: { ...properties },
  };
}

type Nested = Position | readonly Nested[];

const isPosition = (value: Nested): value is Position => typeof value[0] === 'number';

function deep(value: Nested, change: (place: Position) => Position): Nested {
  return isPosition(value) ? change(value) : value.map((part) => deep(part, change));
}

/** To a hundredth of a tile unit at least: more digits would say what the tile does not. */
function rounding(z: number, extent: number): (degrees: number) => number {
  const digits = Math.ceil(Math.log10((2 ** z * extent) / 360)) + 2;
  const scale = 10 ** Math.max(0, digits);
  return (degrees) => Math.round(degrees * scale) / scale;
}
