import assert from 'node:assert/strict';
import fc from 'fast-check';
import { backend, newServer, serve, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';

interface Row {
  i4: number | null;
  i8: string | null;
  f8: string | null;
  t: string | null;
  b: boolean | null;
  d: string | null;
}

const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 8 });
const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !value.includes('\0'));
const row: fc.Arbitrary<Row> = fc.record({
  i4: nullable(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  i8: nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  f8: nullable(
    fc.oneof(fc.double().map(String), fc.constantFrom('NaN', 'Infinity', '-Infinity', '-0', '1e21')),
  ),
  t: nullable(text),
  b: nullable(fc.boolean()),
  d: nullable(
    fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
  ),
});

/** What a tile must say of a row. */
function properties({ i8, f8, ...same }: Row): Record<string, unknown> {
  const exact = Number.isSafeInteger(Number(i8)) ? Number(i8) : i8;
  // -0 and 0 are one number, here as in SQL.
  const number = f8 === null || !(Math.abs(Number(f8)) < 1.7e308) ? null : Number(f8) + 0;
  const all = { ...same, i8: i8 === null ? null : exact, f8: number };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

describe('values of attributes', () => {
  const rows = fc.sample(row, { numRuns: 500, seed: 20 });
  const servers: TestServer[] = [];

  before(async () => {
    const server = await newServer({
      sql: `create table v (id int primary key, i4 int, i8 bigint, f8 float8, t text, b boolean, d date,
        geom geometry(point, 4326))`,
    });
    await server.run(
      `insert into v select r.*, 'SRID=4326;POINT(10 10)' from json_to_recordset($1::json)
        as r(id int, i4 int, i8 bigint, f8 float8, t text, b boolean, d date)`,
      [JSON.stringify(rows.map((values, id) => ({ id, ...values })))],
    );
    servers.push(server);
    if (backend === 'postgres')
      servers.push(await serve({ ...server.environment, CHOROGRAPH_MEMORY_VERTICES: '0' }));
  });

  it('go through tiles unchanged, NULL, NaN and infinities left out', async () => {
    for (const server of servers) {
      const tile = await bytesOf(server.api.get('/tiles/v/0/0/0.mvt').expect(200));
      const features = featuresOf(tile.body as Buffer, 'v');
      assert.equal(features.length, rows.length);
      for (const feature of features) {
        const expected = properties(rows[feature.id ?? -1] as Row);
        const actual = { ...feature.properties };
        if (actual.f8 === 0) actual.f8 = 0;
        assert.deepEqual(actual, expected, `row ${feature.id}`);
      }
    }
  });

  it('go through GeoJSON unchanged, NaN and infinities as null', async () => {
    const [server] = servers;
    const { body } = await server!.api.get('/features/v?limit=500').expect(200);
    const features = (body as { features: { id: number; properties: Record<string, unknown> }[] }).features;
    assert.equal(features.length, rows.length);
    for (const { id, properties: actual } of features) {
      const present = Object.fromEntries(Object.entries(actual).filter(([, value]) => value !== null));
      const { id: own, ...others } = present;
      assert.equal(own, id);
      if (others.f8 === 0) others.f8 = 0;
      assert.deepEqual(others, properties(rows[id] as Row));
    }
  });

  it('find their rows when filtered by, alike on both engines', async () => {
    const wanted = rows.flatMap((values) => Object.entries(properties(values))).slice(0, 120);
    for (const server of servers) {
      for (const [name, value] of wanted) {
        const query = new URLSearchParams({ [name]: String(value) });
        const tile = await bytesOf(server.api.get(`/tiles/v/0/0/0.mvt?${query}`));
        const found = featuresOf(tile.body as Buffer, 'v').map(({ id }) => id);
        const expected = rows.flatMap((other, id) => (properties(other)[name] === value ? [id] : []));
        assert.deepEqual(
          found.sort((a, b) => Number(a) - Number(b)),
          expected,
          `${name}=${String(value)}`,
        );
      }
    }
  });
});
