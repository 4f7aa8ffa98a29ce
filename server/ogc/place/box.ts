import { plainGeometry, isFinite, transformed } from '../../catalog/geometry.ts';
import { number } from '../../catalog/expressions.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { ident, sql, type Sql } from '../../db/sql.ts';
import { invalidParameter } from '../../errors.ts';
import { inBox } from '../../features/public.ts';
import type { Bbox } from '../../http/requests/params.ts';
import { WEB_MERCATOR_LIMIT, degreesOf } from './mercator.ts';
import type { System } from './systems.ts';

/** A box of `bbox`, east first, in degrees where that says the same. */
export type Box =
  { readonly degrees: Bbox } | { readonly uri: string; readonly srid: number; readonly corners: Bbox };

/**
 * The box that four numbers, or six with heights, are in a system. Heights are passed over: features are flat.
 * @throws AppError `invalid_parameter`
 */
export function readBox(numbers: readonly number[], system: System): Box {
  const flat = numbers.length === 6 ? [numbers[0], numbers[1], numbers[3], numbers[4]] : numbers;
  const [a = NaN, b = NaN, c = NaN, d = NaN] = flat;
  const corners: Bbox = system.swapped ? [b, a, d, c] : [a, b, c, d];
  const [west, south, east, north] = corners;
  const refuse = (expected: string) => invalidParameter('bbox', numbers.join(), expected);
  if (south > north) throw refuse('a box whose lower corner comes first');
  if (system.srid === 4326) {
    const isOnEarth = Math.abs(west) <= 180 && Math.abs(east) <= 180 && south >= -90 && north <= 90;
    const order = system.swapped ? 'latitude first' : 'longitude first';
    if (!isOnEarth) throw refuse(`within ±180 degrees of longitude and ±90 of latitude, ${order}`);
    return { degrees: corners };
  }
  if (west > east) throw refuse('a box whose lower corner comes first');
  // Sides of boxes in web mercator are meridians and parallels.
  if (system.srid === 3857 && Math.max(...corners.map(Math.abs)) <= WEB_MERCATOR_LIMIT)
    return { degrees: degreesOf(corners) };
  return { uri: system.uri, srid: system.srid, corners };
}

/** Features that have a place in a box. */
export const boxCondition = (box: Box, layer: TableLayer): Sql =>
  'degrees' in box ? inBox(layer, box.degrees) : inPlaneBox(layer, box.srid, box.corners);

/** And those that have none anywhere, as the standard says. */
export const orNowhere = (condition: Sql, { geometry }: TableLayer): Sql =>
  sql`(t.${ident(geometry.column)} is null or ${condition})`;

/** In another system than degrees: by the index where that is the layer's own, else of every row transformed. */
function inPlaneBox(layer: TableLayer, srid: number, corners: Bbox): Sql {
  const [w, s, e, n] = corners.map(number) as [Sql, Sql, Sql, Sql];
  const isFlat = corners[0] === corners[2] || corners[1] === corners[3];
  const box = isFlat
    ? sql`st_setsrid(st_envelope(st_makeline(st_point(${w}, ${s}), st_point(${e}, ${n}))), ${number(srid)})`
    : sql`st_makeenvelope(${w}, ${s}, ${e}, ${n}, ${number(srid)})`;
  const { isGeography, sridAssumed, column } = layer.geometry;
  if (layer.geometry.srid !== srid || isGeography || sridAssumed)
    return sql`case when ${isFinite(layer)} then st_intersects(${there(layer, srid)}, ${box}) else false end`;
  return sql`(t.${ident(column)} && ${box} and case when ${isFinite(layer)}
    then st_intersects(${plainGeometry(layer)}, ${box}) else false end)`;
}

const there = (layer: TableLayer, srid: number): Sql =>
  layer.geometry.srid === srid ? plainGeometry(layer) : transformed(layer, srid);
