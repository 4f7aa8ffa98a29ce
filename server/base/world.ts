import { readFileSync } from 'node:fs';
import GeoJSONVT from 'geojson-vt';
import type { Feature, FeatureCollection } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { unwrapped } from './antimeridian.ts';
import { DEFAULT_EXTENT } from '../engine/grid.ts';
import { encodeLayer } from '../engine/encoding/mvt.ts';
import { fromVt } from '../engine/encoding/vt-tile.ts';
import type { TileCoord } from '../engine/types.ts';
import { projectPath } from '../tools/paths.ts';

type World = Topology<{ countries: GeometryCollection }>;
/** Name, longitude and latitude; the most important first. */
type Place = readonly [name: string, longitude: number, latitude: number];

/** The data are made for 1:50,000,000: what is closer is drawn from these tiles. */
export const MAX_ZOOM = 6;
/** Wide enough for the halo of a name. */
const BUFFER = 64;

/** Land, borders and names of the world, cut on demand: read when the first tile is asked for. */
export class WorldTiles {
  #layers: Readonly<Record<string, GeoJSONVT>> | undefined;

  /** Empty where nothing lies in the tile. */
  tile({ z, x, y }: TileCoord): Buffer {
    this.#layers ??= readWorld();
    const parts = Object.entries(this.#layers).map(([name, index]) => {
      const features = index.getTile(z, x, y)?.features ?? [];
      return encodeLayer({ name, features: features.map(fromVt) }).bytes;
    });
    return Buffer.concat(parts);
  }
}

function readWorld(): Record<string, GeoJSONVT> {
  const world = JSON.parse(readFileSync(projectPath('data', 'base', 'world.topo.json'), 'utf8')) as World;
  const places = JSON.parse(readFileSync(projectPath('data', 'base', 'places.json'), 'utf8')) as {
    countries: Place[];
    cities: Place[];
  };
  const { countries } = world.objects;
  const lines = (kind: string, isWanted: (a: object, b: object) => boolean): Feature => ({
    type: 'Feature',
    properties: { kind },
    geometry: mesh(world, countries, isWanted),
  });
  const names = [...places.countries.map(point('country')), ...places.cities.map(point('city'))];
  return {
    land: indexOf(feature(world, countries).features),
    lines: indexOf([lines('shore', (a, b) => a === b), lines('border', (a, b) => a !== b)]),
    places: indexOf(names),
  };
}

function indexOf(features: Feature[]): GeoJSONVT {
  const collection: FeatureCollection = {
    type: 'FeatureCollection',
    features: features.map(unwrapped),
  };
  return new GeoJSONVT(collection, {
    maxZoom: MAX_ZOOM,
    indexMaxZoom: 4,
    extent: DEFAULT_EXTENT,
    buffer: BUFFER,
    tolerance: 3,
  });
}

const point =
  (kind: 'country' | 'city') =>
  ([name, longitude, latitude]: Place, rank: number): Feature => ({
    type: 'Feature',
    properties: { name, kind, rank },
    geometry: { type: 'Point', coordinates: [longitude, latitude] },
  });
