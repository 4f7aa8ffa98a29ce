import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import type { MultiPolygon, Polygon } from 'geojson';
import { PbfReader } from 'pbf';
import { ellipsoidArea } from '../../../server/choropleth/regions/ellipsoid.ts';
import { eventually, eventuallyPasses } from '../../support/eventually.ts';
import { newServer, once, type TestServer, untilFileEnds } from '../../support/environment.ts';
import { MAPS, SQL } from './mismatches.ts';
import { values, type Values } from '../support.ts';

let server: TestServer;
const get = async (path: string, query: Record<string, string> = {}): Promise<never> => {
  const { body, status } = await server.api.get(path).query(query);
  assert.equal(status, 200, JSON.stringify(body));
  return body as never;
};
const tile = async (path: string): Promise<VectorTile> => {
  const { body, status } = await server.api.get(path).responseType('blob');
  assert.equal(status, 200, path);
  return new VectorTile(new PbfReader(body as Buffer));
};
const warning = ({ warnings }: Pick<Values, 'warnings'>, code: string) =>
  warnings.find((entry) => entry.code === code);

let opened: Promise<TestServer> | undefined;
const open = async (): Promise<void> =>
  void (server = await (opened ??= newServer({ sql: SQL, maps: MAPS }, untilFileEnds)));

once('Rows of a table that have one code', () => {
  before(open);
  it('are one region with one value and one rank', async () => {
    const { rows } = await values(server, 'isl');
    assert.deepEqual(
      rows.map(({ code, name, parent, value, rank }) => [code, name, parent, value, rank]),
      [
        ['A', 'Aland', 'S1', 100, 1],
        ['B', 'Bland', 'S1', 50, 2],
        ['C', 'Cland', 'S2', 50, 2],
      ],
    );
  });

  it('count once at the level above and in shares', async () => {
    const { byCode } = await values(server, 'isl', { level: 'ist' });
    assert.deepEqual([byCode.get('S1')!.value, byCode.get('S2')!.value], [150, 50]);
    const shares = await values(server, 'isl', { normalize: 'share' });
    assert.deepEqual(
      shares.rows.map(({ value }) => value),
      [50, 25, 25],
    );
    const above = await values(server, 'isl', { normalize: 'share', level: 'ist' });
    assert.deepEqual(
      above.rows.map(({ value }) => value),
      [75, 25],
    );
  });

  it('have the sum of their areas, a number that all of them have once, and others added up', async () => {
    const area = await values(server, 'isl', { normalize: 'area' });
    const part = area.byCode.get('C')!.denominator!;
    assert.ok(Math.abs(area.byCode.get('A')!.denominator! / 3 / part - 1) < 0.01);
    const per = async (column: string, level: string) =>
      (await values(server, 'isl', { normalize: `per:${column}`, level })).rows.map(
        ({ denominator }) => denominator,
      );
    assert.deepEqual(await per('pop', 'is'), [1000, 1000, 1000]);
    assert.deepEqual(await per('pop', 'ist'), [2000, 1000]);
    assert.deepEqual(await per('local', 'is'), [60, 40, 50]);
    assert.deepEqual(await per('local', 'ist'), [100, 50]);
  });

  it('are one feature with all parts, in GeoJSON, in tiles and in the classes', async () => {
    const { features } = (await get('/gis/choropleth/isl')) as {
      features: { id: number; geometry: MultiPolygon; properties: { code: string } }[];
    };
    assert.deepEqual(
      features.map(({ id, geometry, properties }) => [id, properties.code, geometry.type]),
      [
        [1, 'A', 'MultiPolygon'],
        [4, 'B', 'Polygon'],
        [5, 'C', 'Polygon'],
      ],
    );
    assert.equal(features[0]!.geometry.coordinates.length, 3);
    const layer = (await tile('/gis/choropleth/isl/tiles/4/8/7.mvt')).layers['isl']!;
    assert.equal(layer.length, 3);
    const [first] = [0, 1, 2]
      .map((i) => layer.feature(i))
      .filter(({ properties }) => properties.code === 'A');
    assert.equal(first!.loadGeometry().length, 3);
    const { classification } = await values(server, 'isl');
    assert.equal(classification.n, 3);
    // The rows as such are what they were.
    assert.equal((await tile('/tiles/isl/4/8/7.mvt')).layers['isl']!.length, 5);
  });

  it('say so where they differ in name or parent, and agree at every level on what is taken', async () => {
    const own = await newServer({
      sql: `${SQL}
        update isl set name = 'Åland' where gid = 2;
        update isl set st = 'S2' where gid = 3;`,
      maps: MAPS,
    });
    const finest = await values(own, 'isl');
    assert.match(
      warning(finest, 'parts_differ')!.message,
      /1 regions of is differ: “A” is named “Aland” and “Åland”, in “S1” and “S2”/,
    );
    const { name, parent } = finest.byCode.get('A')!;
    assert.deepEqual([name, parent], ['Aland', 'S1']);
    const above = await values(own, 'isl', { level: 'ist' });
    assert.deepEqual(
      above.rows.map(({ value }) => value),
      [150, 50],
    );
    assert.equal(warning(await values(server, 'isl'), 'parts_differ'), undefined);
  });

  it('lose the border between them, and keep those with others', async () => {
    const own = await newServer({
      sql: `
        create table half(id int primary key, code text, name text, geom geometry(Polygon, 4326));
        insert into half values
          (1, 'A', 'A', st_makeenvelope(0, 0, 1, 2, 4326)),
          (2, 'B', 'B', st_makeenvelope(2, 0, 3, 1, 4326)),
          (3, 'A', 'A', st_makeenvelope(1, 0, 2, 2, 4326)),
          (4, 'A', 'A', st_makeenvelope(1, 0, 2, 2, 4326)),
          (5, 'R', 'R', 'SRID=4326;POLYGON((10 0, 16 0, 16 6, 10 6, 10 0), (12 2, 12 4, 14 4, 14 2, 12 2))'),
          (6, 'R', 'R', 'SRID=4326;POLYGON((12 2, 14 2, 14 4, 12 4, 12 2))'),
          (7, null, 'nowhere', st_makeenvelope(20, 0, 21, 1, 4326)),
          (8, null, 'nowhere', st_makeenvelope(21, 0, 22, 1, 4326));
        create table c(code text, n int); insert into c values ('A', 1), ('B', 2), ('R', 3);`,
      maps: `
regions:
  half: { table: public.half, geometry: geom, code: code, name: name }
choropleths:
  h: { regions: half, cube: { view: public.c, region: code }, metrics: { n: { sum: n } } }
`,
    });
    const { body } = await own.api.get('/gis/choropleth/h');
    const { features } = body as { features: { geometry: Polygon; properties: { code: string } }[] };
    assert.deepEqual(
      features.map(({ properties }) => properties.code),
      ['A', 'B', 'R', '', ''],
    );
    const [a, , r] = features;
    assert.deepEqual(
      features.map(({ geometry }) => [geometry.type, geometry.coordinates.length]),
      features.map(() => ['Polygon', 1]),
    );
    const square = (west: number, east: number, north: number): Polygon => ({
      type: 'Polygon',
      coordinates: [
        [
          [west, 0],
          [east, 0],
          [east, north],
          [west, north],
          [west, 0],
        ],
      ],
    });
    for (const [found, expected] of [
      [a, square(0, 2, 2)],
      [r, square(10, 16, 6)],
    ] as const) {
      assert.ok(Math.abs(ellipsoidArea(found!.geometry) / ellipsoidArea(expected) - 1) < 1e-3);
    }
    const lisa = await own.api.get('/gis/choropleth/h/moran.json');
    assert.equal(lisa.status, 200);
  });
});

once('Rows of a cube whose code no region has', () => {
  before(open);
  const EXPECTED =
    /^3 of 6 rows of the cube \(6,000 of 6,200 n\) .* no region of is has their code, such as “X” and “a ”; 1 of them has none \(NULL\)\. upper\(trim\(code\)\) would match 1 of 2 codes: “a ” becomes “A”\.$/;

  it('are warned of with their number, sum, two examples and what would match', async () => {
    for (const level of ['is', 'ist']) {
      const found = warning(await values(server, 'unm', { level }), 'unmatched_codes') as unknown as {
        message: string;
        details: Record<string, unknown>;
      };
      assert.match(found.message, EXPECTED);
      assert.deepEqual(found.details, {
        rows: 3,
        ofRows: 6,
        nulls: 1,
        codes: 2,
        column: 'n',
        sum: 6000,
        of: 6200,
        examples: ['X', 'a '],
        transformation: { expression: 'upper(trim(code))', codes: 1, from: 'a ', to: 'A' },
      });
    }
    assert.equal(warning(await values(server, 'isl'), 'unmatched_codes'), undefined);
  });

  it('stand in /health, whether anybody asked for the map or not', async () => {
    const own = await newServer({ sql: SQL, maps: MAPS });
    const codes = await eventually(async () => {
      const { body, status } = await own.api.get('/health');
      assert.equal(status, 200);
      const { checks } = body as {
        checks: { codes: { status: string; warnings?: Record<string, string>[] } };
      };
      return checks.codes.warnings && checks.codes;
    });
    assert.equal(codes.warnings!.length, 1);
    assert.equal(codes.status, 'ok');
    assert.equal(codes.warnings![0]!.choropleth, 'unm');
    assert.match(codes.warnings![0]!.message!, EXPECTED);
  });

  it('are counted anew when the data change', async () => {
    const own = await newServer({
      sql: `${SQL} create table loose(code text, n int); insert into loose values ('A', 1), ('X', 2);`,
      maps: `${MAPS}  loose: { regions: is, cube: { view: public.loose, region: code }, metrics: { n: { sum: n } } }\n`,
    });
    await own.run(`select chorograph.track('loose')`);
    await own.run(`update loose set n = n`);
    assert.match(
      warning(await values(own, 'loose'), 'unmatched_codes')!.message,
      /^1 of 2 rows .*\(2 of 3 n\)/,
    );
    await own.run(`delete from loose where code = 'X'`);
    await eventuallyPasses(async () =>
      assert.equal(warning(await values(own, 'loose'), 'unmatched_codes'), undefined),
    );
  });

  it('of which single counts are protected tell no sum', async () => {
    const own = await newServer({
      sql: SQL,
      maps: `${MAPS}  guarded:
    { regions: is, cube: { view: public.c_unm, region: code }, metrics: { n: { sum: n } }, suppress: { below: 5 } }\n`,
    });
    const found = warning(await values(own, 'guarded'), 'unmatched_codes')!;
    assert.match(found.message, /^3 of 6 rows of the cube are on no map/);
    assert.ok(!('sum' in (found as unknown as { details: object }).details));
  });

  it('are told of with regions that lie in no region above', async () => {
    const own = await newServer({ sql: `${SQL} update isl set st = 'S9' where code = 'C';`, maps: MAPS });
    assert.match(
      warning(await values(own, 'isl', { level: 'ist' }), 'unmatched_parents')!.message,
      /^1 regions of is lie in regions that ist does not have, such as “C” in “S9”/,
    );
  });
});

once('A published figure with dimensions', () => {
  before(open);
  it('is shown for the latest period and the first value of any other dimension', async () => {
    const { parameters, rows } = await values(server, 'rates');
    assert.deepEqual([parameters.yr, parameters.sex], ['2022', 'f']);
    assert.deepEqual(
      rows.map(({ value }) => value),
      [3.5, 5, 6.5, 8, 9.5],
    );
    const again = await values(server, 'rates', parameters);
    assert.deepEqual([again.rows, again.version], [rows, (await values(server, 'rates')).version]);
    const other = await values(server, 'rates', { yr: '2020' });
    assert.deepEqual([other.parameters.yr, other.parameters.sex], ['2020', 'f']);
  });

  it('has every form without parameters', async () => {
    const style = (await get('/gis/choropleth/rates/style.json')) as {
      sources: { choropleth: { tiles: string[] } };
    };
    assert.match(style.sources.choropleth.tiles[0]!, /yr=2022/);
    for (const form of [
      '',
      '/classes.json',
      '/tiles.json',
      '/legend.svg',
      '/map.svg',
      '/table.html',
      '/stats.json',
    ]) {
      const { status } = await server.api.get(`/gis/choropleth/rates${form}`);
      assert.equal(status, 200, form);
    }
    const layer = (await tile('/gis/choropleth/rates/tiles/4/8/7.mvt')).layers['rates']!;
    assert.equal(layer.feature(0).properties.value, 3.5);
    const shared = await values(server, 'rates', { breaks: 'pooled' });
    assert.equal(shared.parameters.breaks, 'pooled');
  });

  it('refuses several values, and leaves counts as they are', async () => {
    const { status, body } = await server.api.get('/gis/choropleth/rates/values.json?yr=2020,2021');
    assert.deepEqual([status, (body as { code: string }).code], [400, 'rollup_refused']);
    const counts = await values(server, 'rates', { metric: 'n' });
    assert.equal(counts.parameters.yr, undefined);
    assert.equal(counts.byCode.get('c1')!.value, 6);
  });

  it('is held against counts of the same period', async () => {
    const { parameters, rows } = (await get('/gis/choropleth/rates/bivariate.json', { vars: 'v,n' })) as {
      parameters: Record<string, string>;
      rows: unknown[][];
    };
    assert.deepEqual([parameters.yr, parameters.sex], ['2022', 'f']);
    assert.deepEqual(rows[0]!.slice(3, 5), [3.5, 1]);
  });

  it('follows to a new period as soon as there is one', async () => {
    const own = await newServer({ sql: SQL, maps: MAPS });
    await own.run(`select chorograph.track('rcube')`);
    await own.run(`insert into rcube select code, 2023, sex, v, n from rcube where yr = 2022`);
    await eventuallyPasses(async () => assert.equal((await values(own, 'rates')).parameters.yr, '2023'));
  });
});

once('A metric of two values', () => {
  before(open);
  it('has two classes, of 24 and 25 regions', async () => {
    const { classification, parameters } = await values(server, 'two');
    assert.deepEqual([parameters.method, parameters.classes], ['quantile', '5']);
    assert.deepEqual(classification.counts, [24, 25]);
  });
});
