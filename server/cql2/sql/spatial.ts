import { number } from '../../catalog/expressions.ts';
import { geometryInWorld, isFinite, plainGeometry } from '../../catalog/geometry.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { PlacedShape } from '../check/crs.ts';
import { shapeText } from '../tree/shape.ts';
import type { Condition, Place2D, SpatialTest, Writing } from '../tree/typed.ts';

type SpatialCondition = Extract<Condition, { is: 'spatial' }>;

const DEGREES = 4326;

const FUNCTIONS: Readonly<Record<SpatialTest, (a: Sql, b: Sql) => Sql>> = {
  intersects: (a, b) => sql`st_intersects(${a}, ${b})`,
  equals: (a, b) => sql`st_equals(${a}, ${b})`,
  touches: (a, b) => sql`st_touches(${a}, ${b})`,
  overlaps: (a, b) => sql`st_overlaps(${a}, ${b})`,
  crosses: (a, b) => sql`st_crosses(${a}, ${b})`,
  contains: (a, b) => sql`st_contains(${a}, ${b})`,
};

/**
 * A relation of two geometries in the plane of the layer's own system: literals are transformed, the column is not.
 * Invalid polygons are mended first, as GEOS fails on them; of collections only intersecting is known, the rest is NULL.
 */
export function spatialTest({ how, left, right }: SpatialCondition, { layer, positive }: Writing): Sql {
  const test = FUNCTIONS[how](place(left, layer), place(right, layer));
  const column = left.is === 'geometry' || right.is === 'geometry';
  if (!column) return test;
  const careful = sql`case when ${known(how, layer)} then ${test} end`;
  const literal = left.is === 'shape' ? left.placed : right.is === 'shape' ? right.placed : undefined;
  const near = positive && literal ? nearby(literal, layer) : [];
  return sql`(${join([...near, careful], ' and ')})`;
}

function place(side: Place2D, layer: TableLayer): Sql {
  return side.is === 'geometry' ? valid(shown(layer), layer) : literalIn(side.placed, layer.geometry.srid);
}

/** What is in the world's own degrees is where answers show it, whatever turn its longitudes count from. */
function shown(layer: TableLayer): Sql {
  return layer.geometry.srid === DEGREES ? geometryInWorld(layer) : plainGeometry(layer);
}

function valid(geometry: Sql, { geometry: { type } }: TableLayer): Sql {
  if (/POINT|LINE/.test(type)) return geometry;
  return sql`case when st_dimension(${geometry}) < 2 or st_isvalid(${geometry}) then ${geometry}
    else st_collectionextract(st_makevalid(${geometry}), 3) end`;
}

function known(how: SpatialTest, layer: TableLayer): Sql {
  const { type } = layer.geometry;
  if (how === 'intersects' || !/^GEOMETRY/.test(type)) return isFinite(layer);
  return sql`${isFinite(layer)} and geometrytype(${shown(layer)}) <> 'GEOMETRYCOLLECTION'`;
}

function literalIn({ srid, shape }: PlacedShape, wanted: number): Sql {
  const text = shapeText(shape);
  const geometry = sql`st_geomfromtext(${text}::text, ${number(srid)})`;
  const mended = /^(MULTI)?POLYGON/.test(text)
    ? sql`st_collectionextract(st_makevalid(${geometry}), 3)`
    : geometry;
  return srid === wanted ? mended : sql`st_transform(${mended}, ${number(wanted)})`;
}

/**
 * What an index tells: boxes meet, in degrees also those a whole turn away, as in `bbox=`. Boxes are compared as numbers,
 * whatever their SRID. Nothing is told of geographies, whose boxes are of another kind.
 */
function nearby(literal: PlacedShape, layer: TableLayer): Sql[] {
  const { column, srid, isGeography, type } = layer.geometry;
  if (isGeography) return [];
  const raw = ident(column);
  const box = literalIn(literal, srid);
  if (srid !== DEGREES) return [sql`${raw} && ${box}`];
  const turns = [0, 360, -360].map((turn) => sql`${raw} && st_translate(${box}, ${number(turn)}, 0)`);
  // A polygon stitched together at ±180° is shown where its box is not: it is wider than half the globe.
  const middle = join(
    MERIDIANS.map((line) => sql`${raw} && ${line}`),
    ' or ',
  );
  const stitched = sql`((${middle}) and st_xmax(${raw}) - st_xmin(${raw}) > ${number(180)})`;
  return [sql`(${join(/POINT|LINE/.test(type) ? turns : [...turns, stitched], ' or ')})`];
}

/** Whatever is wider than half the globe has one of these in its box. */
const MERIDIANS = [0, 180].map((x) => sql`st_makeenvelope(${number(x)}, -90, ${number(x)}, 90, 4326)`);
