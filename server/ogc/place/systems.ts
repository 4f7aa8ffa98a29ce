import type { TableLayer } from '../../catalog/types.ts';
import { sql, type Sql } from '../../db/sql.ts';
import { findCrs, type FilterCrs } from '../../cql2/filter.ts';
import type { Queryable } from '../../db/types.ts';
import { invalidParameter } from '../../errors.ts';
import type { Placing } from '../../features/public.ts';

/** A coordinate reference system that features can be had in. */
export interface System {
  readonly uri: string;
  readonly srid: number;
  /** Latitude, or northing, comes first. */
  readonly swapped: boolean;
  readonly isGeographic: boolean;
}

const DEFINITION = 'http://www.opengis.net/def/crs';
export const CRS84: System = {
  uri: `${DEFINITION}/OGC/1.3/CRS84`,
  srid: 4326,
  swapped: false,
  isGeographic: true,
};
const WGS84: System = { uri: `${DEFINITION}/EPSG/0/4326`, srid: 4326, swapped: true, isGeographic: true };
const WEB_MERCATOR: System = {
  uri: `${DEFINITION}/EPSG/0/3857`,
  srid: 3857,
  swapped: false,
  isGeographic: false,
};
const WELL_KNOWN = [CRS84, WGS84, WEB_MERCATOR];

const URI = /^https?:\/\/www\.opengis\.net\/def\/crs\/(\w{1,16})\/[\w.]{1,16}\/(\w{1,16})$/;
const URN = /^urn:ogc:def:crs:(\w{1,16}):[\w.]{0,16}:(\w{1,16})$/i;
const CURIE = /^\[?(\w{1,16}):(\w{1,16})\]?$/;

interface Row {
  srid: number;
  authority: string;
  code: number;
  definition: string;
}

/** The systems that the database knows. */
export class Systems {
  readonly #db: Queryable;
  readonly #known = new Map<string, System>();

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** The system of a parameter; CRS84 where it is absent. @throws AppError `invalid_parameter` */
  async read(parameter: string, value: string | undefined): Promise<System> {
    if (value === undefined) return CRS84;
    const [, authority = '', code = ''] = URI.exec(value) ?? URN.exec(value) ?? CURIE.exec(value) ?? [];
    if (/^OGC$/i.test(authority) && /^CRS84$/i.test(code)) return CRS84;
    const found =
      WELL_KNOWN.find(({ uri }) => uri === uriOf(authority, code)) ??
      (/^\d{1,9}$/.test(code) ? await this.#find(authority.toUpperCase(), Number(code)) : undefined);
    if (found) return found;
    throw invalidParameter(parameter, value, `one of the crs of the collection, such as ${CRS84.uri}`);
  }

  /** What a layer's geometries are stored in; CRS84 where that has no name that others know. */
  storage({ geometry: { srid } }: TableLayer): Promise<System> {
    return this.numbered(srid);
  }

  /** A system by its number in PostGIS; CRS84 where that has no name that others know. */
  async numbered(srid: number): Promise<System> {
    if (srid === 4326) return CRS84; // longitude first, as PostGIS has it
    if (srid === 3857) return WEB_MERCATOR;
    const key = `srid ${srid}`;
    return this.#known.get(key) ?? (await this.#look(key, sql`srid = ${srid}`)) ?? CRS84;
  }

  /** Every system that a collection lists. Others that the database transforms to are answered as well. */
  async of(layer: TableLayer): Promise<{ readonly storage: System; readonly all: readonly System[] }> {
    const storage = await this.storage(layer);
    return { storage, all: WELL_KNOWN.includes(storage) ? WELL_KNOWN : [...WELL_KNOWN, storage] };
  }

  async #find(authority: string, code: number): Promise<System | undefined> {
    const key = `${authority}:${code}`;
    const condition = sql`upper(auth_name) = ${authority} and auth_srid = ${code}`;
    return this.#known.get(key) ?? (await this.#look(key, condition));
  }

  async #look(key: string, condition: Sql): Promise<System | undefined> {
    const [row] = await this.#db.run<Row>(
      sql`select srid, upper(auth_name) as authority, auth_srid as code, srtext as definition
        from spatial_ref_sys where ${condition} order by srid limit 1`,
      { readOnly: true },
    );
    const system = row && systemOf(row);
    if (system) this.#known.set(key, system);
    return system;
  }
}

const uriOf = (authority: string, code: string | number): string =>
  `${DEFINITION}/${authority.toUpperCase()}/0/${code}`;

/** Undefined where the order of its axes cannot be told, or where it is of no plane. */
export function systemOf({ srid, authority, code, definition }: Row): System | undefined {
  const isGeographic = /^GEOGCS\[/.test(definition);
  if (!isGeographic && !/^PROJCS\[/.test(definition)) return undefined;
  if (!/^\w+$/.test(authority)) return undefined;
  const swapped = isGeographic
    ? isLatitudeFirst(authority, definition)
    : isNorthingFirst(authority, definition);
  return swapped === undefined ? undefined : { uri: uriOf(authority, code), srid, swapped, isGeographic };
}

/** Geographic systems of EPSG begin with the latitude, but for those whose name says otherwise; ESRI's with the longitude. */
function isLatitudeFirst(authority: string, definition: string): boolean {
  return authority === 'EPSG' && !/^GEOGCS\["[^"]*\(lon-lat\)/i.test(definition);
}

/**
 * As the definition says, in the authority's order. PostGIS has its definitions from GDAL, which leaves the axes of EPSG's
 * systems out where the northing comes first; ESRI's have the easting first, always.
 */
function isNorthingFirst(authority: string, definition: string): boolean | undefined {
  const axes = [...definition.matchAll(/AXIS\["([^"]*)",\s*(NORTH|SOUTH|EAST|WEST|UP|DOWN|OTHER)\]/gi)];
  const [first, second] = axes.map(([, name = '', direction = '']) => ({
    name,
    direction: direction.toUpperCase(),
  }));
  if (!first || !second) return ({ EPSG: true, ESRI: false } as Record<string, boolean>)[authority];
  if (first.direction === 'EAST' && second.direction === 'NORTH') return false;
  if (first.direction === 'NORTH' && second.direction === 'EAST') return true;
  // Round a pole both axes point the same way, and PROJ gives them as they are listed.
  if (first.direction === second.direction) return /^north/i.test(first.name);
  return first.direction === 'WEST' ? false : undefined;
}

/** How geometries are written in a system: about a centimetre, or a tenth of a millimetre where it is metric. */
export function placingOf(system: System): Placing | undefined {
  if (system === CRS84) return undefined;
  return { srid: system.srid, swapped: system.swapped, digits: system.isGeographic ? 7 : 4 };
}

/** What geometries of a filter are in, of any system that the database knows. @throws AppError `invalid_parameter` */
export async function filterSystem(systems: Systems, name: string | undefined): Promise<FilterCrs> {
  const known = findCrs(name);
  if (known) return known;
  const { srid, swapped } = await systems.read('filter-crs', name);
  // How far a system reaches its name does not tell: PostGIS says it of what lies beyond.
  return { srid, swapped, most: undefined, turn: undefined };
}
