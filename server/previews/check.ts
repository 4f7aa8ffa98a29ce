import type { Feature, Geometry } from 'geojson';
import { AppError, shorten } from '../errors.ts';
import { jsonFault } from './json-fault.ts';

/** A feature as it is kept: its properties are numbers, texts and truth values. */
export interface PreviewFeature {
  readonly type: 'Feature';
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  readonly geometry: Geometry | null;
}

/** Deeper collections nobody means. */
const DEEPEST = 8;
/** Positions per kind: how deep they stand, how many one chain has at least. */
const SHAPES: Readonly<Record<string, readonly [depth: number, least: number]>> = {
  Point: [0, 1],
  MultiPoint: [1, 0],
  LineString: [1, 2],
  MultiLineString: [2, 2],
  Polygon: [2, 4],
  MultiPolygon: [3, 4],
};

/**
 * The features of a text of GeoJSON, held against RFC 7946 as far as a map of them needs it. Pure.
 * @throws AppError `malformed_body` with its place: line and column of the text, or the path of a member
 */
export function readCollection(text: string): PreviewFeature[] {
  const json = parse(text);
  if (!isObject(json) || json.type !== 'FeatureCollection' || !Array.isArray(json.features))
    throw bad('type', 'FeatureCollection, with a list of features', isObject(json) ? json.type : json);
  checkSystem(json.crs);
  const features = json.features.map((each: unknown, i) => readFeature(each, `features[${i}]`));
  if (!features.some(({ geometry }) => geometry !== null))
    throw bad('features', 'of a geometry at least', []);
  return features;
}

function parse(text: string): unknown {
  const bare = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(bare) as unknown;
  } catch {
    const at = jsonFault(bare);
    const place = at === undefined ? undefined : placeAt(bare, at);
    const where = place ? ` at line ${place.line}, column ${place.column}` : '';
    throw new AppError('malformed_body', { detail: `the body is not JSON${where}`, ...(place && { place }) });
  }
}

function placeAt(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position);
  return { line: before.split('\n').length, column: position - before.lastIndexOf('\n') };
}

/** Older files name a system; ours is that of GeoJSON. */
function checkSystem(crs: unknown): void {
  if (crs === undefined || crs === null) return;
  const name = isObject(crs) && isObject(crs.properties) ? crs.properties.name : undefined;
  if (typeof name === 'string' && /(CRS:?84|EPSG:[\d.]*:?4326)$/i.test(name)) return;
  throw bad('crs', 'left out: coordinates are longitude and latitude on WGS 84', name ?? crs);
}

function readFeature(value: unknown, path: string): PreviewFeature {
  if (!isObject(value) || value.type !== 'Feature') throw bad(path, 'a Feature', value);
  const { id, properties, geometry } = value as unknown as Feature;
  if (properties !== null && properties !== undefined && !isObject(properties))
    throw bad(`${path}.properties`, 'an object or null', properties);
  if (geometry !== null) checkGeometry(geometry, `${path}.geometry`, 0);
  // Ids stand beside the properties; a file may have its codes there.
  const own = typeof id === 'string' || typeof id === 'number' ? { id } : {};
  return { type: 'Feature', properties: plain({ ...own, ...properties }), geometry };
}

/** Of a value that tiles cannot hold its text; of none nothing. */
function plain(properties: Readonly<Record<string, unknown>>): PreviewFeature['properties'] {
  const entries = Object.entries(properties).flatMap(
    ([name, value]): [string, string | number | boolean][] => {
      if (value === null || value === undefined) return [];
      if (typeof value === 'number') return Number.isFinite(value) ? [[name, value]] : [];
      return [[name, typeof value === 'object' ? JSON.stringify(value) : (value as string | boolean)]];
    },
  );
  return Object.fromEntries(entries);
}

function checkGeometry(value: unknown, path: string, depth: number): void {
  if (!isObject(value)) throw bad(path, 'a geometry or null', value);
  if (value.type === 'GeometryCollection') {
    const { geometries } = value;
    if (!Array.isArray(geometries) || depth >= DEEPEST)
      throw bad(`${path}.geometries`, `a list of geometries, at most ${DEEPEST} deep`, geometries);
    geometries.forEach((each: unknown, i) => checkGeometry(each, `${path}.geometries[${i}]`, depth + 1));
    return;
  }
  const shape = Object.hasOwn(SHAPES, String(value.type)) ? SHAPES[String(value.type)] : undefined;
  if (!shape)
    throw bad(`${path}.type`, `one of ${Object.keys(SHAPES).join(', ')}, GeometryCollection`, value.type);
  checkPositions(value.coordinates, `${path}.coordinates`, ...shape);
}

function checkPositions(value: unknown, path: string, depth: number, least: number): void {
  if (depth === 0) return checkPosition(value, path);
  if (!Array.isArray(value) || (depth === 1 && value.length < least))
    throw bad(path, depth === 1 ? `a list of ${least} positions or more` : 'a list', value);
  for (let i = 0; i < value.length; i++) {
    // Of millions of positions a path is made for the wrong one alone.
    if (depth === 1 && isPosition(value[i])) continue;
    checkPositions(value[i], `${path}[${i}]`, depth - 1, least);
  }
}

function checkPosition(value: unknown, path: string): void {
  if (isPosition(value)) return;
  throw bad(path, 'longitude and latitude in degrees', value);
}

/** Files at the antimeridian go a little beyond it. */
function isPosition(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 2) return false;
  const [x, y] = value as unknown[];
  return (
    typeof x === 'number' &&
    typeof y === 'number' &&
    Number.isFinite(x) && // JSON.parse reads 1e999
    Math.abs(x) <= 360 &&
    Math.abs(y) <= 90.000001
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function bad(path: string, expected: string, value: unknown): AppError {
  return new AppError('malformed_body', {
    detail: `${path} must be ${expected}`,
    errors: [{ parameter: path, value: shorten(value ?? null), expected }],
  });
}
