import { number } from '../../catalog/expressions.ts';
import { geometryInDegrees, plainGeometry } from '../../catalog/geometry.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { gridEnvelope, type Grid } from '../grids/grid.ts';
import type { Bounds, TileCoord } from '../types.ts';
import { DEGREES, envelope } from './metres.ts';
import { marginOf } from './place.ts';

/** Where a tile of another grid than that of Web Mercator is. */
export interface GridPlace {
  readonly grid: Grid;
  /** Degrees that all of the tile lies in. */
  readonly area: Bounds;
}

/** Degrees that an edge is long at most before it is projected; as in `grids/area.ts`. */
const LONGEST_EDGE = 0.1;
const TURN = 360;

/** The geometry on the plane of a grid: what lies beyond the grid's bounds has perhaps no place there, and is cut away first. */
export function inGrid(layer: TableLayer, { grid }: GridPlace): Sql {
  if (isOfGrid(layer, grid)) return plainGeometry(layer);
  const bounds = grid.isDegrees ? widened(grid.bounds) : grid.bounds;
  const within = withinBounds(geometryInDegrees(layer), bounds);
  if (grid.isDegrees) return within;
  return sql`st_transform(st_segmentize(${within}, ${LONGEST_EDGE}::float8), ${number(grid.srid)})`;
}

/** Outlines go on into the buffer of the tiles at the ends of the world. */
const widened = ([west, south, east, north]: Bounds): Bounds => [west - 3, south, east + 3, north];

/** What is a turn of the world aside is moved. A geometry is cut in few rows alone. */
function withinBounds(degrees: Sql, bounds: Bounds): Sql {
  const box = envelope(bounds, DEGREES);
  const moved = sql`st_translate(d.g, turn.k * ${number(TURN)}, 0)`;
  return sql`(select case when d.g @ ${box} and not ${wraps(bounds)} then d.g
      else (select st_collect(case when ${moved} @ ${box} then ${moved} else st_clipbybox2d(st_makevalid(${moved}), ${box}) end)
        from (values (0), (-1), (1)) turn (k) where ${moved} && ${box}) end
    from (select ${degrees} as g offset 0) d)`;
}

/** Whether a place can be in the bounds twice: a turn of the world is in them. */
const wraps = ([west, , east]: Bounds): Sql => (east - west > TURN ? sql`true` : sql`false`);

/** The rows that may be seen in a tile, found by the index of the table where there is one of degrees, or of the grid's system. */
export function inGridTile(
  layer: TableLayer,
  { grid, area }: GridPlace,
  coord: TileCoord,
  buffer: number,
): Sql {
  const { column, srid, isGeography } = layer.geometry;
  // Boxes are compared as numbers, whatever their SRID, so one that is only assumed needs no setting.
  if (isOfGrid(layer, grid))
    return sql`${ident(column)} && ${envelope(gridEnvelope(grid, coord, marginOf(buffer)), srid)}`;
  const [west, south, east, north] = area;
  const degrees = srid === DEGREES && !isGeography ? ident(column) : geometryInDegrees(layer);
  const boxes = [0, -TURN, TURN].map(
    (turn) => sql`${degrees} && ${envelope([west + turn, south, east + turn, north], DEGREES)}`,
  );
  return sql`(${join(boxes, ' or ')})`;
}

/** Whether the layer is stored in the system of the grid. */
function isOfGrid({ geometry: { srid, isGeography } }: TableLayer, grid: Grid): boolean {
  return srid === grid.srid && !isGeography && !grid.isDegrees;
}
