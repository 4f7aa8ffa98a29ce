import type { Dimension, System } from './geometries.ts';

const CODES: Readonly<Record<string, number>> = {
  POINT: 1,
  LINESTRING: 2,
  POLYGON: 3,
  MULTIPOINT: 4,
  MULTILINESTRING: 5,
  MULTIPOLYGON: 6,
  GEOMETRYCOLLECTION: 7,
  CIRCULARSTRING: 8,
  COMPOUNDCURVE: 9,
  CURVEPOLYGON: 10,
  MULTICURVE: 11,
  MULTISURFACE: 12,
  POLYHEDRALSURFACE: 15,
  TIN: 16,
  TRIANGLE: 17,
};
/** What a part is that has no name of its own. */
const PART: Readonly<Record<string, string>> = {
  MULTIPOINT: 'POINT',
  MULTILINESTRING: 'LINESTRING',
  MULTIPOLYGON: 'POLYGON',
  COMPOUNDCURVE: 'LINESTRING',
  CURVEPOLYGON: 'LINESTRING',
  MULTICURVE: 'LINESTRING',
  MULTISURFACE: 'POLYGON',
  POLYHEDRALSURFACE: 'POLYGON',
  TIN: 'TRIANGLE',
};

interface Shape {
  name: string;
  parts: Shape[];
  /** Of points, lines and rings. */
  positions: [number, number][];
  /** Of polygons: rings. */
  rings: [number, number][][];
}

/** Well-known binary (ISO, hexadecimal) of a text of geometries.ts. */
export function wkbOf(text: string, dimension: Dimension, system: System): string {
  return write(new Reader(text).geometry(), dimension, system).toString('hex');
}

class Reader {
  readonly #tokens: string[];
  constructor(text: string) {
    this.#tokens = text.match(/[A-Z]+|[(),]|[-\d.@∞!]+/g) ?? [];
  }

  geometry(name = 'GEOMETRYCOLLECTION'): Shape {
    const first = this.#tokens[0] ?? '';
    if (first in CODES) name = this.#tokens.shift() as string;
    const shape: Shape = { name, parts: [], positions: [], rings: [] };
    if (this.#take('EMPTY')) return shape;
    // A position of a MULTIPOINT has no parentheses.
    if (this.#tokens[0] !== '(') return { ...shape, positions: [this.#position()] };
    if (name in PART || name === 'GEOMETRYCOLLECTION')
      shape.parts = this.#list(() => this.geometry(PART[name]));
    else if (name === 'POLYGON' || name === 'TRIANGLE') shape.rings = this.#rings(name);
    else shape.positions = this.#list(() => this.#position());
    return shape;
  }

  #rings(name: string): [number, number][][] {
    if (name === 'TRIANGLE' && this.#tokens[1] !== '(') return [this.#list(() => this.#position())];
    return this.#list(() => this.#list(() => this.#position()));
  }

  #list<T>(item: () => T): T[] {
    this.#tokens.shift();
    const items = [item()];
    while (this.#take(',')) items.push(item());
    this.#tokens.shift();
    return items;
  }

  #position(): [number, number] {
    return [this.#number(), this.#number()];
  }

  #number(): number {
    const token = this.#tokens.shift() ?? '';
    return { '@': NaN, '∞': Infinity, '!': 1e30 }[token] ?? Number(token);
  }

  #take(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }
}

function write(shape: Shape, dimension: Dimension, system: System): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(1);
  const extra = (dimension.includes('Z') ? 1000 : 0) + (dimension.includes('M') ? 2000 : 0);
  header.writeUInt32LE((CODES[shape.name] ?? 0) + extra, 1);
  const position = ([u, v]: [number, number]): Buffer => doubles(coordinates(u, v, dimension, system));
  const list = <T>(items: readonly T[], one: (item: T) => Buffer): Buffer =>
    Buffer.concat([uint32(items.length), ...items.map(one)]);
  if (shape.name === 'POINT') {
    const [only = [NaN, NaN] as [number, number]] = shape.positions;
    return Buffer.concat([header, position(only)]);
  }
  if (shape.name === 'POLYGON' || shape.name === 'TRIANGLE')
    return Buffer.concat([header, list(shape.rings, (ring) => list(ring, position))]);
  if (shape.name in PART || shape.name === 'GEOMETRYCOLLECTION')
    return Buffer.concat([header, list(shape.parts, (part) => write(part, dimension, system))]);
  return Buffer.concat([header, list(shape.positions, position)]);
}

function coordinates(u: number, v: number, dimension: Dimension, system: System): number[] {
  // Some heights are unknown, as in real surveys; never that of a ring's first vertex, which is its last.
  const height = u === 50 ? NaN : 5;
  return [
    ...plane(u, v, system),
    ...(dimension.includes('Z') ? [height] : []),
    ...(dimension.includes('M') ? [u === 50 ? NaN : u] : []),
  ];
}

function plane(u: number, v: number, system: System): [number, number] {
  // Northings come round again, so it is the easting that is too large.
  if (system === '25832') return [429_000 + 700 * (v > 1e20 ? v : u), 5_594_000 + 1_112 * v];
  const [longitude, latitude] = [8 + u / 100, 50.5 + v / 100];
  if (system !== '3857') return [longitude, latitude];
  const radius = 6378137;
  return [
    (radius * longitude * Math.PI) / 180,
    radius * Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)),
  ];
}

function doubles(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => buffer.writeDoubleLE(value, 8 * i));
  return buffer;
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}
