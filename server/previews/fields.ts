import type { Geometry } from 'geojson';
import { latitudeOf, MAX_LATITUDE } from '../engine/grid.ts';
import type { Bounds } from '../engine/types.ts';
import type { PreviewFeature } from './check.ts';

/** What a property is, and what there is of it. */
export interface Field {
  readonly type: 'Number' | 'String' | 'Boolean';
  /** Features that have a value. */
  readonly count: number;
  /** Different values; of more than `MOST_VALUES` no more is known. */
  readonly distinct: number;
  /** Of numbers. */
  readonly min?: number;
  readonly max?: number;
  /** Of few texts, the most frequent first. */
  readonly values?: readonly string[];
}

/** What is known of a preview without reading it. */
export interface Facts {
  readonly features: number;
  readonly bounds: Bounds;
  /** What it is drawn as. */
  readonly geometry: 'polygon' | 'line' | 'point';
  readonly fields: Readonly<Record<string, Field>>;
}

const MOST_VALUES = 1_000;
const FEW = 50;
/** A file with more columns than a table may have is none of features. */
const MOST_FIELDS = 1_600;

/** Pure. */
export function factsOf(features: readonly PreviewFeature[]): Facts {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity] as [number, number, number, number];
  const kinds = new Set<string>();
  for (const { geometry } of features) if (geometry) see(geometry, bounds, kinds);
  const [west, south, east, north] = bounds;
  const inWorld = (latitude: number): number => Math.max(latitudeOf(1), Math.min(MAX_LATITUDE, latitude));
  const isBeyond = west < -180 || east > 180;
  return {
    features: features.length,
    bounds: [isBeyond ? -180 : west, inWorld(south), isBeyond ? 180 : east, inWorld(north)],
    geometry: kinds.has('polygon') ? 'polygon' : kinds.has('line') ? 'line' : 'point',
    fields: fieldsOf(features),
  };
}

function see(geometry: Geometry, bounds: [number, number, number, number], kinds: Set<string>): void {
  if (geometry.type === 'GeometryCollection') {
    for (const each of geometry.geometries) see(each, bounds, kinds);
    return;
  }
  kinds.add(
    geometry.type.endsWith('Polygon') ? 'polygon' : geometry.type.endsWith('String') ? 'line' : 'point',
  );
  extend(bounds, geometry.coordinates);
}

function extend(bounds: [number, number, number, number], coordinates: readonly unknown[]): void {
  const [x, y] = coordinates;
  if (typeof x !== 'number' || typeof y !== 'number') {
    for (const each of coordinates) extend(bounds, each as readonly unknown[]);
    return;
  }
  bounds[0] = Math.min(bounds[0], x);
  bounds[1] = Math.min(bounds[1], y);
  bounds[2] = Math.max(bounds[2], x);
  bounds[3] = Math.max(bounds[3], y);
}

interface Seen {
  count: number;
  numbers: number;
  booleans: number;
  min: number;
  max: number;
  readonly values: Map<string | number | boolean, number>;
}

function fieldsOf(features: readonly PreviewFeature[]): Record<string, Field> {
  const seen = new Map<string, Seen>();
  for (const { properties } of features)
    for (const [name, value] of Object.entries(properties)) {
      let one = seen.get(name);
      if (!one) {
        if (seen.size >= MOST_FIELDS) continue;
        one = { count: 0, numbers: 0, booleans: 0, min: Infinity, max: -Infinity, values: new Map() };
        seen.set(name, one);
      }
      one.count++;
      if (typeof value === 'number') {
        one.numbers++;
        one.min = Math.min(one.min, value);
        one.max = Math.max(one.max, value);
      } else if (typeof value === 'boolean') one.booleans++;
      const before = one.values.get(value);
      if (before !== undefined || one.values.size < MOST_VALUES) one.values.set(value, (before ?? 0) + 1);
    }
  // Without a prototype, so that a property called __proto__ is one like any other.
  const fields = Object.create(null) as Record<string, Field>;
  for (const [name, one] of seen) fields[name] = described(one);
  return fields;
}

function described({ count, numbers, booleans, min, max, values }: Seen): Field {
  const known = { count, distinct: values.size };
  if (numbers === count) return { type: 'Number', ...known, min, max };
  if (booleans === count) return { type: 'Boolean', ...known };
  if (values.size > FEW) return { type: 'String', ...known };
  const frequent = [...values].sort((a, b) => b[1] - a[1]).map(([value]) => String(value).slice(0, 200));
  return { type: 'String', ...known, values: frequent };
}
