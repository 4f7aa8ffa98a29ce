import assert from 'node:assert/strict';
import { newServer, type TestServer } from '../../support/environment.ts';
import type { TileJson as AnyTileJson } from '../../../server/http/answers/tile.ts';

type TileJson = Required<AnyTileJson>;

const TABLES = `
  create table places (id int primary key, name text, size numeric, geom geometry(point, 4326));
  insert into places values (1, 'a', 1, 'SRID=4326;POINT(-10.5 40)'), (2, 'b', 2, 'SRID=4326;POINT(30 -20.25)');
  comment on table places is 'Places of the "world"';
  comment on column places.name is 'What people call it';
  create table pacific (id uuid primary key, geom geometry(polygon, 4326));
  insert into pacific values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', st_makeenvelope(170, -10, 190, 10, 4326));
  create table poles (id int primary key, geom geometry(polygon, 4326));
  insert into poles values (1, st_makeenvelope(-180, -90, 180, 90, 4326));
  create table british (id int primary key, geom geometry(polygon, 27700));
  insert into british values (1, st_makeenvelope(0, 0, 700000, 1300000, 27700));
  create table nothing (id int primary key, geom geometry(polygon, 4326));
  create table "a b/c" (id int primary key, geom geometry(point, 4326));
  create table kinds (id int primary key, whole smallint, large bigint, exact numeric, floating real, truth boolean,
    words text, day date, at timestamptz, tags text[], doc jsonb, token uuid, geom geometry(point, 4326));
  insert into kinds values (1, 2, 3, 4.5, 5.5, true, 'a', '2026-01-01', now(), '{x}', '{}', gen_random_uuid(), 'SRID=4326;POINT(1 2)');
  create table many (id int primary key, geom geometry(point, 4326));
  insert into many select i, st_setsrid(st_point(i % 180, i % 80), 4326) from generate_series(1, 120000) i;
  insert into many values (0, 'SRID=4326;POINT(-144.7 13.4)');
  create table alone (id int primary key, geom geometry(point, 4326));
  insert into alone values (1, 'SRID=4326;POINT(10.1 50.3)');
  create table at_edges (id int primary key, geom geometry(point, 4326));
  insert into at_edges values (1, 'SRID=4326;POINT(0 0)');
  create table finest (id int primary key, geom geometry(point, 4326));
  insert into finest values (1, 'SRID=4326;POINT(10.00000001 50.00000009)'), (2, 'SRID=4326;POINT(11.00000001 51.00000009)'),
    (3, st_setsrid(st_makepoint('NaN', 5), 4326)), (4, st_setsrid(st_makepoint('Infinity', 5), 4326));
`;
const MAPS = `
layers:
  named-places: { table: places, title: Places, description: From the file, minzoom: 3, maxzoom: 9, attribution: '© Us' }
  slashed: { table: 'public.a b/c' }
  nothing: { table: british, attribution: '<a href="https://example.org">Them</a>' }
  kinds: { table: kinds, attribution: '© Us' }
`;

/** What the specification asks of a document (TileJSON 3.0.0, section 3). */
function assertValid(document: TileJson): void {
  assert.equal(document.tilejson, '3.0.0');
  assert.ok(document.tiles.length > 0 && document.tiles.every((url) => /\{z\}.*\{x\}.*\{y\}/.test(url)));
  const [west, south, east, north] = document.bounds;
  assert.ok(west >= -180 && west <= east && east <= 180, `bounds ${document.bounds.join()}`);
  assert.ok(south >= -90 && south <= north && north <= 90, `bounds ${document.bounds.join()}`);
  const [longitude, latitude, zoom] = document.center;
  assert.ok(longitude >= west && longitude <= east && latitude >= south && latitude <= north);
  assert.ok(zoom >= document.minzoom && zoom <= document.maxzoom, `center zoom ${zoom}`);
  for (const value of [document.minzoom, document.maxzoom])
    assert.ok(Number.isInteger(value) && value >= 0 && value <= 30);
  assert.ok(document.minzoom <= document.maxzoom);
  assert.match(document.version, /^\d+\.\d+\.\d+$/);
  assert.ok(document.vector_layers.length > 0);
  for (const layer of document.vector_layers) {
    assert.equal(typeof layer.id, 'string');
    assert.ok(Object.values(layer.fields).every((field) => typeof field === 'string'));
    assert.ok(layer.minzoom >= document.minzoom && layer.maxzoom <= document.maxzoom);
  }
}

describe('TileJSON', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLES, maps: MAPS });
    await server.run('analyze many');
    await server.ctx.catalog.reload();
  });
  const document = async (ids: string): Promise<TileJson> => {
    const { body } = await server.api
      .get(`/tiles/${ids}.json`)
      .expect(200)
      .expect('Content-Type', /^application\/json/);
    assertValid(body as TileJson);
    return body as TileJson;
  };

  it('describes a layer: bounds, zooms, fields with their types and comments', async () => {
    const { tiles, ...others } = await document('named-places');
    assert.match(
      tiles[0] ?? '',
      /^http:\/\/127\.0\.0\.1:\d+\/tiles\/named-places\/\{z\}\/\{x\}\/\{y\}\.mvt\?g=\w+/,
    );
    assert.deepEqual(others, {
      tilejson: '3.0.0',
      name: 'Places',
      description: 'From the file',
      attribution: '© Us',
      version: '1.0.0',
      scheme: 'xyz',
      bounds: [-10.5, -20.25, 30, 40],
      center: [9.75, 9.875, 3],
      minzoom: 3,
      maxzoom: 9,
      vector_layers: [
        {
          id: 'named-places',
          description: 'From the file',
          minzoom: 3,
          maxzoom: 9,
          fields: { name: 'String', size: 'Number' },
          descriptions: { name: 'text: What people call it', size: 'numeric' },
        },
      ],
    });
  });

  it('keeps a layer reachable by the name it has in the database', async () => {
    assert.deepEqual((await document('places')).vector_layers[0]?.id, 'named-places');
  });

  it('has a key that cannot be the feature id as a field', async () => {
    assert.deepEqual((await document('pacific')).vector_layers[0]?.descriptions, { id: 'uuid' });
  });

  it('names the types of fields as GDAL and others know them', async () => {
    const { fields } = (await document('kinds')).vector_layers[0]!;
    const [numbers, texts] = [
      ['whole', 'large', 'exact', 'floating'],
      ['words', 'day', 'at', 'tags', 'doc', 'token'],
    ];
    assert.deepEqual(fields, {
      ...Object.fromEntries(numbers.map((name) => [name, 'Number'])),
      truth: 'Boolean',
      ...Object.fromEntries(texts.map((name) => [name, 'String'])),
    });
  });

  it('names everybody whose data it has, once', async () => {
    assert.equal(
      (await document('places,kinds,nothing')).attribution,
      '© Us, <a href="https://example.org">Them</a>',
    );
    assert.ok(!('attribution' in (await document('pacific'))));
  });

  it('unites several layers', async () => {
    const both = await document('named-places,pacific');
    assert.deepEqual(both.bounds, [-180, -20.25, 180, 40]);
    assert.deepEqual([both.minzoom, both.maxzoom], [0, 14]);
    assert.deepEqual(
      both.vector_layers.map(({ id, minzoom, maxzoom }) => [id, minzoom, maxzoom]),
      [
        ['named-places', 3, 9],
        ['pacific', 0, 14],
      ],
    );
    assert.match(both.tiles[0] ?? '', /\/tiles\/named-places,pacific\/\{z\}/);
  });

  it('keeps bounds within the tiled world', async () => {
    assert.deepEqual((await document('poles')).bounds, [-180, -85.051129, 180, 85.051129]);
    assert.deepEqual((await document('pacific')).bounds, [-180, -10, 180, 10]);
  });

  it('brings bounds of other systems into degrees', async () => {
    const [west, south, east, north] = (await document('nothing')).bounds;
    assert.ok(west < -7.5 && west > -12 && east > 1.7 && east < 4, `${west} ${east}`);
    assert.ok(south > 49 && south < 50 && north > 61 && north < 62, `${south} ${north}`);
  });

  it('names the world as bounds of what has none', async () => {
    assert.deepEqual(
      (await document('public.nothing')).bounds,
      [-180, -85.0511287798066, 180, 85.0511287798066],
    );
  });

  it('has exact bounds of a large table, outliers included', async () => {
    assert.deepEqual((await document('many')).bounds, [-144.7, -0.000001, 179, 79]);
  });

  it('has bounds of one place that clients ask the tile of', async () => {
    assert.deepEqual((await document('alone')).bounds, [10.1, 50.3, 10.1, 50.3]);
    // Where four tiles meet, the one in the south-east draws it.
    assert.deepEqual((await document('at_edges')).bounds, [0, -0.000001, 0.000001, 0]);
  });

  it('never has bounds that are too small', async () => {
    assert.deepEqual((await document('finest')).bounds, [10, 50, 11.000001, 51.000001]);
  });

  it('of a layer that maps.yaml gives an id in a URL, whatever its name', async () => {
    await document('slashed');
  });

  it('that does not exist is 404', async () => {
    await server.api.get('/tiles/nope.json').expect(404);
    await server.api.get('/tiles/places,nope.json').expect(404);
    await server.api.get('/tiles/places.json?x=1').expect(400);
  });
});
