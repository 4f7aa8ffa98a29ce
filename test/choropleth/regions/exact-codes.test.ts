import assert from 'node:assert/strict';
import { newServer, once, untilFileEnds, type TestServer } from '../../support/environment.ts';
import { values } from '../support.ts';

interface Case {
  readonly type: string;
  /** Of the nth region. */
  readonly code: string;
  /** In the cube, where it is not the same. */
  readonly inCube?: string;
  readonly expected: readonly string[];
}

/** Codes that tiles show otherwise than PostgreSQL writes them, or that two tables have as different types. */
const CASES: Readonly<Record<string, Case>> = {
  long: {
    type: 'numeric(20,0)',
    code: '12345678901234567890 + n',
    expected: ['12345678901234567890', '12345678901234567891', '12345678901234567892'],
  },
  long_text: {
    type: 'numeric',
    code: '12345678901234567890 + n',
    inCube: 'code::text',
    expected: ['12345678901234567890', '12345678901234567891', '12345678901234567892'],
  },
  scaled: { type: 'numeric(6,2)', code: '1.10 + n', expected: ['1.1', '2.1', '3.1'] },
  loose: { type: 'numeric', code: '17.00 + n', inCube: 'code::int', expected: ['17', '18', '19'] },
  shapefile: {
    type: 'numeric(23,15)',
    code: '17 + n',
    inCube: 'trunc(code)::text',
    expected: ['17', '18', '19'],
  },
  doubles: {
    type: 'float8',
    code: '1234567890123450 + n',
    inCube: 'code::bigint',
    expected: ['1234567890123450', '1234567890123451', '1234567890123452'],
  },
  floats: { type: 'real', code: '0.1 + n', expected: ['0.1', '1.1', '2.1'] },
  of_floats: { type: 'int', code: '17 + n', inCube: 'code::float8', expected: ['17', '18', '19'] },
  of_scaled: { type: 'int', code: '17 + n', inCube: 'code::numeric(9,2)', expected: ['17', '18', '19'] },
  large: {
    type: 'bigint',
    code: '9007199254740993 + n',
    expected: ['9007199254740993', '9007199254740994', '9007199254740995'],
  },
};

const SQL = Object.entries(CASES)
  .map(
    ([name, { type, code, inCube = 'code' }]) => `
  create table ${name} (code ${type} primary key, name text, above ${type}, geom geometry(polygon, 4326));
  insert into ${name} select c, 'N' || n, min(c) over (), st_makeenvelope(n, 0, n + 1, 1, 4326)
    from (select n, (${code})::${type} as c from generate_series(0, 2) n) numbered;
  create table ${name}_above as select code, name, geom from ${name} where name = 'N0';
  create view ${name}_cube as select ${inCube} as kode, substr(name, 2)::int + 1 as n from ${name};`,
  )
  .join('');
const each = (line: (name: string) => string): string => Object.keys(CASES).map(line).join('');
const MAPS = `
regions:
${each((name) => `  ${name}: { table: ${name}, code: code, name: name, parent: { set: ${name}_above, column: above } }\n  ${name}_above: { table: ${name}_above, code: code, name: name }\n`)}
choropleths:
${each((name) => `  ${name}: { regions: ${name}, cube: { view: ${name}_cube, region: kode }, metrics: { n: { sum: n } } }\n`)}
  hidden: { regions: long, cube: { view: long_cube, region: kode }, metrics: { n: { sum: n } }, suppress: { below: 2, count: n } }
`;

once('codes of regions that are numbers', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: SQL, maps: MAPS }, untilFileEnds);
  });

  for (const [name, { type, inCube = 'as they are', expected }] of Object.entries(CASES)) {
    it(`find the figures that are theirs: ${type}, in the cube ${inCube}`, async () => {
      const { byCode, warnings } = await values(server, name);
      assert.deepEqual(
        expected.map((code) => [code, byCode.get(code)?.name, byCode.get(code)?.value]),
        expected.map((code, i) => [code, `N${i}`, i + 1]),
      );
      assert.deepEqual(
        warnings.filter(({ code }) => code.startsWith('unmatched')),
        [],
      );
      const above = await values(server, name, { level: `${name}_above` });
      assert.deepEqual(
        above.rows.map((row) => [row.code, row.value]),
        [[expected[0], 6]],
      );
      const within = await values(server, name, { parent: expected[0]! });
      assert.equal(within.rows.length, 3);
      const filtered = await values(server, name, { filter: 'S_INTERSECTS(geometry, POINT(1.5 0.5))' });
      assert.deepEqual(
        filtered.rows.map(({ code }) => code),
        [expected[1]],
      );
    });
  }

  it('hide small counts of the regions that have them', async () => {
    const { rows } = await values(server, 'hidden');
    assert.deepEqual(rows.map(({ code, status }) => [code, status]).slice(0, 1), [
      ['12345678901234567890', 'suppressed'],
    ]);
  });

  it('leave the layer of their table as it is, in memory beside them', async () => {
    const { body } = await server.api.get('/features/long?limit=1').expect(200);
    const [first] = (body as { features: { properties: { code: number } }[] }).features;
    assert.equal(first!.properties.code, 12345678901234567000);
    for (const path of ['/gis/choropleth/long/tiles', '/tiles/long', '/gis/choropleth/long/tiles'])
      await server.api.get(`${path}/0/0/0.mvt`).expect(200);
    const tile = await server.api.get('/tiles/long/0/0/0.json').expect(200);
    assert.match(JSON.stringify(tile.body), /"name":"code","types":\["number"\]/);
  });
});
