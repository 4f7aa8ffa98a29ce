import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { Feature, Position } from 'geojson';
import { bytesOf } from '../support/decode.ts';
import { eventuallyPasses } from '../support/eventually.ts';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';

const TABLES = `
  create table field (id int primary key, name text, size numeric, open boolean, code text, geom geometry(polygon, 4326));
  insert into field select i, 'field ' || i, i + 0.5, i % 2 = 0, case when i < 3 then 'c' || i end,
      st_difference(st_makeenvelope(i, 1, i + 0.9, 2, 4326), st_makeenvelope(i + 0.2, 1.2, i + 0.4, 1.4, 4326))
    from generate_series(1, 40) i;
  create table place (id int primary key, kind text, geom geometry(point, 4326));
  insert into place select i, 'k' || i % 3, st_setsrid(st_point(i % 60, i / 60), 4326) from generate_series(1, 3000) i;
  create table way (id int primary key, geom geometry(linestring, 4326));
  insert into way values (1, 'SRID=4326;LINESTRING(0 0, 40 20)');
  create table area (code text primary key, name text, geom geometry(polygon, 4326));
  insert into area select 'A' || i, 'Area ' || i, st_makeenvelope(i, 0, i + 1, 1, 4326) from generate_series(0, 3) i;
  create materialized view mv_visits as select code, ascii(right(code, 1)) as n from area;
  create unique index on mv_visits (code);`;
const MAPS = `
regions:
  areas: { table: public.area, geometry: geom, code: code, name: name }
choropleths:
  visits:
    regions: areas
    cube: { view: public.mv_visits, region: code }
    metrics: { n: { sum: n, label: Visits } }
`;

interface Opened {
  tile: object;
  type: string;
  bytes: { identity: number; gzip: number; br: number };
  truncated: boolean;
  features: number;
  shown: number;
  layers: {
    name: string;
    version: number;
    extent: number;
    features: number;
    geometries: Record<string, number>;
    attributes: { name: string; types: string[]; features: number }[];
    shown: number;
    collection: { type: string; features: Feature[] };
  }[];
}

describe('what a tile holds, as JSON', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLES, maps: MAPS, environment: { CHOROGRAPH_CHANGE_POLL_S: '1' } });
  });

  const open = async (path: string): Promise<Opened> =>
    (
      await server.api
        .get(`/${path}.json`)
        .expect(200)
        .expect('Content-Type', /^application\/json/)
    ).body as Opened;
  const bytes = async (path: string, encoding = 'identity'): Promise<number> => {
    const head = await server.api.head(`/${path}.mvt`).set('Accept-Encoding', encoding);
    return Number(head.headers['content-length']);
  };

  for (const path of [
    'tiles/field/0/0/0',
    'tiles/place/5/17/15',
    'tiles/way/3/4/3',
    'tiles/field,way,place/4/8/7',
    'gis/choropleth/visits/tiles/6/32/31',
  ])
    it(`is what decoding ${path} gives`, async () => {
      const tile = (await bytesOf(server.api.get(`/${path}.mvt`).expect(200))).body as Buffer;
      const decoded = new VectorTile(new PbfReader(tile)).layers;
      const opened = await open(path);
      const [z = 0, x = 0, y = 0] = path.split('/').slice(-3).map(Number);
      assert.deepEqual(opened.tile, { z, x, y });
      assert.equal(opened.type, 'application/vnd.mapbox-vector-tile');
      assert.equal(opened.truncated, false);
      assert.deepEqual(opened.bytes, {
        identity: tile.length,
        gzip: await bytes(path, 'gzip'),
        br: await bytes(path, 'br'),
      });
      assert.deepEqual(
        opened.layers.map(({ name, version, extent, features }) => [name, version, extent, features]),
        Object.values(decoded).map(({ name, version, extent, length }) => [name, version, extent, length]),
      );
      for (const { name, shown, collection, geometries, attributes, extent } of opened.layers) {
        const layer = decoded[name]!;
        assert.equal(shown, layer.length);
        const step = 360 / 2 ** z / extent;
        const kinds: Record<string, number> = {};
        const counts: Record<string, number> = {};
        for (let i = 0; i < layer.length; i++) {
          const feature = layer.feature(i);
          const kind = ['Unknown', 'Point', 'LineString', 'Polygon'][feature.type]!;
          kinds[kind] = (kinds[kind] ?? 0) + 1;
          for (const key of Object.keys(feature.properties)) counts[key] = (counts[key] ?? 0) + 1;
          sameFeature(collection.features[i]!, feature.toGeoJSON(x, y, z), step / 100);
        }
        assert.deepEqual(geometries, kinds);
        assert.deepEqual(Object.fromEntries(attributes.map((one) => [one.name, one.features])), counts);
      }
    });

  it('tells the types of attributes, and those that only some features have', async () => {
    const { layers } = await open('tiles/field/0/0/0');
    assert.deepEqual(
      layers[0]?.attributes,
      [
        { name: 'name', types: ['string'], features: 40 },
        { name: 'size', types: ['number'], features: 40 },
        { name: 'open', types: ['boolean'], features: 40 },
        { name: 'code', types: ['string'], features: 2 },
      ].sort((a, b) => order(layers, a.name) - order(layers, b.name)),
    );
    const some = await open('tiles/field/0/0/0');
    assert.deepEqual(some, await open('tiles/field/0/0/0'));
  });

  it('counts all features and shows no more than are asked for, of all layers together', async () => {
    const all = await open('tiles/place/0/0/0');
    assert.deepEqual(
      [all.features, all.shown, all.layers[0]?.collection.features.length],
      [3000, 1000, 1000],
    );
    const two = (await server.api.get('/tiles/way,place/0/0/0.json?limit=2').expect(200)).body as Opened;
    assert.deepEqual(
      two.layers.map(({ features, shown }) => [features, shown]),
      [
        [1, 1],
        [3000, 1],
      ],
    );
    const none = (await server.api.get('/tiles/place/0/0/0.json?limit=0').expect(200)).body as Opened;
    assert.deepEqual([none.features, none.shown, none.bytes], [3000, 0, all.bytes]);
  });

  it('takes the parameters of the tile, and an empty tile has no layers', async () => {
    const path = '/tiles/place/0/0/0.json?kind=k1&columns=kind';
    assert.equal(((await server.api.get(path).expect(200)).body as Opened).features, 1000);
    const empty = await open('tiles/place/5/0/0');
    assert.deepEqual([empty.features, empty.layers, empty.bytes], [0, [], { identity: 0, gzip: 0, br: 0 }]);
  });

  it('is kept and asked for again as the tile is', async () => {
    const tileJson = await server.api.get('/tiles/field.json').expect(200);
    const { tiles } = tileJson.body as { tiles: string[] };
    const g = new URL(tiles[0]!).searchParams.get('g');
    const url = `/tiles/field/1/1/0.json`;
    const first = await server.api.get(url).expect(200);
    assert.match(first.headers['cache-control'] ?? '', /max-age=10/);
    await server.api.get(url).set('If-None-Match', first.headers.etag!).expect(304);
    const other = await server.api
      .get(`${url}?limit=1`)
      .set('If-None-Match', first.headers.etag!)
      .expect(200);
    assert.notEqual(other.headers.etag, first.headers.etag);
    const fixed = await server.api.get(`${url}?g=${g}`).expect(200);
    assert.match(fixed.headers['cache-control'] ?? '', /immutable/);
    // Another row is another tile; the hot path of the tile is not in the way.
    await server.api.get('/tiles/field/1/1/0.mvt').expect(200);
    await server.run(`select chorograph.track('field')`);
    await server.run(
      `insert into field values (99, 'new', 1, true, null, st_makeenvelope(70, 1, 71, 2, 4326))`,
    );
    await eventuallyPasses(async () => {
      const next = await server.api.get(url).set('If-None-Match', first.headers.etag!).expect(200);
      assert.equal((next.body as Opened).features, 41);
    });
  });

  it('is refused as the tile is', async () => {
    for (const [path, status, code] of [
      ['tiles/nobody/0/0/0', 404, 'layer_not_found'],
      ['tiles/field/3/9/0', 400, 'tile_out_of_range'],
      ['tiles/field/x/0/0', 400, 'invalid_parameter'],
      ['tiles/field/0/0/0.json?nothing=1&x', 400, 'unknown_parameter'],
      ['tiles/field/0/0/0.json?limit=1001', 400, 'invalid_parameter'],
      ['tiles/field/0/0/0.json?columns=nothing', 400, 'invalid_parameter'],
      ['gis/choropleth/nobody/tiles/0/0/0', 404, 'choropleth_not_found'],
      ['gis/choropleth/visits/tiles/0/1/0', 400, 'tile_out_of_range'],
    ] as const) {
      const answer = await server.api.get(`/${path.includes('?') ? path : `${path}.json`}`);
      assert.deepEqual([answer.status, (answer.body as { code: string }).code], [status, code], path);
    }
  });
});

onPostgres('what the tile of a function holds, as JSON', () => {
  const bytea = (value: Buffer): string => `decode('${value.toString('hex')}', 'hex')`;
  const makes = (name: string, value: Buffer): string =>
    `create function ${name}(z int, x int, y int) returns bytea immutable language sql as $$ select ${bytea(value)} $$;`;

  it('are its layers; of a picture its type; what cannot be read is refused', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000', 'hex');
    // A layer whose feature has a command that there is not.
    const broken = Buffer.from('1a1278020a0161' + '1207180122030f0204' + '2880', 'hex');
    const server = await newServer({
      sql: `${makes('picture', png)} ${makes('broken', broken)}
        create function mixed(z int, x int, y int) returns bytea stable language sql as $$
          select st_asmvt(q, 'inner', 4096, 'geom') from (select 1 as a, st_makepoint(2048, 2048) as geom) q $$;`,
    });
    const opened = (await server.api.get('/tiles/mixed/2/1/1.json').expect(200)).body as Opened;
    assert.deepEqual(
      opened.layers.map(({ name, features }) => [name, features]),
      [['inner', 1]],
    );
    assert.deepEqual(opened.layers[0]?.collection.features[0]?.geometry, {
      type: 'Point',
      coordinates: [-45, 40.9799],
    });
    const picture = (await server.api.get('/tiles/picture/2/1/1.json').expect(200)).body as Opened;
    assert.deepEqual([picture.type, picture.bytes.identity, picture.layers], ['image/png', png.length, []]);
    const refused = await server.api.get('/tiles/broken/2/1/1.json').expect(502);
    assert.equal((refused.body as { code: string }).code, 'layer_query_failed');
  });
});

/** The place of an attribute in what was answered. */
const order = (layers: Opened['layers'], name: string): number =>
  layers[0]!.attributes.findIndex((attribute) => attribute.name === name);

/** Equal but for what lies within `tolerance` degrees. */
function sameFeature(actual: Feature, expected: Feature, tolerance: number): void {
  assert.equal(actual.id, expected.id);
  assert.deepEqual(actual.properties, { ...expected.properties });
  assert.equal(actual.geometry.type, expected.geometry.type);
  if (!('coordinates' in actual.geometry) || !('coordinates' in expected.geometry))
    assert.fail('no coordinates');
  const [ours, theirs] = [actual, expected].map(
    ({ geometry }) =>
      ((geometry as { coordinates: Position[] }).coordinates as unknown[]).flat(4) as number[],
  );
  assert.equal(ours?.length, theirs?.length);
  for (const [i, value] of (theirs ?? []).entries())
    assert.ok(Math.abs(value - ours![i]!) <= tolerance, `${ours![i]} is not ${value}`);
}
