import { ident, sql, type Sql } from '../db/sql.ts';
import type { Column, TableLayer } from './types.ts';

/** Largest integer that every JavaScript client reads exactly. */
const MAX_SAFE = 9007199254740991;

/**
 * How a column is selected for tiles. Both engines use these, so that they serve equal attributes.
 * - numbers: NaN, infinities and what exceeds a double become NULL, which a tile leaves out;
 *   `real` goes through its shortest text, so that 0.1 stays 0.1
 * - dates ISO 8601, timestamps with milliseconds, with time zone in UTC
 * - json and arrays as JSON text, everything else as PostgreSQL's text
 */
export function tileValue(column: Column): Sql {
  const name = ident(column.name);
  switch (column.kind) {
    case 'boolean':
    case 'integer':
    case 'bigint':
      return name;
    case 'number':
      return column.type === 'real'
        ? sql`case when abs(${name}) < 3.5e38 then ${name}::text::float8 end`
        : sql`case when abs(${name}) < 1.7e308 then ${name}::float8 end`;
    case 'date':
      return sql`to_char(${name}, 'YYYY-MM-DD')`;
    case 'timestamp':
      return sql`to_char(${name}, 'YYYY-MM-DD"T"HH24:MI:SS.MS')`;
    case 'timestamptz':
      return sql`to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    case 'json':
      return sql`to_jsonb(${name})::text`;
    case 'text':
      return sql`${name}::text`;
  }
}

/**
 * The column as items of a row given to `ST_AsMVT`. A bigint is two items of one name, of which one is
 * always NULL and so left out: a number where that is exact, else its text.
 */
export function mvtItems(column: Column): Sql[] {
  const name = ident(column.name);
  if (column.kind !== 'bigint') return [sql`${tileValue(column)} as ${name}`];
  const exact = sql`${name} between ${number(-MAX_SAFE)} and ${number(MAX_SAFE)}`;
  return [
    sql`case when ${exact} then ${name} end as ${name}`,
    sql`case when not ${exact} then ${name}::text end as ${name}`,
  ];
}

/** The values of an integer key that cannot be feature ids, which are unsigned: as a property they remain. */
export function keyItems(column: Column): Sql[] {
  const name = ident(column.name);
  return [
    sql`case when ${name} between ${number(-MAX_SAFE)} and -1 then ${name} end as ${name}`,
    sql`case when ${name} not between ${number(-MAX_SAFE)} and ${number(MAX_SAFE)} then ${name}::text end as ${name}`,
  ];
}

/** The values of an integer key that can be feature ids. */
export function featureIds(column: Column): Sql {
  const name = ident(column.name);
  return sql`case when ${name} between 0 and ${number(MAX_SAFE)} then ${name} end`;
}

/** The geometry as `geometry`, without arcs, with its SRID set where the column has none. */
export function plainGeometry(layer: TableLayer): Sql {
  const { column, isGeography, type, sridAssumed, srid } = layer.geometry;
  const raw = isGeography ? sql`${ident(column)}::geometry` : ident(column);
  const withSrid = sridAssumed ? sql`st_setsrid(${raw}, ${number(srid)})` : raw;
  // Surfaces of triangles and faces have no place in tiles or GeoJSON, and PostGIS fails on them.
  const supported = type.startsWith('GEOMETRY')
    ? sql`when geometrytype(${raw}) in ('TIN', 'TRIANGLE', 'POLYHEDRALSURFACE') then null`
    : sql``;
  const mayHaveArcs = /^GEOMETRY|CURVE|SURFACE|CIRCULAR/.test(type);
  return mayHaveArcs
    ? sql`case ${supported} when st_hasarc(${raw}) then st_curvetoline(${withSrid}) else ${withSrid} end`
    : withSrid;
}

/** The geometry in degrees with longitudes within ±180: what crosses the antimeridian is cut there. */
export function geometryInWorld(layer: TableLayer): Sql {
  const degrees = geometryInDegrees(layer);
  if (layer.geometry.srid !== 4326) return degrees;
  // Cutting an invalid polygon could fail; few rows come here, so it may cost something.
  return sql`case when st_xmax(${degrees}) > 180 then st_wrapx(st_makevalid(${degrees}), 180, -360)
    when st_xmin(${degrees}) < -180 then st_wrapx(st_makevalid(${degrees}), -180, 360) else ${degrees} end`;
}

/** The geometry in degrees (SRID 4326), as the data has it. */
export function geometryInDegrees(layer: TableLayer): Sql {
  const plain = plainGeometry(layer);
  return layer.geometry.srid === 4326 ? plain : sql`st_transform(${plain}, 4326)`;
}

/** A number from our own code, written into the text so that the planner sees it. */
export function number(value: number): Sql {
  if (!Number.isFinite(value)) throw new Error('only finite numbers can stand in SQL');
  return value < 0 ? fragment(`(${value})`) : fragment(String(value));
}

function fragment(text: string): Sql {
  return sql([text] as unknown as TemplateStringsArray);
}
