import { DEPTHS, isPlain, type Plain } from '../../tools/geometry-types.ts';
import { fault, type Fault } from './fault.ts';

export interface GeometryRules {
  /** Of the column, as PostGIS names it: `MULTIPOLYGON`, `POINTZ`, `GEOMETRY`. */
  readonly type: string;
  /** Coordinates are degrees. */
  readonly isGeographic: boolean;
  /** The latitude, or northing, comes first. */
  readonly swapped: boolean;
  readonly maxVertices: number;
}

/** A geometry that may be given to the database. */
export interface GivenGeometry {
  /** GeoJSON, the longitude or easting first. */
  readonly text: string;
  readonly vertices: number;
  /** To be made a multiple of itself, as the column has only those. */
  readonly toMultiple: boolean;
  /** There is something of it that may cross itself. */
  readonly hasShape: boolean;
}

/** Reads a GeoJSON geometry, all that can be told of it without a database; a list of one fault where it is none. Pure. */
export function readGeometry(value: unknown, rules: GeometryRules): GivenGeometry | Fault {
  const column = rules.type.replace(/Z$/, '');
  const reader = new Reader(rules, column === rules.type ? 2 : 3);
  const read = reader.geometry(value, 'geometry', column === 'GEOMETRYCOLLECTION' || column === 'GEOMETRY');
  if ('expected' in read) return read as Fault;
  const type = String(read.type);
  const upper = type.toUpperCase();
  const toMultiple = column === `MULTI${upper}`;
  if (column !== 'GEOMETRY' && column !== upper && !toMultiple)
    return fault('geometry.type', type, `of the type of the layer, ${column}`);
  return {
    text: JSON.stringify(read),
    vertices: reader.vertices,
    toMultiple,
    hasShape: !/Point$/.test(type),
  };
}

class Reader {
  vertices = 0;
  readonly #rules: GeometryRules;
  readonly #dimensions: number;

  constructor(rules: GeometryRules, dimensions: number) {
    this.#rules = rules;
    this.#dimensions = dimensions;
  }

  geometry(value: unknown, at: string, mayCollect: boolean): Record<string, unknown> | Fault {
    const { type, coordinates, geometries } = (value ?? {}) as Record<string, unknown>;
    if (mayCollect && type === 'GeometryCollection') {
      if (!Array.isArray(geometries)) return fault(`${at}.geometries`, geometries, 'a list of geometries');
      const read: unknown[] = [];
      for (const [i, each] of geometries.entries()) {
        const one = this.geometry(each, `${at}.geometries.${i}`, false);
        if ('expected' in one) return one as Fault;
        read.push(one);
      }
      return { type, geometries: read };
    }
    if (!isPlain(type)) return fault(`${at}.type`, type ?? value, 'a type of geometry of GeoJSON');
    const read = this.#list(coordinates, DEPTHS[type], `${at}.coordinates`, type);
    return Array.isArray(read) ? { type, coordinates: read } : read;
  }

  #list(value: unknown, depth: number, at: string, type: Plain): unknown[] | Fault {
    if (depth === 0) return this.#position(value, at);
    if (!Array.isArray(value) || value.length === 0) return fault(at, value, 'a list that is not empty');
    const read: unknown[] = [];
    for (const [i, each] of value.entries()) {
      const one = this.#list(each, depth - 1, `${at}.${i}`, type);
      if (!Array.isArray(one)) return one;
      read.push(one);
    }
    return depth === 1 ? (lineFault(read as number[][], at, type) ?? read) : read;
  }

  #position(value: unknown, at: string): number[] | Fault {
    const { isGeographic, swapped, maxVertices } = this.#rules;
    const dimensions = this.#dimensions;
    if (!Array.isArray(value) || value.length !== dimensions || !value.every(Number.isFinite))
      return fault(at, value, dimensions === 2 ? 'two numbers' : 'three numbers, the last the height');
    if (++this.vertices > maxVertices)
      return fault('geometry', undefined, `of at most ${maxVertices} positions`);
    const [first = 0, second = 0, ...rest] = value as number[];
    const [x, y] = swapped ? [second, first] : [first, second];
    if (isGeographic && (Math.abs(x) > 180 || Math.abs(y) > 90))
      return fault(at, value, swapped ? 'a latitude and a longitude' : 'a longitude and a latitude');
    return [x, y, ...rest];
  }
}

function lineFault(line: readonly number[][], at: string, type: Plain): Fault | undefined {
  if (type === 'MultiPoint') return undefined;
  if (!type.endsWith('Polygon'))
    return line.length < 2 ? fault(at, undefined, 'two positions or more') : undefined;
  const isClosed = String(line[0]) === String(line.at(-1));
  return line.length < 4 || !isClosed
    ? fault(at, undefined, 'four positions or more, of which the last is the first')
    : undefined;
}
