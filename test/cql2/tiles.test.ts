import assert from 'node:assert/strict';
import { backend, newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { eventuallyPasses } from '../support/eventually.ts';

const TABLES = `
  create table towns (id int primary key, name text, people int, founded date, geom geometry(point, 4326));
  insert into towns select i, 'town ' || i % 7, i * 100, date '2000-01-01' + i, st_setsrid(st_point(i, i % 10), 4326)
    from generate_series(1, 60) i;
  insert into towns values (61, null, null, null, 'SRID=4326;POINT(-100 0)');
  create table plain as select name, people, geom from towns;
  create table roads (id int primary key, length int, geom geometry(linestring, 4326));
  insert into roads select i, i, st_setsrid(st_makeline(st_point(i, 0), st_point(i, 20)), 4326) from generate_series(1, 9) i;
  create table spots (id int primary key, kind text, size int, geom geometry(point, 4326));
  insert into spots select i, 'k' || i % 2, i, st_setsrid(st_point(i, 1), 4326) from generate_series(1, 40) i;
  create function public.picky(z int, x int, y int, filter text default 'none') returns bytea language sql immutable
    as $$ select case when filter = 'its own' then ''::bytea else 'none'::bytea end $$;
`;

/** Filters that memory evaluates, that the database is asked about, and both in one. */
const FILTERS = [
  'people > 3000 AND name IS NOT NULL',
  "name IN ('town 1', 'town 2') OR people IS NULL",
  "NOT (name LIKE '%3') AND people % 200 = 0",
  'S_INTERSECTS(geom, BBOX(5, 2, 30, 6))',
  "CASEI(name) = CASEI('TOWN 4') AND S_WITHIN(geom, POLYGON((0 -1, 40 -1, 40 11, 0 11, 0 -1)))",
  "T_AFTER(founded, DATE('2000-02-01')) OR S_EQUALS(geom, POINT(-100 0))",
  'FALSE',
];

describe('tiles filtered by CQL2', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({
      sql: TABLES,
      maps: 'layers: { spots: { table: spots, pyramid: { below: 8, countBy: kind } } }',
    });
  });

  const tile = async (of: TestServer, layers: string, query: Record<string, string>, layer = layers) => {
    const response = await bytesOf(of.api.get(`/tiles/${layers}/0/0/0.mvt`).query(query));
    assert.ok(
      response.status === 200 || response.status === 204,
      `${response.status} ${String(response.body)}`,
    );
    const body = response.status === 204 ? Buffer.alloc(0) : (response.body as Buffer);
    return featuresOf(body, layer);
  };
  const idsOf = async (of: TestServer, filter: string): Promise<unknown[]> =>
    (await tile(of, 'towns', { filter })).map(({ id }) => id).sort((a, b) => Number(a) - Number(b));
  const features = async (of: TestServer, filter: string): Promise<unknown[]> => {
    const { text } = await of.api.get('/features/towns').query({ filter, limit: '100' }).buffer(true);
    return (JSON.parse(text) as { features: { id: number }[] }).features.map(({ id }) => id);
  };

  it('hold the rows that features hold', async () => {
    for (const filter of FILTERS)
      assert.deepEqual(await idsOf(server, filter), await features(server, filter), filter);
    assert.equal((await idsOf(server, 'S_INTERSECTS(geom, BBOX(5, 2, 30, 6))')).length > 5, true);
  });

  onPostgres('made by PostGIS', () => {
    it('hold the same', async () => {
      const postgis = await newServer({ sql: TABLES, environment: { CHOROGRAPH_MEMORY_VERTICES: '0' } });
      for (const filter of FILTERS)
        assert.deepEqual(await idsOf(postgis, filter), await features(postgis, filter), filter);
    });
  });

  it('of a layer without a key are made by who can tell its rows apart', async () => {
    assert.equal((await tile(server, 'plain', { filter: 'people > 5500' })).length, 5);
    const spatial = { filter: 'S_INTERSECTS(geom, BBOX(-101, -1, -99, 1))' };
    if (backend === 'postgres') {
      assert.equal((await tile(server, 'plain', spatial)).length, 1);
      return;
    }
    const { body } = await server.api.get('/tiles/plain/0/0/0.mvt').query(spatial).expect(501);
    assert.equal((body as { reason: string }).reason, 'no_key');
  });

  it('are kept under one key for what says the same, and follow the data', async () => {
    const etag = async (filter: string): Promise<unknown> =>
      (await server.api.get('/tiles/towns/0/0/0.mvt').query({ filter }).expect(200)).headers.etag;
    const first = await etag('people > 3000 AND S_INTERSECTS(geom, BBOX(5, 0, 50, 9))');
    const { entries } = server.ctx.cache.stats();
    assert.equal(
      await etag('S_INTERSECTS(BBOX(5, 0, 50, 9), geom) AND people > 3e3 AND NOT NOT people > 3000'),
      first,
    );
    assert.equal(await etag('S_INTERSECTS(BBOX(5,0,50,9), geometry) and 3000 < people'), first);
    assert.equal(server.ctx.cache.stats().entries, entries);
    await server.run("select chorograph.track('towns')");
    await server.run('update towns set people = people + 100000 where id = 6');
    await eventuallyPasses(async () =>
      assert.notEqual(await etag('people > 3000 AND S_INTERSECTS(geom, BBOX(5, 0, 50, 9))'), first),
    );
    assert.deepEqual(await idsOf(server, 'people > 100000 AND S_INTERSECTS(geom, BBOX(5, 0, 50, 9))'), [6]);
  });

  it('of several layers filter those that have what it names', async () => {
    const both = async (layer: string) =>
      (await tile(server, 'towns,roads', { filter: 'length < 4' }, layer)).length;
    assert.deepEqual([await both('towns'), await both('roads')], [61, 3]);
    const { body } = await server.api
      .get('/tiles/towns,roads/0/0/0.mvt')
      .query({ filter: 'lenght < 4' })
      .expect(400);
    assert.equal((body as { code: string }).code, 'filter_invalid');
  });

  it('have their filter in the URL that TileJSON gives', async () => {
    const { body } = await server.api
      .get('/tiles/towns.json')
      .query({ filter: 'people BETWEEN 5900 AND 6000', 'filter-lang': 'cql2-text' })
      .expect(200);
    const [url = ''] = (body as { tiles: string[] }).tiles;
    const path = url.replace(server.url, '').replace('{z}/{x}/{y}', '0/0/0');
    const response = await bytesOf(server.api.get(path)).expect(200);
    assert.deepEqual(
      featuresOf(response.body as Buffer, 'towns')
        .map(({ id }) => id)
        .sort(),
      [59, 60],
    );
    await server.api.get('/tiles/towns.json').query({ filter: 'poeple > 1' }).expect(400);
  });

  it('are refused before any work where their filter is wrong', async () => {
    for (const query of [
      'filter=people',
      'filter=people%20%3E%201&filter=name%20%3D%20%27x%27',
      'filter-crs=x',
      'filter=id%3D1&filter-lang=sql',
    ])
      await server.api.get(`/tiles/towns/0/0/0.mvt?${query}`).expect(400);
  });

  it('of a layer with a pyramid are the points where they fit in a tile, as cells cannot answer', async () => {
    await server.ctx.pyramids.settled();
    const cells = await tile(server, 'spots', {});
    assert.ok(cells.every(({ properties }) => 'count' in properties));
    const points = await tile(server, 'spots', { filter: 'size BETWEEN 3 AND 5' });
    assert.deepEqual(points.map(({ id }) => id).sort(), [3, 4, 5]);
    const refused = server.api.get('/tiles/spots/0/0/0.mvt').query({ filter: 'size = 3', grid: 'hex' });
    assert.match(((await refused.expect(400)).body as { detail: string }).detail, /not by filter/);
  });

  it('of a function keep an argument that is called filter', async () => {
    await server.api.get('/tiles/picky/0/0/0.mvt').query({ filter: 'its own' }).expect(204);
    await server.api.get('/tiles/picky/0/0/0.mvt').query({ filter: 'another' }).expect(502);
  });
});
