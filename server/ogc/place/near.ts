import { relationName, type TableLayer } from '../../catalog/types.ts';
import { isFinite } from '../../catalog/geometry.ts';
import { isTransformError } from '../../catalog/failed-query.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { latticeOf, reproject } from '../../engine/grids/projection.ts';
import { tokenOrMoment } from '../../generations/tokens.ts';
import type { Bounds } from '../../tools/bounds.ts';
import type { OgcContext } from '../context.ts';
import type { Box } from './box.ts';

/** How far a layer reaches on the plane of its own system, and its largest feature. */
interface Reach {
  readonly extent: Bounds;
  /** Length of the longest side of any feature's box. */
  readonly largest: number;
}

const known = new WeakMap<
  TableLayer,
  { readonly token: string; readonly reach: Promise<Reach | undefined> }
>();

const DEGREES = 4326;
/** Boxes and features that are larger, in degrees and in units (of which none is longer than some metres), are not worth it. */
const WIDEST = 20;
const LARGEST = 200_000;
const LAST_LATITUDE = 85;
/** How exactly a place must come back from degrees: then each place of the layer's extent is one place on earth. */
const EXACT = 1;

/**
 * A box on the plane of a layer's own system that whatever lies in a box of degrees has its own box in, for the index; undefined where
 * that cannot be said. A line between two vertices is straight on the plane or in degrees, not on both: so it is wider by as much as the
 * largest feature is long.
 */
export async function nearbyOf(ctx: OgcContext, layer: TableLayer, box: Box): Promise<Bounds | undefined> {
  const { srid, isGeography, hasIndex, sridAssumed } = layer.geometry;
  if (!('degrees' in box) || srid === DEGREES || isGeography || !hasIndex || sridAssumed) return undefined;
  if (layer.access === 'role') return undefined;
  const [west, south, east, north] = box.degrees;
  const isSmall = west <= east && east - west <= WIDEST && north - south <= WIDEST;
  if (!isSmall || Math.max(Math.abs(south), Math.abs(north)) > LAST_LATITUDE) return undefined;
  const reach = await reachOf(ctx, layer);
  if (!reach) return undefined;
  const there = await orUndefined(reproject(ctx.db, latticeOf([west, south, east, north]), DEGREES, srid));
  if (!there) return undefined;
  const [minX, minY, maxX, maxY] = boundsOf(there);
  // Between two positions of the lattice it may reach a little further than at both.
  const margin = 2 * reach.largest + Math.max(maxX - minX, maxY - minY) / 16 + EXACT;
  return [minX - margin, minY - margin, maxX + margin, maxY + margin];
}

/** By the index of the layer's geometry. */
export function nearCondition(near: Bounds, { geometry: { column, srid } }: TableLayer): Sql {
  const sides = near.map((side) => sql`${side}::float8`);
  return sql`t.${ident(column)} && st_makeenvelope(${join(sides)}, ${srid}::int)`;
}

/** Looked up once per generation, by the boxes that are stored with the rows. */
function reachOf(ctx: OgcContext, layer: TableLayer): Promise<Reach | undefined> {
  const token = tokenOrMoment(ctx.generations.of(relationName(layer)));
  const before = known.get(layer);
  if (before?.token === token) return before.reach;
  const reach = measured(ctx, layer);
  known.set(layer, { token, reach });
  reach.catch(() => known.delete(layer));
  return reach;
}

async function measured(ctx: OgcContext, layer: TableLayer): Promise<Reach | undefined> {
  const column = ident(layer.geometry.column);
  const [row] = await ctx.db.run<Record<'x1' | 'y1' | 'x2' | 'y2' | 'largest', number | null>>(
    sql`select min(st_xmin(${column})) as x1, min(st_ymin(${column})) as y1, max(st_xmax(${column})) as x2, max(st_ymax(${column})) as y2,
        max(greatest(st_xmax(${column}) - st_xmin(${column}), st_ymax(${column}) - st_ymin(${column}))) as largest
      from ${ident(layer.schema, layer.name)} where ${isFinite(layer)}`,
    { readOnly: true },
  );
  if (!row || row.x1 === null || row.y1 === null || row.x2 === null || row.y2 === null) return undefined;
  const largest = row.largest ?? Infinity;
  const extent: Bounds = [row.x1, row.y1, row.x2, row.y2];
  if (!(largest <= LARGEST) || !extent.every(Number.isFinite)) return undefined;
  const { srid } = layer.geometry;
  const lattice = latticeOf(extent);
  const degrees = await orUndefined(reproject(ctx.db, lattice, srid, DEGREES));
  const back = degrees && (await orUndefined(reproject(ctx.db, degrees, DEGREES, srid)));
  // Beyond its own area a system may send two places to one, and what is far away to a box nearby.
  return back?.every((value, i) => Math.abs(value - lattice[i]!) < EXACT) ? { extent, largest } : undefined;
}

function boundsOf(positions: Float64Array): Bounds {
  const xs = positions.filter((_, i) => i % 2 === 0);
  const ys = positions.filter((_, i) => i % 2 === 1);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

const orUndefined = (positions: Promise<Float64Array>): Promise<Float64Array | undefined> =>
  positions.then(
    (found) => (found.every(Number.isFinite) ? found : undefined),
    (error: unknown) => {
      if (isTransformError(error)) return undefined;
      throw error;
    },
  );
