import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Feature, FeatureCollection, Geometry, Position } from 'geojson';
import { feature } from 'topojson-client';
import type { Topology } from 'topojson-specification';

export interface WorldRegion {
  readonly code: string;
  readonly geometry: Geometry;
}

/**
 * The countries of Natural Earth 1:110m (public domain), whose rings jump over the antimeridian and go round the
 * pole; and what else is stored in databases there.
 */
export function worldRegions(): WorldRegion[] {
  const file = createRequire(import.meta.url).resolve('world-atlas/countries-110m.json');
  const atlas = JSON.parse(readFileSync(file, 'utf8')) as Topology;
  const { features } = feature(atlas, atlas.objects.countries!) as unknown as FeatureCollection;
  return [
    ...features.map((country: Feature) => ({
      code: (country.properties as { name: string }).name,
      geometry: country.geometry,
    })),
    { code: 'ends at 180', geometry: box(150, 71, 180, 80) },
    { code: 'starts at -180', geometry: box(-180, 71, -150, 80) },
    { code: 'beyond 180', geometry: box(175, -40, 185, -30) },
    { code: 'beyond -180', geometry: box(-187, -60, -172, -50) },
    { code: 'jumps', geometry: polygon([170, 40, -170, 40, -170, 50, 170, 50]) },
    { code: 'all round', geometry: box(-180, -70, 180, -66) },
    { code: 'cap', geometry: box(-180, 86, 180, 90) },
    { code: 'cap beyond the last latitude', geometry: box(-180, 89.95, 180, 90) },
    // The way Natural Earth's shapefile has Antarctica.
    { code: 'round the pole', geometry: polygon([-180, -80, 0, -75, 180, -80, 180, -90, -180, -90]) },
    { code: 'islet', geometry: box(-30, 20, -29.9999, 20.0001) },
    { code: 'islet at 180', geometry: box(179.9999, 0, 180, 0.0001) },
  ];
}

/** Bounds in degrees of what a test made with `box` or `polygon`, and of countries that cross nothing. */
export function spanOf({
  geometry,
}: WorldRegion): [west: number, south: number, east: number, north: number] {
  const positions = (geometry as { coordinates: unknown[] }).coordinates.flat(
    geometry.type === 'Polygon' ? 1 : 2,
  ) as Position[];
  const [xs, ys] = [positions.map(([x]) => x!), positions.map(([, y]) => y!)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function box(west: number, south: number, east: number, north: number): Geometry {
  return polygon([west, south, east, south, east, north, west, north]);
}

function polygon(numbers: number[]): Geometry {
  const ring: Position[] = [];
  for (let i = 0; i < numbers.length; i += 2) ring.push([numbers[i]!, numbers[i + 1]!]);
  return { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
}
