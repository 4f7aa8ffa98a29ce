import { number } from '../../catalog/expressions.ts';
import { isTransformError } from '../../catalog/failed-query.ts';
import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Bounds, TileCoord } from '../types.ts';
import { gridEnvelope, type Grid } from './grid.ts';

/** Positions that one statement projects. */
const BATCH = 50_000;
const DEGREES = 4326;
/** Bytes before the positions of a line in WKB, and of each of them. */
const HEADER = 9;
const POSITION = 16;

/**
 * Positions (longitude, latitude, …) on the plane of another system, as PostGIS has them: easting, northing, ….
 * @throws AppError where one of them has no place there
 */
export const project = (db: Queryable, degrees: Float64Array, srid: number): Promise<Float64Array> =>
  reproject(db, degrees, DEGREES, srid);

export async function reproject(
  db: Queryable,
  positions: Float64Array,
  from: number,
  to: number,
): Promise<Float64Array> {
  const projected = new Float64Array(positions.length);
  for (let start = 0; start < positions.length; start += 2 * BATCH) {
    const part = positions.subarray(start, start + 2 * BATCH);
    const [row] = await db.run<{ g: Buffer }>(
      sql`select st_asbinary(st_transform(st_geomfromwkb(${lineOf(part)}, ${number(from)}), ${number(to)}), 'NDR') as g`,
      { readOnly: true },
    );
    projected.set(positionsOf(row!.g, part.length), start);
  }
  return projected;
}

/** A line in WKB, of two positions at least. */
function lineOf(positions: Float64Array): Buffer {
  const count = Math.max(2, positions.length / 2);
  const wkb = Buffer.alloc(HEADER + count * POSITION);
  wkb.writeUInt8(1, 0); // the low byte first
  wkb.writeUInt32LE(2, 1);
  wkb.writeUInt32LE(count, 5);
  for (let i = 0; i < 2 * count; i++) wkb.writeDoubleLE(positions[i % positions.length]!, HEADER + 8 * i);
  return wkb;
}

function positionsOf(wkb: Buffer, length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => wkb.readDoubleLE(HEADER + 8 * i));
}

/** Positions on a side of the lattice that says how far an area reaches in another system. */
const LATTICE = 33;

/** How far an area of degrees reaches on the plane of another system. @throws AppError where part of it has no place there */
export async function projectedBounds(db: Queryable, area: Bounds, srid: number): Promise<Bounds> {
  const projected = await project(db, latticeOf(area), srid);
  const xs = projected.filter((_, i) => i % 2 === 0);
  const ys = projected.filter((_, i) => i % 2 === 1);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Positions spread evenly over a box, its sides included. */
export function latticeOf([minX, minY, maxX, maxY]: Bounds): Float64Array {
  return Float64Array.from({ length: 2 * LATTICE * LATTICE }, (_, i) => {
    const at = i >> 1;
    return i % 2 === 0
      ? minX + ((maxX - minX) * (at % LATTICE)) / (LATTICE - 1)
      : minY + ((maxY - minY) * Math.floor(at / LATTICE)) / (LATTICE - 1);
  });
}

/** Tiles of the first zooms are so wide that they may have corners where the system describes nothing. */
const WIDE_ZOOMS = 3;
/** Degrees of longitude from which on a tile may go round a pole, or over the antimeridian. */
const HALF_WORLD = 180;

/**
 * An area of degrees that all of a tile lies in, as far as the grid covers it, to find rows by; undefined where it covers nothing
 * of it. As large as the grid's own where that is not known better.
 */
export async function degreesOf(
  db: Queryable,
  grid: Grid,
  coord: TileCoord,
  margin: number,
): Promise<Bounds | undefined> {
  const envelope = gridEnvelope(grid, coord, margin);
  if (grid.isDegrees) return envelope;
  const [west, south, east, north] = grid.bounds;
  if (coord.z < WIDE_ZOOMS) return grid.bounds;
  const found = await reproject(db, latticeOf(envelope), grid.srid, DEGREES).catch((error: unknown) => {
    if (isTransformError(error)) return undefined;
    throw error;
  });
  if (!found?.every(Number.isFinite)) return grid.bounds;
  const longitudes = found
    .filter((_, i) => i % 2 === 0)
    .map((one) => one - 360 * Math.floor((one - west) / 360));
  const latitudes = found.filter((_, i) => i % 2 === 1);
  const [minX, maxX] = [Math.min(...longitudes), Math.max(...longitudes)];
  if (maxX - minX >= HALF_WORLD) return grid.bounds;
  const [minY, maxY] = [Math.min(...latitudes), Math.max(...latitudes)];
  // Between two positions of the lattice it may reach a little further than at both.
  const [marginX, marginY] = [(maxX - minX) / (LATTICE - 1), (maxY - minY) / (LATTICE - 1)];
  const area: Bounds = [
    Math.max(west, minX - marginX),
    Math.max(south, minY - marginY),
    Math.min(east, maxX + marginX),
    Math.min(north, maxY + marginY),
  ];
  return area[0] < area[2] && area[1] < area[3] ? area : undefined;
}
