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

interface Shape {
  readonly at: number;
  readonly text: string;
}

interface Detail {
  at: number;
  valid: boolean | null;
  reason: string | null;
  x: number | null;
  y: number | null;
  /** It has a place on earth. */
  placed: boolean | null;
}

/** Why geometries are not valid, by their places in the list, with where, in degrees; or that they are nowhere. */
export async function invalidGeometries(
  tx: Queryable,
  table: TableLayer,
  system: System,
  given: readonly (GivenGeometry | null | undefined)[],
): Promise<Map<number, AppError>> {
  // A point in degrees was looked at before.
  const isPlain = system.srid === 4326 && table.geometry.srid === 4326;
  const shapes = given.flatMap((one, at) =>
    one && (one.hasShape || !isPlain) ? [{ at, text: one.text }] : [],
  );
  const faults = new Map<number, AppError>();
  if (shapes.length === 0) return faults;
  const rows = (await tried(tx, table, system, shapes)) ?? (await oneByOne(tx, table, system, shapes));
  // The embedded database loses what PostGIS throws, and with it the row.
  for (const { at } of shapes) {
    const found = rows.find((row) => row.at === at);
    if (!found?.placed) faults.set(at, nowhere());
    else if (found.valid !== true) faults.set(at, notValid(found));
  }
  return faults;
}

/** Of one that cannot be brought to the system of the table, nothing is told. */
async function oneByOne(
  tx: Queryable,
  table: TableLayer,
  system: System,
  shapes: readonly Shape[],
): Promise<Detail[]> {
  const rows: Detail[] = [];
  for (const shape of shapes) rows.push(...((await tried(tx, table, system, [shape])) ?? []));
  return rows;
}

/** Undefined where one of them cannot be brought to the system of the table, and the database gives up. */
async function tried(
  tx: Queryable,
  table: TableLayer,
  system: System,
  shapes: readonly Shape[],
): Promise<Detail[] | undefined> {
  await tx.run(sql`savepoint looking`);
  try {
    const rows = await tx.run<Detail>(detailQuery(table, system, shapes));
    await tx.run(sql`release savepoint looking`);
    return rows;
  } catch (error) {
    if (!isTransformError(error)) throw error;
    await tx.run(sql`rollback to savepoint looking`);
    return undefined;
  }
}

function detailQuery(table: TableLayer, system: System, shapes: readonly Shape[]): Sql {
  const srid = number(table.geometry.srid);
  const geometry = inTable(table, system, sql`given ->> 'text'`);
  // Of what is nowhere the coordinates are infinite, or none.
  return sql`
    select at, (detail).valid, (detail).reason, st_x(place) as x, st_y(place) as y,
           st_xmin(degrees) >= -1e3 and st_xmax(degrees) <= 1e3 and st_ymin(degrees) >= -91 and st_ymax(degrees) <= 91 as placed
    from (
      select at, detail, degrees, st_transform(st_setsrid((detail).location, ${srid}), 4326) as place
      from (
        select at, st_isvaliddetail(geometry) as detail, st_transform(geometry, 4326) as degrees
        from (
          select (given ->> 'at')::int as at, ${geometry} as geometry
          from json_array_elements(${JSON.stringify(shapes)}::json) given offset 0) read offset 0) looked) placed`;
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

const nowhere = (): AppError =>
  invalid([fault('geometry', undefined, 'where the system of the layer has a place')]);

/** What it means that the database could not bring a geometry to the system of the table. */
export const explained = (error: unknown): unknown => (isTransformError(error) ? nowhere() : error);
