import type { Vertices } from './vertices.ts';

/** A line, or a ring without its last position, which is its first: numbers of vertices. */
export type Chain = number[];

/** A polygon: its exterior ring, counter-clockwise with north up, and its holes, clockwise. What is filled is to the left. */
export type Polygon = Chain[];

export interface Shapes {
  readonly lines: Chain[];
  readonly polygons: Polygon[];
}

const LINE = 2;
const POLYGON = 3;
const MULTI_LINE = 5;
const MULTI_POLYGON = 6;
const COLLECTION = 7;

/** Reads the lines and polygons of WKB (little-endian, two dimensions); points are left out, as are rings without an area. */
export function readWkb(wkb: Uint8Array, vertices: Vertices): Shapes {
  const view = new DataView(wkb.buffer, wkb.byteOffset, wkb.byteLength);
  const shapes: Shapes = { lines: [], polygons: [] };
  let at = 0;
  const count = (): number => view.getUint32((at += 4) - 4, true);
  const chain = (): Chain => {
    const all: Chain = [];
    for (let left = count(); left > 0; left--) {
      const vertex = vertices.add(view.getFloat64(at, true), view.getFloat64(at + 8, true));
      at += 16;
      if (vertex !== all.at(-1)) all.push(vertex);
    }
    return all;
  };
  const geometry = (): void => {
    at++;
    const type = count();
    if (type === LINE) {
      const line = chain();
      if (line.length > 1) shapes.lines.push(line);
    } else if (type === POLYGON) {
      const rings = Array.from({ length: count() }, () => asRing(chain()));
      const polygon = wound(rings, vertices);
      if (polygon) shapes.polygons.push(polygon);
    } else if (type === MULTI_LINE || type === MULTI_POLYGON || type === COLLECTION) {
      for (let left = count(); left > 0; left--) geometry();
    } else {
      // Points, alone or in a collection; of several the header says how many follow.
      if (type === 1) at += 16;
      else for (let left = count(); left > 0; left--) geometry();
    }
  };
  geometry();
  return shapes;
}

function asRing(chain: Chain): Chain {
  if (chain.length > 1 && chain[0] === chain.at(-1)) chain.pop();
  return chain;
}

function wound([exterior, ...holes]: Chain[], vertices: Vertices): Polygon | undefined {
  if (!exterior || doubleArea(exterior, vertices) === 0) return undefined;
  const turned = (ring: Chain, sign: number): Chain =>
    sign * doubleArea(ring, vertices) < 0 ? ring.reverse() : ring;
  const real = holes.filter((hole) => doubleArea(hole, vertices) !== 0);
  return [turned(exterior, 1), ...real.map((hole) => turned(hole, -1))];
}

/** Twice the area of a ring, from its first vertex for precision; negative where it is clockwise with north up. */
export function doubleArea(ring: Chain, { coords }: Pick<Vertices, 'coords'>): number {
  if (ring.length < 3) return 0;
  const originX = coords[2 * ring[0]!]!;
  const originY = coords[2 * ring[0]! + 1]!;
  let sum = 0;
  for (let i = 2; i < ring.length; i++) {
    const [a, b] = [2 * ring[i - 1]!, 2 * ring[i]!];
    sum +=
      (coords[a]! - originX) * (coords[b + 1]! - originY) -
      (coords[b]! - originX) * (coords[a + 1]! - originY);
  }
  return sum;
}

/** A MultiLineString, or a MultiPolygon where there are polygons. */
export function writeWkb({ lines, polygons }: Shapes, { coords }: Vertices): Uint8Array {
  const areas = polygons.length > 0;
  const parts = areas ? polygons : lines.map((line) => [line]);
  let size = 9;
  for (const part of parts) {
    size += areas ? 9 : 5;
    for (const chain of part) size += 4 + 16 * (chain.length + (areas ? 1 : 0));
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const integer = (value: number): void => view.setUint32((at += 4) - 4, value, true);
  const header = (type: number): void => {
    view.setUint8(at++, 1);
    integer(type);
  };
  const position = (vertex: number): void => {
    view.setFloat64(at, coords[2 * vertex]!, true);
    view.setFloat64(at + 8, coords[2 * vertex + 1]!, true);
    at += 16;
  };
  header(areas ? MULTI_POLYGON : MULTI_LINE);
  integer(parts.length);
  for (const part of parts) {
    header(areas ? POLYGON : LINE);
    if (areas) integer(part.length);
    for (const chain of part) {
      integer(chain.length + (areas ? 1 : 0));
      chain.forEach(position);
      if (areas) position(chain[0]!);
    }
  }
  return bytes;
}
