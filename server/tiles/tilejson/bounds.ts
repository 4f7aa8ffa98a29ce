import { geometryInDegrees, isFinite, plainGeometry } from '../../catalog/geometry.ts';
import { relationName, type Layer, type TableLayer } from '../../catalog/types.ts';
import { ident, sql, type Sql } from '../../db/sql.ts';
import { HALF_WORLD_METRES, latitudeOf } from '../../engine/grid.ts';
import type { Bounds } from '../../engine/types.ts';
import { AppError } from '../../errors.ts';
import { MAX_ZOOM, WORLD } from '../../http/answers/tile.ts';
import { tokenOrMoment } from '../../generations/tokens.ts';
import type { TilesContext as Context } from '../context.ts';

/** A layer that takes longer to read is taken to be everywhere. */
const EXTENT_TIMEOUT_MS = 3_000;
const WEB_MERCATOR = 3857;

/** All null where there is no geometry. */
interface Extent {
  w: number | null;
  s: number;
  e: number;
  n: number;
}

const boundsByLayer = new WeakMap<Layer, { token: string; bounds: Bounds }>();

/**
 * West, south, east, north in degrees, inside the tiled world; the whole of it where it cannot be told.
 * Of what each role sees other rows of, what would show where they are is not kept: `ctx` reads as the role.
 */
export async function layerBounds(ctx: Context, layer: Layer): Promise<Bounds> {
  if (layer.bounds) return layer.bounds;
  if (layer.type === 'function') return WORLD;
  const token = tokenOrMoment(ctx.generations.of(relationName(layer)));
  const isKept = layer.access !== 'role';
  const known = isKept ? boundsByLayer.get(layer) : undefined;
  if (known?.token === token) return known.bounds;
  const bounds = await readBounds(ctx, layer, token).then(
    (found) => found ?? WORLD,
    (error: unknown) => (isSlow(error) ? WORLD : undefined),
  );
  if (bounds && isKept) boundsByLayer.set(layer, { token, bounds });
  return bounds ?? WORLD;
}

function isSlow(error: unknown): boolean {
  return error instanceof AppError && error.code === 'query_timeout';
}

/** Of every row, as clients never ask for tiles outside: a sample may lack the farthest ones. */
async function readBounds(ctx: Context, layer: TableLayer, token: string): Promise<Bounds | undefined> {
  const isMetric = layer.geometry.srid === WEB_MERCATOR;
  const extent = (guarded: TableLayer): Sql =>
    sql`st_extent(${isMetric ? plainGeometry(guarded) : geometryInDegrees(guarded)})`;
  // A box of another system is curved in degrees: its outline may bulge, or hold a pole. So each row is transformed.
  const query = (
    guarded: TableLayer,
  ): Sql => sql`select st_xmin(box) as w, st_ymin(box) as s, st_xmax(box) as e,
      st_ymax(box) as n
    from (select ${extent(guarded)} as box from ${ident(layer.schema, layer.name)}
      where ${isFinite(guarded)}) bounds`;
  // The embedded database cannot end a query: a time limit would end all of it.
  const options = { readOnly: true, ...(ctx.db.hasMvt ? { timeoutMs: EXTENT_TIMEOUT_MS } : {}) };
  const [row] = await ctx.faults.leavingOut(layer, token, (guarded) =>
    ctx.db.run<Extent>(query(guarded), options),
  );
  if (!row || row.w === null) return undefined;
  const { w, s, e, n } = row;
  return asDegrees([w, s, e, n], isMetric);
}

function asDegrees([w, s, e, n]: Bounds, isMetric: boolean): Bounds {
  const longitude = (x: number): number => (isMetric ? (x / HALF_WORLD_METRES) * 180 : x);
  const latitude = (y: number): number => (isMetric ? latitudeOf(0.5 - y / (2 * HALF_WORLD_METRES)) : y);
  const clamp = (value: number): number => Math.max(-WORLD[3], Math.min(WORLD[3], value));
  const [west, east] = [longitude(w), longitude(e)];
  // Data that counts longitudes beyond ±180 goes round the world.
  const wraps = west < -180 || east > 180;
  // What ends exactly where tiles meet is drawn by the next one, too, which clients would not ask for.
  const meets = east < 180 && east % (360 / 2 ** MAX_ZOOM) === 0;
  const [south, north] = [clamp(latitude(s)), clamp(latitude(n))];
  return [
    wraps ? -180 : outwards(west, Math.floor),
    outwards(south, Math.floor) - (south === 0 ? 1e-6 : 0),
    wraps ? 180 : outwards(east, Math.ceil, meets ? 1 : 0),
    outwards(north, Math.ceil),
  ];
}

/** To a millionth of a degree, and so many of them more. */
function outwards(degrees: number, round: (value: number) => number, more = 0): number {
  const millionths = degrees * 1e6;
  // 30.1 million is not always 30.1 times a million.
  const isExact = Math.abs(millionths - Math.round(millionths)) < 1e-6;
  return ((isExact ? Math.round(millionths) : round(millionths)) + more) / 1e6;
}
