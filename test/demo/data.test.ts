import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { booleanPointInPolygon } from '@turf/turf';
import type { Position } from 'geojson';
import { parse } from 'yaml';
import { readRegions, readTable, type Region } from '../../server/demo/files.ts';
import { DEMO_PARTS } from '../../server/demo/parts.ts';
import { projectPath } from '../../server/tools/paths.ts';

interface Airport {
  iata: string;
  county_code: string | null;
  lon: number;
  lat: number;
}

describe('demo data of the United States', () => {
  const states = readRegions('us/regions.topo.json', 'states');
  const counties = readRegions('us/regions.topo.json', 'counties');
  const rates = readTable<{ code: string; rate: number }>('us/unemployment.json');
  const airports = readTable<Airport>('us/airports.json');
  const countyCodes = new Set(counties.map(({ id }) => id));

  it('has every state and county once, under its FIPS code', () => {
    assert.equal(states.length, 56);
    assert.equal(counties.length, 3230);
    assertCodes(states, /^\d{2}$/);
    assertCodes(counties, /^\d{5}$/);
  });

  it('has the state of every county', () => {
    const codes = new Set(states.map(({ id }) => id));
    assert.deepEqual(
      counties.filter(({ id }) => !codes.has(id.slice(0, 2))),
      [],
    );
  });

  it('has states as large as their counties together, but for slivers of the generalised source', () => {
    for (const state of states) {
      const own = counties.filter(({ id }) => id.startsWith(state.id));
      const covered = own.reduce((sum, county) => sum + squareDegrees(county), 0);
      assert.ok(Math.abs(covered - squareDegrees(state)) < 2e-5 * covered, state.properties.name);
    }
  });

  it('has closed rings with area, and degrees for coordinates', () => {
    for (const region of [...states, ...counties]) assertRings(region);
  });

  it('has rates in percent, and misses only the counties that changed since', () => {
    for (const { code, rate } of rates) {
      assert.match(code, /^\d{5}$/);
      assert.ok(Number.isFinite(rate) && rate > 0 && rate < 40, `${code}: ${rate}`);
    }
    const known = new Map(rates.map(({ code, rate }) => [code, rate]));
    assert.equal(known.size, rates.length);
    assert.equal(known.get('06025'), 30.1);
    const lost = [...known.keys()].filter((code) => !countyCodes.has(code));
    assert.deepEqual(lost.sort(), ['02201', '02232', '02270', '02280', '46113', '51515', '51610']);
    assert.equal(counties.filter(({ id }) => !known.has(id)).length, 19);
  });

  it('has airports inside the county they name', () => {
    const byCode = new Map(counties.map((county) => [county.id, county]));
    assert.equal(new Set(airports.map(({ iata }) => iata)).size, airports.length);
    for (const { iata, county_code: code, lon, lat } of airports) {
      if (code === null) continue;
      const county = byCode.get(code);
      assert.ok(county && booleanPointInPolygon([lon, lat], county), `${iata} in ${code}`);
    }
    assert.equal(airports.filter(({ county_code: code }) => code === null).length, 22);
    assert.equal(airports.find(({ iata }) => iata === 'GUM')?.county_code, '66010');
  });
});

describe('demo provinces', () => {
  const provinces = readRegions('id/provinces.topo.json', 'provinces');

  it('are 33, under ISO codes and different names, with closed rings', () => {
    assert.equal(provinces.length, 33);
    assertCodes(provinces, /^ID-[A-Z]{2}$/);
    assert.equal(new Set(provinces.map(({ properties }) => properties.name)).size, 33);
    for (const province of provinces) assertRings(province);
  });

  it('hold the places they should', () => {
    const cases: [code: string, place: Position][] = [
      ['ID-AC', [96.1, 4.6]],
      ['ID-JT', [110.2, -7.2]],
      ['ID-PA', [138.5, -4.0]],
    ];
    for (const [code, place] of cases) {
      const holders = provinces.filter((province) => booleanPointInPolygon(place, province));
      assert.deepEqual(
        holders.map(({ id }) => id),
        [code],
      );
    }
  });
});

describe('maps.yaml of the demo', () => {
  const relations = new Set(DEMO_PARTS.flatMap(({ tables, views }) => [...tables, ...views]));
  const maps = parse(readFileSync(projectPath('data', 'maps.yaml'), 'utf8')) as Record<
    'regions' | 'choropleths' | 'layers',
    Record<string, { table?: string; regions?: string; cube?: { view: string }; parent?: { set: string } }>
  >;
  const entries = Object.values(maps).flatMap((section) => Object.entries(section));

  it('names only relations that the demo creates, and region sets that it defines', () => {
    assert.ok(entries.length >= 10);
    for (const [name, { table, cube, regions, parent }] of entries) {
      const relation = table ?? cube?.view ?? '';
      assert.ok(relations.has(relation.replace(/^public\./, '')), `${name}: ${relation}`);
      for (const set of [regions, parent?.set])
        assert.ok(set === undefined || maps.regions[set], `${name}: ${set}`);
    }
  });
});

function assertCodes(regions: readonly Region[], pattern: RegExp): void {
  const codes = regions.map(({ id }) => id);
  for (const code of codes) assert.match(code, pattern);
  assert.deepEqual(codes, [...new Set(codes)].sort());
}

function assertRings({ id, geometry }: Region): void {
  assert.ok(geometry.coordinates.length > 0, id);
  for (const ring of geometry.coordinates.flat()) {
    assert.ok(ring.length >= 4, `${id}: ring of ${ring.length}`);
    assert.deepEqual(ring[0], ring.at(-1), id);
    assert.ok(Math.abs(ringArea(ring)) > 0, id);
    for (const [lon = NaN, lat = NaN] of ring) {
      assert.ok(Math.abs(lon) <= 180 && Math.abs(lat) <= 90, `${id}: ${lon} ${lat}`);
    }
  }
}

function squareDegrees({ geometry }: Region): number {
  const areas = geometry.coordinates.map(([outer, ...holes]) =>
    holes.reduce((area, hole) => area - Math.abs(ringArea(hole)), Math.abs(ringArea(outer!))),
  );
  return areas.reduce((sum, area) => sum + area, 0);
}

/** Shoelace formula around the first vertex: far from the origin the plain one loses digits. */
function ringArea(ring: readonly Position[]): number {
  const [x0 = 0, y0 = 0] = ring[0]!;
  return ring.slice(1).reduce((sum, [x = 0, y = 0], i) => {
    const [px = 0, py = 0] = ring[i]!;
    return sum + ((px - x0) * (y - y0) - (x - x0) * (py - y0)) / 2;
  }, 0);
}
