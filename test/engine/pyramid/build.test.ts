import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { newServer, type TestServer } from '../../support/environment.ts';
import { coordOf, isOwn, placesByTile, tileFeatures, total } from './support.ts';

const BELOW = 6;

/** Places all over the world, crowded in two of its regions. */
const PLACES = Array.from({ length: 300 }, (_, i): [number, number] => {
  const [u, v] = [(i * 0.7548776662466927) % 1, (i * 0.5698402909980532) % 1];
  if (i % 6 === 0) return [round(-180 + 360 * u), round(-85 + 170 * v)];
  return i % 3 === 1 ? [round(106 + 3 * u), round(-7 + v)] : [round(179 + u), round(-17 + 2 * v)];
});
/** Corners of the world that have a tile. */
const EDGES: [number, number][] = [
  [-180, 0],
  [180, 10],
  [0, 85.0511],
  [0, -85.0511],
];
/** Rows that have none. */
const NOWHERE = [
  'null',
  `'POINT EMPTY'`,
  `'POINT(10 86)'`,
  `'POINT(10 -89)'`,
  `'POINT(0 90)'`,
  `'POINT(0 -90)'`,
  `'POINT(NaN 5)'`,
  `'POINT(5 NaN)'`,
];

const valuesOf = (places: readonly [number, number][]): string =>
  places.map(([lon, lat], i) => `(${i}, ${lon}, ${lat})`).join(', ');

const SQL = `
  create table places (id int primary key, geom geometry(Point, 4326), n int, weight real, amount numeric(12, 2), kind text);
  insert into places
    select i, st_setsrid(st_makepoint(lon, lat), 4326), case when i % 5 > 0 then i end,
      case when i % 7 = 0 then 'NaN' else i::real / 2 end, i * 1.25, (array['a', 'B c', null])[1 + i % 3]
    from (values ${valuesOf([...PLACES, ...EDGES])}) p (i, lon, lat);
  insert into places (id, geom, n, kind)
    select 100000 + i, st_setsrid(g::geometry, 4326), 1000000, 'nowhere'
    from unnest(array[${NOWHERE.join(', ')}]) with ordinality p (g, i);

  create table in_metres as select id, st_transform(geom, 3857) as geom from places where id < 100000 and st_y(geom) between -85 and 85;
  create table in_utm as select id, st_transform(geom, 32748) as geom from places where st_x(geom) between 102 and 110 and abs(st_y(geom)) < 20;
  create table on_globe as select id, geom::geography as geog from places where id < 100000;
  create table without_srid as select id, st_setsrid(geom, 0) as geom from places where id < 100000;
  create table several as select id, st_multi(geom)::geometry(MultiPoint, 4326) as geom from places where id < 100000;
  create view seen as select id, geom from places where kind = 'a';
  create table beyond as select id, st_setsrid(st_makepoint(st_x(geom) + 360, st_y(geom)), 4326) as geom from places where id between 1 and 99;
  create table many (id int, geom geometry(Point, 4326), kind int);
  insert into many select i, st_setsrid(st_makepoint(100 + i * 0.001, 1), 4326), i % 25 from generate_series(1, 500) i;
  insert into many select i, st_setsrid(st_makepoint(100, 1), 4326), 7 from generate_series(501, 600) i;
  create table nobody (id int, geom geometry(Point, 4326), kind text);
  create table here (id int, geom geometry(Point, 4326));
  insert into here select i, st_setsrid(st_makepoint(11.25, 48), 4326) from generate_series(1, 1000) i;
  create table lines (id int, geom geometry(LineString, 4326));`;

const simple = (name: string): string => `${name}: { table: ${name}, pyramid: { below: ${BELOW} } }`;
const MAPS = `layers:
  places: { table: places, pyramid: { below: ${BELOW}, sum: [n, weight, amount], countBy: kind } }
  many: { table: many, pyramid: { below: ${BELOW}, countBy: kind } }
  nobody: { table: nobody, pyramid: { below: ${BELOW}, countBy: kind } }
  broken: { table: here, geometry: geom, pyramid: { below: ${BELOW}, sum: [nope] } }
  lines: { table: lines, pyramid: { below: ${BELOW} } }
  ${['in_metres', 'in_utm', 'on_globe', 'without_srid', 'several', 'seen', 'beyond'].map(simple).join('\n  ')}`;

describe('build of a pyramid', () => {
  let server: TestServer;

  before(async function () {
    server = await newServer({ sql: SQL, maps: MAPS });
    await server.ctx.pyramids.settled();
  });

  /** Compares every tile of every zoom with the places themselves. */
  async function agrees(
    layer: string,
    places: readonly (readonly [number, number])[],
    zooms: readonly number[] = [0, 3, BELOW - 1],
  ): Promise<void> {
    for (const z of zooms) {
      let seen = 0;
      for (const [key, expected] of placesByTile(places, z)) {
        const cells = (await tileFeatures(server, layer, coordOf(key, z))).filter(isOwn);
        assert.equal(total(cells), expected, `tile ${z}/${key} of ${layer}`);
        seen += total(cells);
      }
      assert.equal(seen, places.length);
    }
  }

  it('counts every point in its tile at every zoom', () =>
    agrees('places', [...PLACES, ...EDGES], [0, 1, 2, 3, 4, 5]));

  it('leaves out rows that are in no tile and says how many', async () => {
    const listed = async (): Promise<Record<string, unknown>> => {
      const { body } = await server.api.get('/tiles').expect(200);
      const { layers } = body as { layers: { id: string; pyramid?: Record<string, unknown> }[] };
      return layers.find(({ id }) => id === 'places')!.pyramid!;
    };
    // PostgreSQL's counters arrive late, and the pyramid is built anew for what they tell.
    await eventually(async () => (await listed()).stale === false);
    const { builtAt, cells, ...rest } = await listed();
    assert.deepEqual(rest, {
      below: BELOW,
      stale: false,
      points: PLACES.length + EDGES.length,
      leftOut: NOWHERE.length,
    });
    assert.match(String(builtAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Number(cells) > 100);
  });

  it('adds columns up exactly, missing values apart', async () => {
    const [all] = await server.run<Record<string, number>>(
      `select sum(n)::float8 as sum_n, count(n) as n_n, sum(nullif(weight, 'NaN'))::float8 as sum_weight,
        count(nullif(weight, 'NaN')) as n_weight, sum(amount)::float8 as sum_amount, count(amount) as n_amount
       from places where id < 100000`,
    );
    for (const z of [0, 3, 5]) {
      const cells = await everyCell(z);
      for (const [property, expected] of Object.entries(all!)) {
        assert.ok(Math.abs(total(cells, property) - expected) < 1e-6, `${property} at zoom ${z}`);
      }
    }
    const some = (await everyCell(5)).filter(({ properties }) => Number(properties.n_n) > 1);
    assert.ok(some.length > 10);
    for (const { properties } of some) {
      const mean = Number(properties.sum_n) / Number(properties.n_n);
      assert.equal(properties.mean_n, Number(mean.toPrecision(6)));
    }
  });

  it('says nothing of a sum where no point has a value', async () => {
    const none = (await everyCell(5)).filter(({ properties }) => properties.n_n === 0);
    assert.ok(none.length > 0);
    for (const { properties } of none) {
      assert.ok(!('sum_n' in properties) && !('mean_n' in properties));
    }
  });

  it('counts categories, NULL as none of them', async () => {
    for (const z of [0, 5]) {
      const cells = await everyCell(z);
      const rows = PLACES.length + EDGES.length;
      assert.equal(total(cells, 'count_a'), Math.ceil(rows / 3));
      assert.equal(total(cells, 'count_b_c'), Math.ceil((rows - 1) / 3));
      assert.ok(cells.every(({ properties }) => !('count_nowhere' in properties)));
    }
  });

  it('counts the ten most frequent categories one by one and the others together', async () => {
    const [cell] = await tileFeatures(server, 'many', { z: 0, x: 0, y: 0 });
    const counts = Object.keys(cell!.properties).filter((name) => name.startsWith('count_'));
    assert.equal(counts.length, 11);
    assert.equal(cell!.properties.count, 600);
    assert.equal(cell!.properties.count_7, 120);
    assert.equal(cell!.properties.count_other, 600 - 120 - 9 * 20);
  });

  it('puts a cell at the mean of its points', async () => {
    const [cell] = await tileFeatures(server, 'many', { z: 0, x: 0, y: 0 });
    const [mean] = await server.run<{ x: number }>('select avg(st_x(geom)) as x from many');
    const { x } = cell!.loadGeometry()[0]![0]!;
    assert.equal(x, Math.floor((mean!.x / 360 + 0.5) * 4096));
  });

  for (const [layer, places] of [
    ['in_metres', [...PLACES, ...EDGES.slice(0, 2)]],
    ['in_utm', PLACES.filter(([lon, lat]) => lon >= 102 && lon <= 110 && Math.abs(lat) < 20)],
    ['on_globe', [...PLACES, ...EDGES]],
    ['without_srid', [...PLACES, ...EDGES]],
    ['several', [...PLACES, ...EDGES]],
    ['seen', [...PLACES, ...EDGES].filter((_, i) => i % 3 === 0)],
    ['beyond', PLACES.slice(1, 100)],
  ] as const) {
    it(`takes ${layer.replace('_', ' ')}`, () => agrees(layer, places));
  }

  it('of an empty table is empty', async () => {
    assert.deepEqual(await tileFeatures(server, 'nobody', { z: 0, x: 0, y: 0 }), []);
    assert.equal(server.ctx.pyramids.of(server.ctx.catalog.layer('nobody'))?.build?.points, 0);
  });

  for (const [layer, problem] of [
    ['broken', /public\.here has no readable column nope/],
    ['lines', /a pyramid is made of points/],
  ] as const) {
    it(`that cannot be (${layer}) is named in the list, and the layer is served without`, async () => {
      const { body } = await server.api.get('/tiles').expect(200);
      const { layers } = body as {
        layers: { id: string; servable: boolean; pyramid?: { problem: string } }[];
      };
      const listed = layers.find(({ id }) => id === layer);
      assert.equal(listed?.servable, true);
      assert.match(listed?.pyramid?.problem ?? '', problem);
      await server.api.get(`/tiles/${layer}.json`).expect(200);
    });
  }

  it('keeps one row for each cell, indexed by tile, and no table of an older build', async () => {
    await server.ctx.pyramids.build('here').catch(() => {});
    const tables = await server.run<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'chorograph'::regnamespace and relname ~ '^pyramid_\\d+_\\d+$'`,
    );
    const known = await server.run<{ name: string }>(
      `select 'pyramid_' || id || '_' || build as name from chorograph.pyramid where build > 0`,
    );
    assert.deepEqual(tables.map(({ name }) => name).sort(), known.map(({ name }) => name).sort());
    for (const { name } of tables) {
      const doubles = await server.run(
        `select z, cell_x, cell_y from chorograph.${name} group by 1, 2, 3 having count(*) > 1`,
      );
      assert.deepEqual(doubles, []);
    }
  });

  async function everyCell(z: number): ReturnType<typeof tileFeatures> {
    const found = [];
    for (const key of placesByTile([...PLACES, ...EDGES], z).keys()) {
      found.push(...(await tileFeatures(server, 'places', coordOf(key, z))).filter(isOwn));
    }
    return found;
  }
});

function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
