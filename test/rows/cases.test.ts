import assert from 'node:assert/strict';
import type { FeatureCollection, Geometry } from 'geojson';
import { backend, newServer, onPostgres, serve, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { eventually, eventuallyPasses } from '../support/eventually.ts';

const TABLES = `
  create table surfaces (id int primary key, geom geometry(MultiSurface, 4326));
  insert into surfaces values (1, 'SRID=4326;MULTISURFACE(((10 50,11 50,11 51,10 51,10 50)))');
  create table curve_polygons (id int primary key, geom geometry(CurvePolygon, 25832));
  insert into curve_polygons values
    (1, 'SRID=25832;CURVEPOLYGON((500000 5500000,510000 5500000,510000 5510000,500000 5510000,500000 5500000))');
  create table mixed (id int primary key, geom geometry(Geometry, 4326));
  insert into mixed values (1, 'SRID=4326;MULTISURFACE(((10 50,11 50,11 51,10 51,10 50)))'),
    (2, 'SRID=4326;POLYGON((14 50,15 50,15 51,14 51,14 50))');
  create table nowhere (id int primary key, n text, geom geometry(Point, 4326));
  insert into nowhere values (1, 'ok', st_setsrid(st_point(10, 50), 4326)),
    (2, 'nan', st_setsrid(st_makepoint('NaN', 'NaN'), 4326)),
    (3, 'far', st_setsrid(st_makepoint('-Infinity', 5), 4326));
  create table nested as select 2 as id,
    'SRID=4326;GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(12 50)),POINT(13 50))'::geometry(GeometryCollection, 4326) geom;
  create table json_nul (id int primary key, j json, geom geometry(Point, 4326));
  insert into json_nul values (1, '{"a":"x"}', 'SRID=4326;POINT(10 50)'), (2, E'{"a":"x\\\\u0000y"}', 'SRID=4326;POINT(11 50)');
  create table dates (id int primary key, d date, t timestamp, tz timestamptz, geom geometry(Point, 4326));
  insert into dates values
    (1, '0044-03-15 BC', '0044-03-15 12:00 BC', '0044-03-15 12:00+00 BC', 'SRID=4326;POINT(10 50)'),
    (2, 'infinity', 'infinity', '-infinity', 'SRID=4326;POINT(11 50)'),
    (3, '0001-12-31 BC', '0001-12-31 23:59:59.999 BC', '0001-01-01 00:00+00', 'SRID=4326;POINT(12 50)'),
    (4, '0044-03-15', '12345-01-01 00:00', '0044-03-15 12:00+00', 'SRID=4326;POINT(13 50)');
  create table lost (code text, part int, geom geometry(Point, 27700), primary key (code, part));
  insert into lost values ('a', 1, 'SRID=27700;POINT(530000 180000)'), ('b', 2, 'SRID=27700;POINT(1e9 1e9)');
  create table many_lost (geom geometry(Point, 27700));
  insert into many_lost select st_setsrid(st_point(1e9 + i * 1000, 1e9), 27700) from generate_series(1, 1001) i;
  create table parts (id int primary key, geom geometry(Geometry, 4326));
  insert into parts values (1, 'SRID=4326;GEOMETRYCOLLECTION(POINT EMPTY, POINT(10 50))'),
    (2, 'SRID=4326;MULTIPOLYGON(EMPTY, ((10 50,11 50,11 51,10 51,10 50)))'),
    (3, 'SRID=4326;MULTIPOINT(EMPTY, 10 50)');
`;

interface Listed {
  id: string;
  rowsLeftOut?: { count: number; rows: { key: unknown; reason: string }[] };
}

describe('a row that is odd', () => {
  let servers: TestServer[];
  before(async () => {
    const memory = await newServer({ sql: TABLES, environment: { CHOROGRAPH_CHANGE_POLL_S: '1' } });
    servers = [memory];
    if (backend === 'postgres')
      servers.push(await serve({ ...memory.environment, CHOROGRAPH_MEMORY_VERTICES: '0' }));
  });

  /** What both engines draw (ids, or all there is of a layer without any) and what the features say. */
  async function shown(
    layer: string,
    query = '',
  ): Promise<{ tile: object[]; geojson: FeatureCollection['features'] }> {
    const tiles: object[][] = [];
    for (const { api } of servers) {
      const { body, status } = await bytesOf(api.get(`/tiles/${layer}/0/0/0.mvt${query}`));
      assert.ok(status === 200 || status === 204, `${layer}: ${status} ${String(body)}`);
      tiles.push(
        featuresOf(body as Buffer, layer).map(({ id, type, properties }) => ({
          id,
          type,
          properties: { ...properties },
        })),
      );
    }
    if (tiles.length === 2) assert.deepEqual(tiles[0], tiles[1]);
    const { text } = await (servers[0] as TestServer).api.get(`/features/${layer}${query}`).expect(200);
    return { tile: tiles[0] ?? [], geojson: (JSON.parse(text) as FeatureCollection).features };
  }

  const geometries = (features: readonly { geometry: Geometry | null }[]): (string | undefined)[] =>
    features.map(({ geometry }) => geometry?.type);

  async function listed({ api }: TestServer, layer: string): Promise<Listed | undefined> {
    const { body } = await api.get('/tiles').expect(200);
    return (body as { layers: Listed[] }).layers.find(({ id }) => id === layer);
  }

  it('of a curve type without arcs is drawn as what it is', async () => {
    for (const [layer, count] of [
      ['surfaces', 1],
      ['curve_polygons', 1],
      ['mixed', 2],
    ] as const) {
      const { tile, geojson } = await shown(layer);
      assert.deepEqual(
        tile.map((feature) => (feature as { type: number }).type),
        Array<number>(count).fill(3),
      );
      assert.ok(geometries(geojson).every((type) => /Polygon$/.test(type ?? '')));
    }
  });

  it('whose place is no number is left out, and named', async () => {
    const { tile, geojson } = await shown('nowhere');
    assert.deepEqual(tile, [{ id: 1, type: 1, properties: { n: 'ok' } }]);
    assert.deepEqual(geometries(geojson), ['Point', undefined, undefined]);
    for (const server of servers) {
      const { rowsLeftOut } = await eventually(async () => {
        const layer = await listed(server, 'nowhere');
        return layer?.rowsLeftOut && layer;
      });
      assert.deepEqual(rowsLeftOut, {
        count: 2,
        rows: [
          { key: '2', reason: 'not_finite' },
          { key: '3', reason: 'not_finite' },
        ],
      });
      const { body } = await server.api.get('/health').expect(200);
      const { rows } = (body as { checks: { rows: { leftOut: Record<string, object> } } }).checks;
      assert.deepEqual(rows.leftOut['nowhere'], rowsLeftOut);
    }
  });

  it('with a collection in a collection is drawn', async () => {
    const { tile, geojson } = await shown('nested');
    assert.equal(tile.length, 1);
    assert.deepEqual(geojson[0]?.geometry, {
      type: 'MultiPoint',
      coordinates: [
        [12, 50],
        [13, 50],
      ],
    });
  });

  it('with an escaped NUL in json has it', async () => {
    const { tile, geojson } = await shown('json_nul');
    assert.deepEqual(
      tile.map((feature) => (feature as { properties: object }).properties),
      [{ j: '{"a":"x"}' }, { j: '{"a":"x\\u0000y"}' }],
    );
    assert.deepEqual(
      geojson.map(({ properties }) => properties?.j as unknown),
      [{ a: 'x' }, { a: 'x\0y' }],
    );
  });

  it('with dates before 0001, or that never end, is shown and found by them', async () => {
    const { tile, geojson } = await shown('dates');
    const expected = [
      { d: '-0043-03-15', t: '-0043-03-15T12:00:00.000', tz: '-0043-03-15T12:00:00.000Z' },
      { d: 'infinity', t: 'infinity', tz: '-infinity' },
      { d: '0000-12-31', t: '0000-12-31T23:59:59.999', tz: '0001-01-01T00:00:00.000Z' },
      { d: '0044-03-15', t: '12345-01-01T00:00:00.000', tz: '0044-03-15T12:00:00.000Z' },
    ];
    assert.deepEqual(
      tile.map((feature) => (feature as { properties: object }).properties),
      expected,
    );
    assert.deepEqual(
      geojson.map(({ properties }) => ({ ...properties, id: undefined })),
      expected.map((row) => ({ ...row, id: undefined })),
    );
    for (const [i, { d }] of expected.entries()) {
      const found = await shown('dates', `?d=${d}`);
      assert.deepEqual(
        [found.tile, found.geojson].map((some) => some.map(({ id }: { id?: unknown }) => id)),
        [[i + 1], [i + 1]],
        d,
      );
    }
  });

  for (const value of [
    '-0000-01-01',
    '2023-02-29',
    '-0043-02-30',
    '00044-03-15',
    '5874898-01-01',
    'Infinity',
    '2024-1-1',
  ]) {
    it(`is not asked for by a date that is none: ${value}`, async () => {
      for (const { api } of servers)
        for (const path of ['/tiles/dates/0/0/0.mvt', '/features/dates'])
          await api.get(`${path}?d=${value}`).expect(400);
    });
  }

  it('that is outside of its SRID is left out, and named by its whole key', async () => {
    const { tile, geojson } = await shown('lost');
    assert.deepEqual(tile, [{ id: undefined, type: 1, properties: { code: 'a', part: 1 } }]);
    assert.deepEqual(geometries(geojson), ['Point', undefined]);
    await eventuallyPasses(async () => {
      for (const server of servers) {
        assert.deepEqual((await listed(server, 'lost'))?.rowsLeftOut, {
          count: 1,
          rows: [{ key: ['b', '2'], reason: 'outside_srid' }],
        });
      }
    });
    // A row that is put right is shown.
    const [first] = servers as [TestServer];
    await first.run(`update lost set geom = 'SRID=27700;POINT(540000 180000)' where part = 2`);
    await eventuallyPasses(async () => assert.equal((await shown('lost')).tile.length, 2));
    await eventuallyPasses(async () => {
      for (const server of servers) assert.equal((await listed(server, 'lost'))?.rowsLeftOut, undefined);
    });
  });

  it('makes the layer unservable only where a thousand others are like it', async () => {
    for (const { api } of servers) {
      const { body } = await api.get('/features/many_lost').expect(501);
      assert.equal((body as { reason: string }).reason, 'untransformable');
    }
  });

  it('loses the parts that are empty', async () => {
    const { tile, geojson } = await shown('parts');
    assert.equal(tile.length, 3);
    assert.deepEqual(
      geojson.map(({ geometry }) => JSON.stringify(geometry)),
      [
        '{"type":"MultiPoint","coordinates":[[10,50]]}',
        '{"type":"MultiPolygon","coordinates":[[[[10,50],[11,50],[11,51],[10,51],[10,50]]]]}',
        '{"type":"MultiPoint","coordinates":[[10,50]]}',
      ],
    );
  });
});

onPostgres('a column of citext', () => {
  it('is filtered whatever the case, by both engines and in features', async () => {
    const memory = await newServer({
      sql: `create schema extensions; create extension citext schema extensions;
        create table names (id int primary key, n extensions.citext, geom geometry(Point, 4326));
        insert into names values (1, 'Île', 'SRID=4326;POINT(10 50)'), (2, 'ÎLE', 'SRID=4326;POINT(11 50)'), (3, 'b', 'SRID=4326;POINT(11 50)')`,
    });
    const postgis = await serve({ ...memory.environment, CHOROGRAPH_MEMORY_VERTICES: '0' });
    for (const { api } of [memory, postgis]) {
      const { body } = await bytesOf(api.get('/tiles/names/0/0/0.mvt?n=%C3%AEle').expect(200));
      assert.deepEqual(
        featuresOf(body as Buffer, 'names').map(({ properties }) => ({ ...properties })),
        [{ n: 'Île' }, { n: 'ÎLE' }],
      );
      const { text } = await api.get('/features/names?n=%C3%AEle').expect(200);
      assert.equal((JSON.parse(text) as FeatureCollection).features.length, 2);
    }
  });
});
