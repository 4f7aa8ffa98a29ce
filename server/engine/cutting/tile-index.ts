import type { Geometry } from 'geojson';
import { LRUCache } from 'lru-cache';
import { boundsOf, type Band } from './band.ts';
import { ShapeCutter, type MadeShapes } from './cut.ts';
import { geometryBytes, interleaved, kept, type TileGeometry } from '../encoding/geometry.ts';
import { DEFAULT_BUFFER, DEFAULT_EXTENT, latitudeOf, longitudeOf } from '../grid.ts';
import { PointCutter, type PointArrays } from './points.ts';
import { atOnce } from '../../tools/turns.ts';
import type { MendedShapes } from '../mending/flat.ts';
import { buildTopology } from '../topology/topology.ts';
import type { Topology } from '../topology/topology.ts';
import type { Bounds, TileCoord } from '../types.ts';

export interface TileIndexOptions {
  /** Units per tile side. */
  readonly extent?: number;
  /** Units around the tile that geometry is kept for. */
  readonly buffer?: number;
  /** Deeper zooms are answered with the detail of this one. */
  readonly maxZoom: number;
  /** Keep the borders that polygons share the same for both. Off for layers whose polygons overlap freely. */
  readonly sharedBorders: boolean;
  /** Draw a polygon that is too small to see as one square unit: no region may vanish from a map. */
  readonly keepCollapsed: boolean;
  /**
   * The topology is on the plane of another grid: its points are in world coordinates, too, and nothing that leaves the world
   * comes in again on the other side.
   */
  readonly isPlane?: boolean;
  /** Bytes of cut tiles to keep; 0: none are. */
  readonly cacheBytes?: number | undefined;
}

/** What takes time to make of a topology. */
export interface Made extends MadeShapes {
  readonly points?: PointArrays;
}

/** The geometry of a layer in memory, ready to be cut into tiles. */
export interface TileIndex {
  /**
   * The geometry of a tile, in row order: rows without geometry there are missing. `coord` must be
   * valid (see `checkTile`). The answer is shared between callers and must not be changed; where no cut tiles are kept, it
   * is good until the next tile.
   */
  tile(coord: TileCoord): TileGeometry;
  /** Whether a tile is known to take long to cut: others should not have to wait for all of it. */
  isLarge(coord: TileCoord): boolean;
  /** The same as `tile` in steps: others may be cut between them. */
  inSteps(coord: TileCoord): Generator<void, TileGeometry>;
  /** Whether anything has its bounding box at a tile: where nothing has, all tiles that it is divided into are empty. */
  reaches(coord: TileCoord): boolean;
  /**
   * Makes what the tiles of a zoom have in common, which in a large layer would hold up the event loop
   * for the first of them; undefined where it is there.
   */
  prepare(zoom: number): Promise<void> | undefined;
  /** What takes longest to make of a zoom, as data, and the same taken from elsewhere of the same topology. */
  mended(zoom: number): MendedShapes;
  adopt(zoom: number, mended: MendedShapes, band?: Band): void;
  /** What its lines are simplified to. */
  band(zoom: number): Band;
  /** Says that it will be: `prepare` waits for these zooms then, until `giveUp`. */
  expect(zooms: readonly number[]): void;
  /** Of those that are expected the one that is needed first. */
  nextExpected(): number | undefined;
  /** Whether one of them is needed now. */
  isAwaited(): boolean;
  giveUp(): void;
  /** What took time to make, of zooms what was made so far: another index of the same topology needs not make it again. */
  made(): Required<Made>;
  /** For simplified GeoJSON of the same layer. */
  readonly topology: Topology;
  /** West, south, east, north in degrees (beyond ±180 where the data is); null without geometry. */
  readonly bounds: Bounds | null;
  readonly vertexCount: number;
  /** Estimated bytes in memory, cut tiles included; grows while tiles are asked for. */
  memoryBytes(): number;
}

const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;

/** Bytes that the objects of one tile take besides typed arrays, by estimate. */
const TILE_BYTES = 500;

/** Vertices from which making a tile takes some 0.2 ms or more. */
const LARGE = 12_000;
/** What a point costs beside a vertex. */
const POINT_COST = 3;

/**
 * Indexes the features of a layer (geometry in degrees, null where a row has none) for cutting tiles.
 * Takes about 2 µs per vertex (measured on 68,000) and blocks the thread meanwhile; see `IndexBuilder`.
 */
export function buildTileIndex(
  features: readonly { readonly geometry: Geometry | null }[],
  options: TileIndexOptions,
): TileIndex {
  const topology = buildTopology(
    features.map(({ geometry }) => geometry),
    options,
  );
  return indexTopology(topology, options);
}

/** Indexes a topology; what another thread has made of it already is taken as it is. */
export function indexTopology(topology: Topology, options: TileIndexOptions, made?: Made): TileIndex {
  const { extent = DEFAULT_EXTENT, buffer = DEFAULT_BUFFER, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const shapes = new ShapeCutter(topology, { ...options, extent, buffer }, made);
  const points = new PointCutter(topology, { extent, buffer, isPlane: options.isPlane }, made?.points);
  const cut = new LRUCache<string, TileGeometry>({
    maxSize: Math.max(1, cacheBytes), // 0 would be without bounds
    sizeCalculation: (geometry) => TILE_BYTES + geometryBytes(geometry),
  });

  const keyOf = ({ z, x, y }: TileCoord): string => `${z}/${x}/${y}`;
  const mayBeLarge = POINT_COST * topology.vertexCount > LARGE;

  const keeps = cacheBytes > TILE_BYTES;
  const isLarge = (coord: TileCoord): boolean =>
    mayBeLarge &&
    shapes.cost(coord) + POINT_COST * points.count(coord) > LARGE &&
    !(keeps && cut.has(keyOf(coord)));
  const cutNow = (coord: TileCoord): TileGeometry => {
    const [a, b] = [shapes.cut(coord), points.cut(coord)];
    if (b.length === 0) return a;
    return a.length === 0 ? b : atOnce(interleaved(a, b));
  };
  const tile = (coord: TileCoord): TileGeometry => {
    if (!keeps) return cutNow(coord);
    const key = keyOf(coord);
    let geometry = cut.get(key);
    if (!geometry) {
      geometry = kept(cutNow(coord));
      cut.set(key, geometry);
    }
    return geometry;
  };

  return {
    tile,
    isLarge,
    *inSteps(coord) {
      if (!isLarge(coord)) return keeps ? tile(coord) : kept(tile(coord));
      const geometry = yield* interleaved(yield* shapes.inSteps(coord), yield* points.inSteps(coord));
      if (keeps) cut.set(keyOf(coord), geometry);
      return geometry;
    },
    reaches: (coord) => shapes.reaches(coord) || points.reaches(coord),
    prepare: (zoom) => shapes.prepare(zoom),
    mended: (zoom) => shapes.bands.mended(zoom),
    adopt: (zoom, mended, band) => shapes.bands.adopt(zoom, mended, band),
    band: (zoom) => shapes.bands.at(zoom),
    expect: (zooms) => shapes.bands.expect(zooms),
    nextExpected: () => shapes.bands.nextExpected,
    isAwaited: () => shapes.bands.isAsked,
    giveUp: () => shapes.bands.giveUp(),
    made: () => ({ ...shapes.made, points: points.made }),
    topology,
    bounds: boundsOfTopology(topology),
    vertexCount: topology.vertexCount,
    memoryBytes: () => topologyBytes(topology) + shapes.bytes + points.bytes + cut.calculatedSize,
  };
}

function topologyBytes(topology: Topology): number {
  const sizes = Object.values(topology).map((value: unknown) =>
    ArrayBuffer.isView(value) ? value.byteLength : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function boundsOfTopology({ coords, pointPosition }: Topology): Bounds | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const include = (longitude: number, latitude: number): void => {
    west = Math.min(west, longitude);
    south = Math.min(south, latitude);
    east = Math.max(east, longitude);
    north = Math.max(north, latitude);
  };
  if (coords.length > 0) {
    const [minX, minY, maxX, maxY] = boundsOf(coords, 0, coords.length / 2);
    include(longitudeOf(minX), latitudeOf(maxY));
    include(longitudeOf(maxX), latitudeOf(minY));
  }
  for (let i = 0; i < pointPosition.length; i += 2) include(pointPosition[i]!, pointPosition[i + 1]!);
  return west <= east ? [west, south, east, north] : null;
}
