import { isTransformError } from '../../catalog/failed-query.ts';
import { number } from '../../catalog/expressions.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { System } from '../../ogc/public.ts';
import { AppError } from '../../errors.ts';
import { fault, invalid } from '../request/fault.ts';
import type { GivenGeometry } from '../request/geometry.ts';

/** A GeoJSON text as a geometry in the system of the table. */
function inTable({ geometry: { srid } }: TableLayer, system: Pick<System, 'srid'>, text: Sql): Sql {
  const given = sql`st_setsrid(st_geomfromgeojson(${text}), ${number(system.srid)})`;
  return system.srid === srid ? given : sql`st_transform(${given}, ${number(srid)})`;
}

/** A geometry as the column of the table takes it. */
export function columnValue(table: TableLayer, system: System, given: GivenGeometry): Sql {
  const { isGeography, sridAssumed } = table.geometry;
  const placed = inTable(table, system, sql`${given.text}::text`);
  const multiple = given.toMultiple ? sql`st_multi(${placed})` : placed;
  if (isGeography) return sql`${multiple}::geography`;
  return sridAssumed ? sql`st_setsrid(${multiple}, 0)` : multiple;
}

interface Detail {
  at: number;
  valid: boolean | null;
  reason: string | null;
  x: number | null;
  y: number | null;
}

/** Why geometries are not valid, by their places in the list, with where, in degrees. */
export async function invalidGeometries(
  tx: Queryable,
  table: TableLayer,
  system: System,
  given: readonly (GivenGeometry | null | undefined)[],
): Promise<Map<number, AppError>> {
  const shapes = given.flatMap((one, at) => (one?.hasShape ? [{ at, text: one.text }] : []));
  const faults = new Map<number, AppError>();
  if (shapes.length === 0) return faults;
  const srid = number(table.geometry.srid);
  const geometry = inTable(table, system, sql`given ->> 'text'`);
  const rows = await tx.run<Detail>(sql`
    select at, valid, reason, st_x(place) as x, st_y(place) as y
    from (
      select at, (detail).valid, (detail).reason, st_transform(st_setsrid((detail).location, ${srid}), 4326) as place
      from (
        select (given ->> 'at')::int as at, st_isvaliddetail(${geometry}) as detail
        from json_array_elements(${JSON.stringify(shapes)}::json) given offset 0) looked) placed`);
  // The embedded database loses what PostGIS throws, and with it the row.
  for (const { at } of shapes) {
    const found = rows.find((row) => row.at === at);
    if (found?.valid !== true) faults.set(at, notValid(found));
  }
  return faults;
}

function notValid(detail: Detail | undefined): AppError {
  const reason = detail?.reason ?? 'it cannot be looked at';
  const { x, y } = detail ?? {};
  const place = typeof x === 'number' && typeof y === 'number' ? [round(x), round(y)] : undefined;
  return new AppError('edit_invalid', {
    detail: `the geometry is not valid: ${reason}${place ? ` at ${place.join(', ')}` : ''}`,
    errors: [fault('geometry', undefined, 'a valid geometry')],
    reason,
    ...(place ? { place } : {}),
  });
}

const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7;

/** What it means that the database could not bring a geometry to the system of the table. */
export const explained = (error: unknown): unknown =>
  isTransformError(error)
    ? invalid([fault('geometry', undefined, 'where the system of the layer has a place')])
    : error;
