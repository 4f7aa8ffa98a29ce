import { DEPTHS, type Plain } from '../../tools/geometry-types.ts';
import { filterFault, type Budget, type Place } from '../fault.ts';

export type Position = readonly [x: number, y: number];
type Nested = Position | readonly Nested[];

/** A geometry literal in two dimensions, as written: axes are not in any known order yet. */
export type Shape =
  | { readonly type: Plain; readonly coordinates: Nested }
  | { readonly type: 'GeometryCollection'; readonly geometries: readonly Shape[] };

export const SHAPE_TYPES: readonly string[] = [...Object.keys(DEPTHS), 'GeometryCollection'];

/** Holds coordinates against what their type wants. @throws AppError `filter_invalid` */
export function checkShape(type: Plain, coordinates: unknown, at: Place, budget: Budget): Shape {
  const read = (value: unknown, depth: number): Nested => {
    if (depth === 0) return readPosition(value, at, budget);
    if (!Array.isArray(value) || value.length === 0)
      throw filterFault(at, `a ${type} with coordinates`, value);
    return value.map((item: unknown) => read(item, depth - 1));
  };
  const nested = read(coordinates, DEPTHS[type]);
  for (const path of pathsOf(type, nested)) checkPath(type, path, at);
  return { type, coordinates: nested };
}

function readPosition(value: unknown, at: Place, budget: Budget): Position {
  budget.position(at);
  const numbers = Array.isArray(value) ? (value as unknown[]) : [];
  const [x, y] = numbers;
  const valid =
    numbers.length >= 2 &&
    numbers.length <= 4 &&
    numbers.every((number) => typeof number === 'number' && Number.isFinite(number));
  if (!valid) throw filterFault(at, 'positions of two or three finite numbers', value);
  return [x as number, y as number];
}

function pathsOf(type: Plain, nested: Nested): readonly (readonly Position[])[] {
  switch (type) {
    case 'LineString':
      return [nested as readonly Position[]];
    case 'MultiLineString':
    case 'Polygon':
      return nested as readonly (readonly Position[])[];
    case 'MultiPolygon':
      return (nested as readonly (readonly (readonly Position[])[])[]).flat();
    default:
      return [];
  }
}

function checkPath(type: Plain, path: readonly Position[], at: Place): void {
  if (!type.endsWith('Polygon')) {
    if (path.length < 2) throw filterFault(at, `a ${type} of at least two positions`);
    return;
  }
  const [first, last] = [path[0], path.at(-1)];
  if (path.length < 4 || first?.[0] !== last?.[0] || first?.[1] !== last?.[1])
    throw filterFault(at, `a ${type} whose rings have four positions or more and end where they begin`);
}

/** The positions of a shape changed one by one. */
export function mapPositions(shape: Shape, change: (position: Position) => Position): Shape {
  if (shape.type === 'GeometryCollection')
    return { ...shape, geometries: shape.geometries.map((part) => mapPositions(part, change)) };
  const walk = (nested: Nested, depth: number): Nested =>
    depth === 0
      ? change(nested as Position)
      : (nested as readonly Nested[]).map((item) => walk(item, depth - 1));
  return { type: shape.type, coordinates: walk(shape.coordinates, DEPTHS[shape.type]) };
}

/** Every position of a shape. */
export function positionsOf(shape: Shape): Position[] {
  const all: Position[] = [];
  mapPositions(shape, (position) => (all.push(position), position));
  return all;
}

/**
 * A box as a shape: a point or a line where it has no width or height, and two where it crosses the antimeridian.
 * @param turn what a whole turn is in this system; undefined where west must not exceed east
 */
export function boxShape([west, south, east, north]: Box, turn: number | undefined): Shape {
  if (west > east && turn !== undefined) {
    const parts = [
      boxShape([west, south, turn / 2, north], turn),
      boxShape([-turn / 2, south, east, north], turn),
    ];
    return parts.every((part) => part.type === 'Polygon')
      ? {
          type: 'MultiPolygon',
          coordinates: parts.map((part) => (part as { coordinates: Nested }).coordinates),
        }
      : { type: 'GeometryCollection', geometries: parts };
  }
  if (west === east && south === north) return { type: 'Point', coordinates: [west, south] };
  if (west === east || south === north)
    return {
      type: 'LineString',
      coordinates: [
        [west, south],
        [east, north],
      ],
    };
  return {
    type: 'Polygon',
    coordinates: [
      [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
      ],
    ],
  };
}

export type Box = readonly [west: number, south: number, east: number, north: number];

/** Well-known text, as PostGIS reads it. */
export function shapeText(shape: Shape): string {
  if (shape.type === 'GeometryCollection')
    return `GEOMETRYCOLLECTION(${shape.geometries.map(shapeText).join(',')})`;
  const write = (nested: Nested, depth: number): string =>
    depth === 0
      ? (nested as Position).join(' ')
      : `(${(nested as readonly Nested[]).map((item) => write(item, depth - 1)).join(',')})`;
  const text = write(shape.coordinates, DEPTHS[shape.type]);
  return `${shape.type.toUpperCase()}${shape.type === 'Point' ? `(${text})` : text}`;
}
