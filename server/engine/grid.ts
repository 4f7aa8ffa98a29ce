import { AppError } from '../errors.ts';
import type { Bounds, TileCoord } from './types.ts';

/**
 * The Web Mercator tile grid. "World" coordinates are the projected plane as a unit square: x grows
 * eastwards from the antimeridian, y southwards from the northern edge, so a tile of zoom z is a
 * square of side 2^-z and `world × 2^z × extent` is a position in tile units.
 */

/** Deepest zoom of the grid: a tile is 2.4 m wide there, and its units still fit a double exactly. */
export const MAX_ZOOM = 24;

/** Tile units per tile side, and the margin drawn around a tile so that strokes do not end at its edge. */
export const DEFAULT_EXTENT = 4096;
export const DEFAULT_BUFFER = 64;

/** Half the side of the projected plane in metres (EPSG:3857): π × 6378137. */
export const HALF_WORLD_METRES = Math.PI * 6378137;

/** The latitude, in degrees, at which the projected plane is square. */
export const MAX_LATITUDE = (Math.atan(Math.sinh(Math.PI)) * 180) / Math.PI;

/** Latitudes beyond this are moved to it: the projection sends the poles to infinity. */
export const LAST_LATITUDE = 89.9;

/** Degrees of longitude → world x. Not wrapped: 190° is beyond 1. */
export function worldX(longitude: number): number {
  return longitude / 360 + 0.5;
}

/** Degrees of latitude → world y (0 at 85.05° N, 1 at 85.05° S, outside [0, 1] nearer to the poles). */
export function worldY(latitude: number): number {
  const clamped = Math.max(-LAST_LATITUDE, Math.min(LAST_LATITUDE, latitude));
  const sine = Math.sin((clamped * Math.PI) / 180);
  return 0.5 - (0.25 * Math.log((1 + sine) / (1 - sine))) / Math.PI;
}

/** World x → degrees of longitude. */
export function longitudeOf(x: number): number {
  return (x - 0.5) * 360;
}

/** World y → degrees of latitude. */
export function latitudeOf(y: number): number {
  return (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;
}

/** Whether the grid has this tile. */
export function isTile({ z, x, y }: TileCoord): boolean {
  if (!Number.isInteger(z) || z < 0 || z > MAX_ZOOM) return false;
  const side = 2 ** z;
  return Number.isInteger(x) && x >= 0 && x < side && Number.isInteger(y) && y >= 0 && y < side;
}

/** The tile itself. Throws `tile_out_of_range` where the grid has no such tile. */
export function checkTile(coord: TileCoord): TileCoord {
  if (isTile(coord)) return coord;
  throw new AppError('tile_out_of_range', {
    detail: `z must be 0–${MAX_ZOOM}, and x and y must be 0–2^z−1`,
    tile: `${coord.z}/${coord.x}/${coord.y}`,
  });
}

/** The tile that a place (degrees) is in. Longitudes are wrapped, latitudes kept on the plane. */
export function tileAt(longitude: number, latitude: number, z: number): TileCoord {
  const side = 2 ** z;
  const x = Math.floor(worldX(longitude) * side);
  const y = Math.floor(worldY(latitude) * side);
  return { z, x: ((x % side) + side) % side, y: Math.max(0, Math.min(side - 1, y)) };
}

/** West, south, east, north of a tile in degrees; `margin` as in `tileEnvelope`. */
export function tileBounds({ z, x, y }: TileCoord, margin = 0): Bounds {
  const side = 2 ** z;
  return [
    longitudeOf((x - margin) / side),
    latitudeOf((y + 1 + margin) / side),
    longitudeOf((x + 1 + margin) / side),
    latitudeOf((y - margin) / side),
  ];
}

/**
 * Bounds of a tile in metres (EPSG:3857). `margin` widens every side by that share of the tile's
 * width: 64 / 4096 gives the envelope that a tile's buffer reaches to, as in `ST_TileEnvelope`.
 */
export function tileEnvelope({ z, x, y }: TileCoord, margin = 0): Bounds {
  const width = (2 * HALF_WORLD_METRES) / 2 ** z;
  return [
    (x - margin) * width - HALF_WORLD_METRES,
    HALF_WORLD_METRES - (y + 1 + margin) * width,
    (x + 1 + margin) * width - HALF_WORLD_METRES,
    HALF_WORLD_METRES - (y - margin) * width,
  ];
}
