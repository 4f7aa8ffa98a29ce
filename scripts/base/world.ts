import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { geoArea, geoCentroid } from 'd3-geo';
import * as shapefile from 'shapefile';
import { feature } from 'topojson-client';
import type { MultiPolygon, Polygon } from 'geojson';
import type { GeometryCollection, Topology } from 'topojson-specification';

/**
 * Makes the world that lies under maps, from Natural Earth: countries of world-atlas, capitals of geopandas.
 *
 *     npx tsx scripts/base/world.ts <folder of naturalearth_cities>
 */
const [cities = ''] = process.argv.slice(2);
const OUT = join(import.meta.dirname, '..', '..', 'data', 'base');

const source = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '..', '..', 'node_modules', 'world-atlas', 'countries-50m.json'),
    'utf8',
  ),
) as Topology<{ countries: GeometryCollection<{ name: string }> }>;
const { countries } = source.objects;
writeFileSync(
  join(OUT, 'world.topo.json'),
  JSON.stringify({
    ...source,
    objects: {
      countries: {
        ...countries,
        geometries: countries.geometries.map(({ properties: _name, id: _id, ...geometry }) => geometry),
      },
    },
  }),
);

/** A name stands in the middle of the largest part: in that of all it may lie in the sea. */
function placeOf(geometry: Polygon | MultiPolygon): { at: [number, number]; area: number } {
  const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const [largest] = parts
    .map((coordinates): Polygon => ({ type: 'Polygon', coordinates }))
    .sort((a, b) => geoArea(b) - geoArea(a));
  return { at: geoCentroid(largest!), area: geoArea(largest!) };
}

const round = ([x, y]: readonly number[]): [number, number] => [Number(x!.toFixed(3)), Number(y!.toFixed(3))];
const names = feature(source, countries)
  .features.map(({ geometry, properties: { name } }) => ({
    name,
    ...placeOf(geometry as Polygon | MultiPolygon),
  }))
  .sort((a, b) => b.area - a.area)
  .map(({ name, at }): [string, number, number] => [name, ...round(at)]);
const { features } = await shapefile.read(
  join(cities, 'naturalearth_cities.shp'),
  join(cities, 'naturalearth_cities.dbf'),
  { encoding: 'utf-8' },
);
const capitals = features.flatMap(({ geometry, properties }): [string, number, number][] =>
  geometry.type === 'Point' ? [[String(properties?.name), ...round(geometry.coordinates)]] : [],
);
writeFileSync(join(OUT, 'places.json'), `${JSON.stringify({ countries: names, cities: capitals })}\n`);
