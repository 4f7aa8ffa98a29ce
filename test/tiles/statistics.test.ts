import assert from 'node:assert/strict';
import { newServer, type TestServer } from '../support/environment.ts';

const TABLES = `
  create table shop (
    id int primary key, name text, size numeric, score real, big bigint, open boolean, opened date, tags text[],
    "Odd name" text, geom geometry(point, 4326));
  comment on column shop.size is 'in square metres';
  insert into shop select i, 'shop ' || i % 7, i, case when i % 4 = 0 then 'NaN'::real else i / 10.0 end, i * 10,
      i % 3 = 0, '2024-01-01'::date + i % 2, array['x'], case when i < 50 then repeat('y', 300) else 'z' end,
      st_setsrid(st_point(i, 0), 4326)
    from generate_series(0, 100) i;
  insert into shop (id, name, size) values (999, 'nowhere', 1e6);
  create table vast (id int primary key, n float8, most float8, none float8, geom geometry(point, 4326));
  insert into vast select i, n, m, null, 'SRID=4326;POINT(1 1)'
    from (values (1, 0.5, 1.6e308), (2, 1e200, 1.2e308), (3, -0.5, 2e307::float8)) v (i, n, m);
  create table nothing (id int primary key, n int, t text, geom geometry(point, 4326));
  create table many (id int primary key, n int, geom geometry(point, 4326));
  insert into many select i, i, 'SRID=4326;POINT(1 1)' from generate_series(1, 50000) i;
  analyze many;
  create view many_seen as select * from many;`;

interface Told {
  layer: string;
  rows: number;
  sampled: boolean;
  columns: Record<string, unknown>[];
}

describe('statistics of a layer', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLES });
  });

  const tell = async (path: string): Promise<Told> =>
    (await server.api.get(`/tiles/${path}`).expect(200)).body as Told;

  it('tell what stands in each column, of the rows that tiles can show', async () => {
    const told = await tell('shop/stats.json');
    assert.deepEqual([told.layer, told.rows, told.sampled], ['shop', 101, false]);
    const by = Object.fromEntries(told.columns.map((column) => [column.name, column]));
    assert.deepEqual(Object.keys(by), [
      'id',
      'name',
      'size',
      'score',
      'big',
      'open',
      'opened',
      'tags',
      'Odd name',
    ]);
    assert.deepEqual(by.size, {
      name: 'size',
      type: 'numeric',
      kind: 'number',
      description: 'in square metres',
      present: 101,
      missing: 0,
      distinct: 101,
      min: 0,
      max: 100,
      mean: 50,
      percentiles: Array.from({ length: 101 }, (_, i) => i),
    });
    // Tiles leave NaN out.
    assert.deepEqual([by.score?.present, by.score?.missing, by.score?.max], [75, 26, 9.9]);
    assert.deepEqual([by.big?.max, by.big?.kind], [1000, 'bigint']);
    assert.deepEqual((by.name?.values as object[]).slice(0, 2), [
      { value: 'shop 0', rows: 15 },
      { value: 'shop 1', rows: 15 },
    ]);
    assert.equal(by.name?.distinct, 7);
    assert.deepEqual(by.open?.values, [
      { value: false, rows: 67 },
      { value: true, rows: 34 },
    ]);
    // As tiles write them.
    assert.deepEqual(by.opened?.values, [
      { value: '2024-01-01', rows: 51 },
      { value: '2024-01-02', rows: 50 },
    ]);
    assert.deepEqual(by.tags, { name: 'tags', type: 'text[]', kind: 'json', present: 101, missing: 0 });
    assert.deepEqual(by['Odd name']?.values, [{ value: 'z', rows: 51 }]);
  });

  it('have a mean of numbers whose squares, or whose sum, no double can be', async () => {
    const { columns } = await tell('vast/stats.json?columns=n,most,none');
    const [n, most, none] = columns.map(({ mean }) => mean as number | null);
    assert.equal(n, 1e200 / 3);
    assert.ok(Math.abs(most! / 1e308 - 1) < 1e-12, `${most}`);
    assert.equal(none, null);
  });

  it('of named columns, of a table without rows, of many rows by a part of them', async () => {
    assert.deepEqual(
      (await tell('shop/stats.json?columns=open,id')).columns.map(({ name }) => name),
      ['id', 'open'],
    );
    const { rows, columns } = await tell('nothing/stats.json');
    assert.equal(rows, 0);
    assert.deepEqual(columns[1], {
      name: 'n',
      type: 'integer',
      kind: 'integer',
      present: 0,
      missing: 0,
      distinct: 0,
      min: null,
      max: null,
      mean: null,
    });
    const sampled = await tell('many/stats.json?columns=n');
    assert.equal(sampled.sampled, true);
    assert.ok(sampled.rows > 10_000 && sampled.rows < 40_000, `${sampled.rows} rows`);
    const middle = (sampled.columns[0]?.percentiles as number[])[50]!;
    assert.ok(middle > 15_000 && middle < 35_000, `${middle} in the middle`);
    const view = await tell('many_seen/stats.json?columns=n');
    assert.deepEqual([view.sampled, view.rows], [true, 20_001]);
  });

  it('are kept like tiles, and refused like them', async () => {
    const first = await server.api.get('/tiles/shop/stats.json').expect(200);
    await server.api.get('/tiles/shop/stats.json').set('If-None-Match', first.headers.etag!).expect(304);
    for (const [path, status, code] of [
      ['nobody/stats.json', 404, 'layer_not_found'],
      ['shop/stats.json?columns=nothing', 400, 'invalid_parameter'],
      ['shop/stats.json?nothing=1', 400, 'unknown_parameter'],
    ] as const) {
      const answer = await server.api.get(`/tiles/${path}`);
      assert.deepEqual([answer.status, (answer.body as { code: string }).code], [status, code]);
    }
  });
});
