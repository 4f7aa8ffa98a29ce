import { ident, join, literal, sql, type Sql } from '../db/sql.ts';
import { number } from './expressions.ts';
import type { TableLayer } from './types.ts';

const DEGREES = 4326;
const WEB_MERCATOR = 3857;
/** Half the side of web mercator's plane in metres. */
const HALF_WORLD = 20037508.342789244;
/** What is no further out is at the edge, as GeoJSON has it (metres): seven decimals of a degree. */
const AT_EDGE = 0.005;
const INFINITY = sql`'Infinity'::float8`;

/** What `geometrytype` says of geometries that need nothing done to them. */
const SIMPLE = sql`('POINT', 'LINESTRING', 'POLYGON', 'MULTIPOINT', 'MULTILINESTRING', 'MULTIPOLYGON')`;

/** The geometry as it stands in the table, but never a geography. */
export function rawGeometry({ geometry: { column, isGeography } }: TableLayer): Sql {
  return isGeography ? sql`${ident(column)}::geometry` : ident(column);
}

/**
 * The geometry as `geometry` with its SRID set where the column has none: points, lines, polygons, multiples of
 * them and flat collections of these, in two dimensions, without arcs. NULL where nothing of it can be drawn: surfaces of triangles
 * and faces have no place in tiles or GeoJSON, and what is not in its own SRID (see faults.ts) has none on earth.
 */
export function plainGeometry(layer: TableLayer): Sql {
  const { type, outside } = layer.geometry;
  const raw = rawGeometry(layer);
  const plain = unfolded(layer, withoutArcs(type, flatGeometry(layer), standingGeometry(layer)));
  if (!outside) return plain;
  const boxes = join(outside.map(literal));
  return sql`case when not (${raw} ~= any(array[${boxes}]::geometry[])) then ${plain} end`;
}

/** In two dimensions: PostGIS loses vertices whose height is NaN. */
function flatGeometry(layer: TableLayer): Sql {
  const raw = rawGeometry(layer);
  return /[ZM]$|^GEOMETRY$/.test(layer.geometry.type) ? sql`st_force2d(${raw})` : raw;
}

/** The geometry as it stands in the table, in two dimensions and with its SRID: what most are drawn by. */
export function standingGeometry(layer: TableLayer): Sql {
  const { sridAssumed, srid } = layer.geometry;
  const flat = flatGeometry(layer);
  return sridAssumed ? sql`st_setsrid(${flat}, ${number(srid)})` : flat;
}

/** Halves of the world: what lies in one of them is not so wide that it may jump over the antimeridian. */
const HALVES = [
  [-180, 0],
  [-90, 90],
  [0, 180],
] as const;

/**
 * Whether `plainGeometry` is the geometry as it stands, and that in the world up to a latitude (as exactly as boxes are):
 * true of nearly all polygons, and told by the boxes that are stored with them, without reading the rest. Undefined of
 * layers where boxes do not tell.
 */
export function standsInWorld(layer: TableLayer, latitude: number): Sql | undefined {
  const { type, srid, outside } = layer.geometry;
  if (srid !== DEGREES || outside || !/^(MULTI)?POLYGON(Z|M|ZM)?$/.test(type)) return undefined;
  const tests = HALVES.map(([west, east]) => {
    const half = join([west, -latitude, east, latitude].map((side) => number(side)));
    return sql`${rawGeometry(layer)} @ st_makeenvelope(${half}, ${number(srid)})`;
  });
  return sql`(${join(tests, ' or ')})`;
}

function withoutArcs(type: string, raw: Sql, withSrid: Sql): Sql {
  // PostGIS reads beyond the end of an empty curve.
  const stroked = sql`case when not st_isempty(${raw}) then st_curvetoline(${withSrid}) end`;
  if (/^(CIRCULAR|COMPOUND|CURVE)/.test(type)) return stroked;
  if (/^MULTI(CURVE|SURFACE)/.test(type)) return parts(withSrid);
  if (!type.startsWith('GEOMETRY')) return withSrid;
  const name = sql`geometrytype(${raw})`;
  return sql`case when ${name} in ${SIMPLE} then ${withSrid}
    when ${name} ~ '^GEOMETRYCOLLECTION' and not ${isTangled(raw)} then ${withSrid}
    when ${name} ~ '^(GEOMETRYCOLLECTION|MULTI)' then ${parts(withSrid)}
    when ${name} !~ '^(TIN|TRIANGLE|POLYHEDRALSURFACE)' then ${stroked} end`;
}

/** Degrees that a ring which jumps over the antimeridian is less wide than, once counted on: half the globe. */
const WIDEST = sql`180`;

/**
 * Polygons in degrees that jump from 179 to −179 and so cross themselves on the plane (countries stitched together at
 * ±180°), counted on beyond 180 instead: mended as they stand, they would be bands round the world. Of a geography even
 * where they do not cross themselves: its edges are the short way.
 */
function unfolded({ geometry: { type, srid, isGeography, column } }: TableLayer, plain: Sql): Sql {
  if (srid !== DEGREES || !/POLYGON|^GEOMETRY(Z|M|ZM)?$/.test(type) || type.startsWith('CURVE')) return plain;
  const raw = isGeography ? sql`${ident(column)}::geometry` : ident(column);
  const width = (geometry: Sql): Sql => sql`st_xmax(${geometry}) - st_xmin(${geometry})`;
  const isPolygon = sql`geometrytype(${raw}) ~ '^(MULTI)?POLYGON'`;
  const jumps = isGeography ? isPolygon : sql`${isPolygon} and not st_isvalid(${raw})`;
  const on = sql`st_shiftlongitude(part.geom)`;
  const parts = sql`(select st_collect(case when ${width(sql`part.geom`)} > ${WIDEST} and ${width(on)} > 0
      and ${width(on)} < ${WIDEST} then ${on} else part.geom end order by part.path)
    from st_dump(${plain}) part)`;
  return sql`case when ${width(raw)} > ${WIDEST} and ${jumps} then ${parts} else ${plain} end`;
}

/** Whether a collection has anything but plain parts: other collections, curves, faces, or nothing. */
function isTangled(collection: Sql): Sql {
  return sql`exists (select from generate_series(1, st_numgeometries(${collection})) i,
    lateral st_geometryn(${collection}, i) part
    where geometrytype(part) not in ${SIMPLE} or st_isempty(part))`;
}

/** The parts that can be drawn, however deep, without arcs: as one geometry again. */
function parts(collection: Sql): Sql {
  const nested = sql`geometrytype(g) ~ '^(GEOMETRYCOLLECTION|MULTICURVE|MULTISURFACE)'`;
  return sql`(with recursive part (g, at) as (
      select st_geometryn(${collection}, i), array[i] from generate_series(1, st_numgeometries(${collection})) i
      union all
      select st_geometryn(g, i), at || i from part, generate_series(1, st_numgeometries(g)) i where ${nested})
    select st_collect(case when geometrytype(g) in ${SIMPLE} then g else st_curvetoline(g) end order by at)
    from part
    where not ${nested} and not st_isempty(g) and geometrytype(g) !~ '^(TIN|TRIANGLE|POLYHEDRALSURFACE)')`;
}

/** Whether every x and y of the geometry in the table is a number: NaN and infinities are nowhere. */
export function isFinite(layer: TableLayer): Sql {
  return hasFinite(layer, rawGeometry(layer));
}

/**
 * The same of what was made of a geometry of the layer. Boxes pass over NaN, and so do most functions, but a sum
 * over all vertices cannot.
 */
export function hasFinite({ geometry: { type } }: TableLayer, geometry: Sql): Sql {
  const point = sql`(abs(st_xmin(${geometry})) < ${INFINITY} and abs(st_ymin(${geometry})) < ${INFINITY})`;
  const line = sql`st_length2d(${geometry}) < ${INFINITY}`;
  const polygon = sql`st_area(${geometry}) < ${INFINITY}`;
  const any = sql`(select coalesce(bool_and(abs(st_x(p.geom)) < ${INFINITY} and abs(st_y(p.geom)) < ${INFINITY}), true)
    from st_dumppoints(${geometry}) p)`;
  if (/^POINT/.test(type)) return point;
  if (/LINE|^CIRCULAR|^COMPOUND|^MULTICURVE/.test(type)) return line;
  if (/POLYGON|SURFACE/.test(type)) return polygon;
  if (/^MULTIPOINT|^GEOMETRYCOLLECTION/.test(type)) return any;
  return sql`case when geometrytype(${geometry}) in ('POINT', 'POINTM') then ${point}
    when geometrytype(${geometry}) ~ 'LINE' then ${line}
    when geometrytype(${geometry}) ~ '^(MULTI)?POLYGON' then ${polygon}
    else ${any} end`;
}

/** The geometry in degrees with longitudes within ±180: what crosses the antimeridian is cut there. */
export function geometryInWorld(layer: TableLayer): Sql {
  const degrees = geometryInDegrees(layer);
  if (layer.geometry.srid === DEGREES) return inWorld(degrees);
  if (layer.geometry.srid !== WEB_MERCATOR) return degrees;
  const cut = inWorld(inOpenDegrees(plainGeometry(layer)));
  return sql`case when ${isWiderThanWorld(layer, AT_EDGE)} then ${cut} else ${degrees} end`;
}

/** The same of any geometry in degrees. */
export function inWorld(degrees: Sql): Sql {
  return sql`case when st_xmax(${degrees}) > 180 then ${cutAt(degrees, 180, -360)}
    when st_xmin(${degrees}) < -180 then ${cutAt(degrees, -180, 360)} else ${degrees} end`;
}

/** Cutting an invalid polygon could fail; few rows come here, so it may cost something. What it left besides polygons is nothing. */
function cutAt(degrees: Sql, meridian: number, move: number): Sql {
  const cut = sql`st_wrapx(st_makevalid(${degrees}), ${number(meridian)}, ${number(move)})`;
  const isPolygon = sql`geometrytype(${degrees}) ~ '^(MULTI)?POLYGON' and st_dimension(${cut}) = 2`;
  return sql`case when ${isPolygon} then st_collectionextract(${cut}, 3) else ${cut} end`;
}

/** The geometry in degrees (SRID 4326), as the data has it. */
export function geometryInDegrees(layer: TableLayer): Sql {
  const { srid } = layer.geometry;
  if (srid === DEGREES) return plainGeometry(layer);
  if (srid !== WEB_MERCATOR) return transformed(layer, DEGREES);
  return sql`case when ${isWiderThanWorld(layer)} then ${inOpenDegrees(plainGeometry(layer))}
    else ${transformed(layer, DEGREES)} end`;
}

/** Whether a geometry in web mercator goes on beyond the world, by more than so many metres: as stored boxes tell, nearly always without reading the rest. */
export function isWiderThanWorld(layer: TableLayer, by = 0): Sql {
  const raw = rawGeometry(layer);
  const edge = number(HALF_WORLD + by);
  return sql`((st_xmax(${raw}) > ${edge} or st_xmin(${raw}) < -${edge}) and ${isFinite(layer)})`;
}

/** What coordinates are divided by on their way through PROJ, which would take them back into ±180: to the other side of the world. */
export const NARROW = 4;

/** From web mercator to degrees, beyond ±180 where it leaves the world. */
export function inOpenDegrees(metres: Sql): Sql {
  return sql`st_scale(st_transform(st_scale(${metres}, ${1 / NARROW}::float8, 1), ${number(DEGREES)}), ${number(NARROW)}, 1)`;
}

/** The geometry in another system; NULL where it is nowhere in its own. */
export function transformed(layer: TableLayer, srid: number): Sql {
  return sql`case when ${isFinite(layer)} then st_transform(${plainGeometry(layer)}, ${number(srid)}) end`;
}
