import type { Geometry, Position } from 'geojson';
import { sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { ImportError, type SourceCrs } from './source.ts';

/** Turns a geometry of a file into longitude and latitude on WGS 84; heights are left out. */
export type ToDegrees = (geometry: Geometry) => Geometry;

/** What is longitude and latitude on WGS 84 already. */
const DEGREES = new Set([4326, 4979]);

/**
 * The transformation of a reference system. Numbers of EPSG are looked up where PostGIS has them.
 * @throws ImportError where the system is not known
 */
export async function toDegrees(crs: SourceCrs | undefined, db: Queryable): Promise<ToDegrees> {
  if (crs === undefined || ('epsg' in crs && DEGREES.has(crs.epsg)))
    return (geometry) => mapPoints(geometry, flat);
  const definition = 'epsg' in crs ? await definitionOf(crs.epsg, db) : crs.definition;
  const { default: proj4 } = await import('proj4');
  try {
    const converter = proj4(definition, 'EPSG:4326');
    return (geometry) => mapPoints(geometry, ([x = NaN, y = NaN]) => converter.forward([x, y]));
  } catch (error) {
    throw new ImportError(
      `the reference system ${definition.slice(0, 80)} is not understood; give --crs EPSG:…`,
      {
        cause: error,
      },
    );
  }
}

async function definitionOf(epsg: number, db: Queryable): Promise<string> {
  const [row] = await db.run<{ definition: string }>(
    sql`select proj4text as definition from spatial_ref_sys where srid = ${epsg} and proj4text <> ''`,
  );
  if (row) return row.definition;
  throw new ImportError(`the database does not know EPSG:${epsg} (table spatial_ref_sys)`);
}

/** `EPSG:3857` or a number, as a person gives it. @throws ImportError */
export function parseCrs(text: string): SourceCrs {
  const [, epsg] = /^(?:EPSG:)?(\d{1,7})$/i.exec(text.trim()) ?? [];
  if (epsg !== undefined) return { epsg: Number(epsg) };
  throw new ImportError(`--crs must be a number of EPSG, such as EPSG:32748, but it is ${text}`);
}

const flat = ([x = NaN, y = NaN]: Position): Position => [x, y];

function mapPoints(geometry: Geometry, map: (point: Position) => Position): Geometry {
  if (geometry.type === 'GeometryCollection')
    return { type: geometry.type, geometries: geometry.geometries.map((each) => mapPoints(each, map)) };
  const walk = (value: unknown): unknown =>
    Array.isArray(value) && typeof value[0] === 'number'
      ? map(value as Position)
      : (value as unknown[]).map(walk);
  return { type: geometry.type, coordinates: walk(geometry.coordinates) } as Geometry;
}
