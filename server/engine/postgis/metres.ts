import { number } from '../../catalog/expressions.ts';
import {
  inWorld,
  NARROW,
  plainGeometry,
  standingGeometry,
  standsInWorld,
  transformed,
} from '../../catalog/geometry.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { join, sql, type Sql } from '../../db/sql.ts';
import { HALF_WORLD_METRES, LAST_LATITUDE } from '../grid.ts';
import type { TileCoord } from '../types.ts';
import { PLACE, type Box } from './place.ts';

export const WEB_MERCATOR = 3857;
export const DEGREES = 4326;

/**
 * The geometry in web mercator. What lies beyond the poles' cut-off or beyond the world has no place
 * there, and PostGIS fails on it, so it is clipped first; what crosses the antimeridian is cut there
 * and moved into the world. Only rows that need it pay for that.
 */
export function inMetres(layer: TableLayer): Sql {
  const { srid } = layer.geometry;
  const plain = plainGeometry(layer);
  if (srid === WEB_MERCATOR) return plain;
  if (srid !== DEGREES) return transformed(layer, WEB_MERCATOR);
  const stands = standsInWorld(layer, LAST_LATITUDE);
  if (!stands) return degreesInMetres(plain);
  // Written out in each of the places that look at it, the plain geometry would take longer to plan than a tile to make.
  const others = sql`(select ${degreesInMetres(sql`p.g`)} from (select ${plain} as g offset 0) p)`;
  return sql`case when ${stands} then st_transform(${standingGeometry(layer)}, ${number(WEB_MERCATOR)}) else ${others} end`;
}

function degreesInMetres(degrees: Sql): Sql {
  const inside = sql`st_xmax(${degrees}) <= 180 and st_xmin(${degrees}) >= -180
    and st_ymax(${degrees}) <= ${number(LAST_LATITUDE)} and st_ymin(${degrees}) >= ${number(-LAST_LATITUDE)}`;
  const world = envelope([-180, -LAST_LATITUDE, 180, LAST_LATITUDE], DEGREES);
  const clipped = sql`case when ${inside} then ${degrees} else st_clipbybox2d(${inWorld(degrees)}, ${world}) end`;
  return sql`st_transform(${clipped}, ${number(WEB_MERCATOR)})`;
}

/** Whether the antimeridian is a side of the tile. */
export function isAtEdge({ z, x }: TileCoord): boolean {
  return x === 0 || x === 2 ** z - 1;
}

/** The same for a tile (see `PLACE`): at the antimeridian outlines go on into the buffer, as they do everywhere else. */
export function inMetresOf(layer: TableLayer, atEdge: boolean): Sql {
  const { srid, type } = layer.geometry;
  if (!atEdge || srid !== DEGREES || type.includes('POINT')) return inMetres(layer);
  const world = sql`${2 * HALF_WORLD_METRES}::float8`;
  const leaves = sql`(st_xmin(part.geom) * 2 < -${world} or st_xmax(part.geom) * 2 > ${world})`;
  const drawn = sql`(select st_collect(copy.geom)
    from st_dump(${inOpenMetres(layer)}) part cross join (values (0), (-1), (1)) turn (k)
      cross join lateral st_translate(part.geom, turn.k * ${world}, 0) copy (geom)
    where (turn.k = 0 or ${leaves}) and copy.geom && ${envelope(PLACE.around, WEB_MERCATOR)})`;
  // Points have no outline that goes on.
  const hasOutline = sql`st_dimension(${plainGeometry(layer)}) > 0`;
  return sql`case when ${leavesWorld(layer)} and ${hasOutline} then ${drawn} else ${inMetres(layer)} end`;
}

/** Whether a geometry in degrees has longitudes beyond ±180. */
export function leavesWorld(layer: TableLayer): Sql {
  const plain = plainGeometry(layer);
  return sql`(st_xmax(${plain}) > 180 or st_xmin(${plain}) < -180)`;
}

/** A geometry in degrees in web mercator, beyond the world where it leaves it. */
export function inOpenMetres(layer: TableLayer): Sql {
  const narrow = sql`st_scale(${plainGeometry(layer)}, ${1 / NARROW}::float8, 1)`;
  const inside = sql`st_ymax(${narrow}) <= ${number(LAST_LATITUDE)} and st_ymin(${narrow}) >= ${number(-LAST_LATITUDE)}`;
  const world = envelope([-180, -LAST_LATITUDE, 180, LAST_LATITUDE], DEGREES);
  const clipped = sql`case when ${inside} then ${narrow} else st_clipbybox2d(${narrow}, ${world}) end`;
  return sql`st_scale(st_transform(${clipped}, ${number(WEB_MERCATOR)}), ${number(NARROW)}, 1)`;
}

export function envelope(box: Box, srid: number): Sql {
  const sides = box.map((side) => sql`${side}::float8`);
  return sql`st_makeenvelope(${join(sides)}, ${number(srid)})`;
}
