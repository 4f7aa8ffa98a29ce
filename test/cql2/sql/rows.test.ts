import assert from 'node:assert/strict';
import { compile } from '../../../server/cql2/sql/compile.ts';
import { filterOf, readFilter } from '../../../server/cql2/filter.ts';
import { join, sql } from '../../../server/db/sql.ts';
import { newServer, type TestServer } from '../../support/environment.ts';

const TABLES = `
  create table things (
    id int primary key, name text, n int, big bigint, d double precision, r real, m numeric, ok boolean, u uuid,
    day date, at timestamptz, local timestamp, tags text[], codes int[], doc jsonb, geom geometry(geometry, 4326));
  insert into things values
    (1, 'Ana', 10, 9007199254740993, 0.5, 0.1, 0.1, true, '00000000-0000-0000-0000-000000000001',
      '2024-01-01', '2024-01-01T12:00:00Z', '2024-01-01T12:00:00', '{a,b}', '{1,2}', '{}', 'SRID=4326;POINT(1 1)'),
    (2, 'Bóa', -3, 9007199254740992, 'NaN', 2.5, 'NaN', false, '00000000-0000-0000-0000-000000000002',
      '2024-02-29', '2024-02-29T23:59:59.999999Z', '2024-02-29T00:00:00', '{b}', '{2}', null, 'SRID=4326;POINT(5 5)'),
    (3, '50%_a\\b', 0, 7, 'Infinity', 1e30, 12345678901234567890.5, null, null,
      'infinity', 'infinity', null, '{}', null, '[1]', 'SRID=4326;POLYGON((0 0, 4 0, 4 4, 0 4, 0 0))'),
    (4, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    (5, 'ana''s', 4, -5, 1e-200, -1, 0, true, '00000000-0000-0000-0000-000000000005',
      '2023-12-31', '2023-12-31T20:00:00-05:00', '2023-12-31T00:00:00', '{c,a,b}', '{3}', '{"a":1}',
      'SRID=4326;LINESTRING(0 4, 4 4, 8 8)'),
    (6, 'bow', 6, 6, 6, 6, 6, false, null, null, null, null, '{NULL,x}', '{6}', null,
      'SRID=4326;POLYGON((10 10, 14 14, 14 10, 10 14, 10 10))'),
    (7, 'all', 7, 7, 7, 7, 7, true, null, null, null, null, null, null, null,
      'SRID=4326;GEOMETRYCOLLECTION(POINT(20 20), LINESTRING(20 20, 21 21))');
  create table metres (id int primary key, geom geometry(point, 32633));
  insert into metres select 1, st_transform('SRID=4326;POINT(15 52)'::geometry, 32633)
    union all select 2, st_transform('SRID=4326;POINT(16 53)'::geometry, 32633);
  create index on things (n);
  create index on things (d);
  create index on things (m);
  create index on things (name);
  create index on things (at);
  create index on things using gin (tags);
  create index on things using gist (geom);
  create table globe (id int primary key, geog geography(polygon, 4326));
  insert into globe values (1, 'POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))'), (2, 'POLYGON((170 0, -170 0, -170 9, 170 9, 170 0))');
  create table words (id int primary key, "a" int, "select" int, "two words" text, filter text, geom geometry(point, 4326));
  insert into words values (1, 1, 2, 'x', 'y', 'SRID=4326;POINT(0 0)');
  create table turned (id int primary key, geom geometry(polygon, 4326));
  insert into turned values (1, 'SRID=4326;POLYGON((170 0, 190 0, 190 10, 170 10, 170 0))'),
    (2, 'SRID=4326;POLYGON((179 20, -179 20, 179 25, -179 30, 179 30, 179 20))');
`;

/** Filters and the ids of the rows that they keep. */
const ROWS: readonly (readonly [filter: string, ids: string])[] = [
  // comparison, and numbers as they are shown
  ['n = 10', '1'],
  ['10 = n', '1'],
  ['n <> 10', '2 3 5 6 7'],
  ['n > 3.5', '1 5 6 7'],
  ['n >= 4 AND n < 7', '5 6'],
  ['big = 9007199254740993', '1'],
  ['big = 9007199254740992.0', '2'],
  ['big < 99999999999999999999999', '1 2 3 5 6 7'],
  ['d = 0.5', '1'],
  ['d > 0', '1 5 6 7'],
  ['NOT (d > 0)', ''],
  ['d IS NULL', '2 3 4'],
  ['r = 0.1', '1'],
  ['m = 0.1', '1'],
  ['m = 12345678901234567890.5', '3'],
  ['m > 1', '3 6 7'],
  ['NOT (m > 1)', '1 5'],
  ['n = big', '6 7'],
  ['d <= n', '1 5 6 7'],
  ['m = n', '6 7'],
  ['r = d', '6 7'],
  // text, booleans, identifiers
  ["name = 'Ana'", '1'],
  ["name = 'ana''s'", '5'],
  ["name = 'ana\\'s'", '5'],
  ["name < 'B'", '1 3'],
  ["name > 'z'", ''],
  ['ok = TRUE', '1 5 7'],
  ['ok', '1 5 7'],
  ['NOT ok', '2 6'],
  ['ok <> true', '2 6'],
  ["u = '00000000-0000-0000-0000-000000000001'", '1'],
  ["u LIKE '%5'", '5'],
  // NULL as in SQL
  ['n = 10 OR name IS NULL', '1 4'],
  ['NOT (n = 10)', '2 3 5 6 7'],
  ['NOT (n = 10 AND ok = true)', '2 3 5 6 7'],
  ['n IS NOT NULL AND NOT (ok IS NULL)', '1 2 5 6 7'],
  ['(n > 1) IS NULL', '4'],
  ['doc IS NULL', '2 4 6 7'],
  ['geom IS NULL', '4'],
  ['TRUE', '1 2 3 4 5 6 7'],
  ['NOT FALSE AND n = 7', '7'],
  // IN, BETWEEN, LIKE
  ['n IN (10, 4, 99)', '1 5'],
  ['n NOT IN (10, 4)', '2 3 6 7'],
  ["name IN ('bow', 'all')", '6 7'],
  ['d IN (0.5, 6)', '1 6'],
  ['n BETWEEN 0 AND 6', '3 5 6'],
  ['n NOT BETWEEN 0 AND 6', '1 2 7'],
  ["name LIKE '_na%'", '1 5'],
  ["name NOT LIKE '%a%'", '6'],
  ["name LIKE '50\\%\\_a\\\\_'", '3'],
  ["name LIKE '%\\%%'", '3'],
  ["CASEI(name) = CASEI('ANA')", '1'],
  ["CASEI(name) LIKE CASEI('AN%')", '1 5'],
  ["CASEI(name) IN (CASEI('BOW'), CASEI('x'))", '6'],
  ["ACCENTI(name) = ACCENTI('Boa')", '2'],
  ["CASEI(ACCENTI(name)) LIKE 'b%'", '2 6'],
  // arithmetic
  ['n * 2 = 20', '1'],
  ['n + 1 > 6.5', '1 6 7'],
  ['n / 4 = 2.5', '1'],
  ['n / n = 1', '1 2 5 6 7'],
  ['n div 4 = 1', '5 6 7'],
  ['n % 4 = 2', '1 6'],
  ['n % 4 = -3', '2'],
  ['n ^ 2 = 9', '2'],
  ['-n = 3', '2'],
  ['2 + 3 * 2 = n + 1', '7'],
  ['10 - 4 - 2 = n', '5'],
  ['d * 1e300 * 1e300 > 0', ''],
  ['n ^ 0.5 > 2.9', '1'],
  ['n BETWEEN 3 + 1 AND 3 * 2', '5 6'],
  // times
  ["day = DATE('2024-02-29')", '2'],
  ["day < DATE('2024-01-01')", '5'],
  ["day >= DATE('2024-01-01')", '1 2 3'],
  ["at > TIMESTAMP('2024-01-01T12:00:00Z')", '2 3'],
  ["at = TIMESTAMP('2024-01-01T14:00:00+02:00')", '1'],
  ["at = DATE('2024-02-29')", '2'],
  ["at > DATE('2024-01-01')", '2 3'],
  ["at <= DATE('2024-01-01')", '1 5'],
  ["local = TIMESTAMP('2024-01-01T12:00:00Z')", '1'],
  ["T_AFTER(at, DATE('2024-01-01'))", '2 3'],
  ["T_BEFORE(day, DATE('2024-01-01'))", '5'],
  ["T_DURING(at, INTERVAL('2024-01-01', '2024-03-01'))", '1 2 5'],
  ["T_DURING(at, INTERVAL('..', '2024-01-02'))", '1 5'],
  ["T_INTERSECTS(day, INTERVAL('2024-02-01', '..'))", '2 3'],
  ["T_DISJOINT(day, INTERVAL('2024-02-01', '..'))", '1 5'],
  ["T_EQUALS(at, DATE('2024-01-01'))", '1 5'],
  ["T_MEETS(INTERVAL(day, local), INTERVAL('2024-01-01T12:00:00Z', '2025-01-01T00:00:00Z'))", '1'],
  ["T_METBY(INTERVAL('2024-02-29', '..'), INTERVAL('2024-01-01', day))", '2'],
  ["T_STARTS(INTERVAL(day, day), INTERVAL('2024-01-01', '..'))", '1'],
  ["T_FINISHES(INTERVAL(day, day), INTERVAL('2024-01-01', '2024-02-29'))", '2'],
  ["T_OVERLAPS(INTERVAL('2023-01-01', day), INTERVAL('2024-01-01', '2024-12-31'))", '2'],
  ["T_CONTAINS(INTERVAL('2024-01-01', '2024-12-31'), day)", '2'],
  ["day IN (DATE('2024-02-29'), DATE('2023-12-31'))", '2 5'],
  ["day BETWEEN DATE('2024-01-01') AND DATE('2024-12-31')", '1 2'],
  // arrays, as sets
  ["A_CONTAINS(tags, ('b', 'a'))", '1 5'],
  ["A_EQUALS(tags, ('b', 'a', 'a'))", '1'],
  ["A_CONTAINEDBY(tags, ('a', 'b'))", '1 2 3'],
  ["A_OVERLAPS(tags, ('c', 'x'))", '5 6'],
  ["A_EQUALS(tags, ('b'))", '2'],
  ['A_CONTAINS(codes, (2))', '1 2'],
  ['A_CONTAINS(codes, (2.5))', ''],
  ['A_OVERLAPS(codes, (3, 99999999999))', '5'],
  ['tags IS NULL', '4 7'],
  // geometry
  ['S_INTERSECTS(geom, POINT(1 1))', '1 3'],
  ['S_INTERSECTS(geom, POINT(1e-7 1.5E-7))', '3'],
  ['S_INTERSECTS(geom, BBOX(0, 0, 2, 2))', '1 3'],
  ['S_DISJOINT(geom, BBOX(0, 0, 2, 2))', '2 5 6 7'],
  ['S_WITHIN(geom, POLYGON((0 0, 6 0, 6 6, 0 6, 0 0)))', '1 2 3'],
  ['S_CONTAINS(geom, POINT(1 1))', '1 3'],
  ['S_TOUCHES(geom, LINESTRING(0 0, 0 4))', '3 5'],
  ['S_CROSSES(geom, LINESTRING(-1 1, 5 1))', '3'],
  ['S_OVERLAPS(geom, POLYGON((2 2, 6 2, 6 6, 2 6, 2 2)))', '3'],
  ['S_EQUALS(geom, POLYGON((0 4, 0 0, 4 0, 4 4, 0 4)))', '3'],
  ['S_INTERSECTS(geom, POINT(13 12))', '6'],
  ['S_INTERSECTS(POINT(20 20), geom)', '7'],
  ['NOT S_INTERSECTS(geom, POINT(1 1))', '2 5 6 7'],
  ['S_INTERSECTS(geom, GEOMETRYCOLLECTION(POINT(5 5), LINESTRING(20 20, 30 30)))', '2 5 7'],
  ['S_INTERSECTS(geom, MULTIPOINT((5 5), (1 1))) AND n < 5', '2 3 5'],
];

describe('CQL2 filters', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLES });
  });

  const ask = (layer: string, query: Record<string, string>) =>
    server.api
      .get(`/features/${layer}`)
      .query({ limit: '100', ...query })
      .buffer(true);
  const ids = async (layer: string, query: Record<string, string>): Promise<string> => {
    const { status, text, body } = await ask(layer, query);
    assert.equal(status, 200, `${JSON.stringify(query)}: ${text}`);
    const { features } = (text ? JSON.parse(text) : body) as { features: { id: number }[] };
    return features.map(({ id }) => id).join(' ');
  };

  it('keep the rows that they are true for', async () => {
    const layer = server.ctx.catalog.tableLayer('things');
    const found = ROWS.map(([filter]) => {
      const written = readFilter({ filter });
      assert.ok(written);
      const condition = compile(filterOf(written, layer).condition, layer);
      return sql`string_agg(id::text, ' ' order by id) filter (where ${condition})`;
    });
    // All at once: a request for each would take its time.
    const [row] = await server.ctx.db.run<{ found: (string | null)[] }>(
      sql`select array[${join(found)}] as found from things`,
      // On a busy machine it takes longer than a request may, and the embedded database would be restarted.
      { timeoutMs: 120_000 },
    );
    const wrong = ROWS.flatMap(([filter, expected], i) => {
      const ids = row?.found[i] ?? '';
      return ids === expected ? [] : [`${filter}\n    expected ${expected}\n    found    ${ids}`];
    });
    assert.deepEqual(wrong, [], wrong.join('\n'));
  });

  it('are the same in JSON', async () => {
    const rows: readonly (readonly [object, string])[] = [
      [{ op: '=', args: [{ property: 'big' }, 1] }, ''],
      [
        {
          op: 'and',
          args: [
            { op: '>', args: [{ property: 'n' }, 3.5] },
            { op: 'isNull', args: [{ property: 'u' }] },
          ],
        },
        '6 7',
      ],
      [{ op: 'in', args: [{ property: 'n' }, [10, 4]] }, '1 5'],
      [
        {
          op: 'like',
          args: [
            { op: 'casei', args: [{ property: 'name' }] },
            { op: 'casei', args: ['AN%'] },
          ],
        },
        '1 5',
      ],
      [{ op: 'between', args: [{ property: 'n' }, 0, 6] }, '3 5 6'],
      [{ op: 'not', args: [{ property: 'ok' }] }, '2 6'],
      [{ op: 's_within', args: [{ property: 'geom' }, { bbox: [0, 0, 6, 6] }] }, '1 2 3'],
      [{ op: 's_intersects', args: [{ property: 'geom' }, { type: 'Point', coordinates: [1, 1] }] }, '1 3'],
      [{ op: 't_during', args: [{ property: 'at' }, { interval: ['..', '2024-01-02'] }] }, '1 5'],
      [{ op: '=', args: [{ property: 'day' }, { date: '2024-02-29' }] }, '2'],
      [{ op: 'a_overlaps', args: [{ property: 'tags' }, ['c', 'x']] }, '5 6'],
      [{ op: '=', args: [{ op: 'div', args: [{ property: 'n' }, 4] }, 1] }, '5 6 7'],
    ];
    for (const [filter, expected] of rows) {
      const text = JSON.stringify(filter);
      assert.equal(await ids('things', { filter: text, 'filter-lang': 'cql2-json' }), expected, text);
    }
    // JSON.parse would round it.
    const exact = '{"op":"=","args":[{"property":"big"},9007199254740993]}';
    assert.equal(await ids('things', { filter: exact, 'filter-lang': 'cql2-json' }), '1');
  });

  it('take names as they are, also such as are words of SQL or of the filter', async () => {
    assert.equal(
      await ids('words', { filter: '"a" + "select" * a = 3 AND "two words" = \'x\' AND filter = \'y\'' }),
      '1',
    );
  });

  it("have geometries in the system that filter-crs names, and bring them into the layer's", async () => {
    const crs = (code: string) => ({ 'filter-crs': `http://www.opengis.net/def/crs/${code}` });
    assert.equal(await ids('metres', { filter: 'S_INTERSECTS(geom, BBOX(14.9, 51.9, 15.1, 52.1))' }), '1');
    assert.equal(
      await ids('metres', {
        filter: 'S_INTERSECTS(geom, BBOX(51.9, 14.9, 52.1, 15.1))',
        ...crs('EPSG/0/4326'),
      }),
      '1',
    );
    assert.equal(
      await ids('metres', {
        filter: 'S_INTERSECTS(geom, BBOX(500000, 5700000, 500001, 5900000))',
        ...crs('EPSG/0/32633'),
      }),
      '1',
    );
    assert.equal(
      await ids('things', {
        filter: 'S_INTERSECTS(geom, BBOX(556000, 556000, 557000, 558000))',
        ...crs('EPSG/0/3857'),
      }),
      '2 5',
    );
    const { body } = await ask('metres', {
      filter: 'S_INTERSECTS(geom, POINT(1 1))',
      ...crs('EPSG/0/2056'),
    }).expect(400);
    assert.equal((body as { code: string }).code, 'invalid_parameter');
  });

  it('find what crosses the antimeridian on both of its sides', async () => {
    for (const box of ['175, 1, 176, 2', '-176, 1, -175, 2', '175, 1, -175, 2'])
      assert.equal(await ids('turned', { filter: `S_INTERSECTS(geom, BBOX(${box}))` }), '1', box);
    assert.equal(await ids('turned', { filter: 'S_INTERSECTS(geom, BBOX(-10, 1, 10, 2))' }), '');
    assert.equal(await ids('turned', { filter: 'S_INTERSECTS(geom, BBOX(179.5, 21, 179.6, 22))' }), '2');
    assert.equal(await ids('turned', { filter: 'S_INTERSECTS(geom, BBOX(-10, 20, 10, 30))' }), '');
  });

  it('find the same by a request', async () => {
    for (const [filter, expected] of ROWS.filter((_, i) => i % 12 === 0))
      assert.equal(await ids('things', { filter }), expected, filter);
  });

  it('leave columns to their indexes', async () => {
    const layer = server.ctx.catalog.tableLayer('things');
    const filters = [
      'n = 1',
      'n BETWEEN 1 AND 2 + 3',
      'd > 0.5',
      'm IN (1, 2.5)',
      "name = 'x' AND ok",
      "at = DATE('2024-01-01')",
      "A_CONTAINS(tags, ('a'))",
      'S_WITHIN(geom, BBOX(0, 0, 1, 1))',
      'n IS NULL',
    ];
    for (const filter of filters) {
      const written = readFilter({ filter });
      assert.ok(written);
      const condition = compile(filterOf(written, layer).condition, layer);
      const plan = await server.ctx.db.transaction(async (tx) => {
        await tx.run(sql`set local enable_seqscan = off`);
        return tx.run(sql`explain select id from things where ${condition}`);
      });
      assert.match(JSON.stringify(plan), /Index Cond/, `${filter}: ${JSON.stringify(plan)}`);
    }
  });

  it('are of geographies, too', async () => {
    assert.equal(await ids('globe', { filter: 'S_INTERSECTS(geog, POINT(1 1))' }), '1');
    assert.equal(await ids('globe', { filter: 'S_INTERSECTS(geog, BBOX(-176, 1, -175, 2))' }), '2');
    assert.equal(await ids('globe', { filter: 'NOT S_INTERSECTS(geog, BBOX(-20, 1, 20, 2))' }), '2');
  });

  it('go together with other parameters, and on into the next page', async () => {
    assert.equal(await ids('things', { filter: 'n > 0', ok: 'true', bbox: '-1,-1,9,9' }), '1 5');
    const { text, body } = await ask('things', { filter: 'n > 0', limit: '2' }).expect(200);
    const page = (text ? JSON.parse(text) : body) as {
      features: { id: number }[];
      links: { href: string }[];
    };
    assert.deepEqual(
      page.features.map(({ id }) => id),
      [1, 5],
    );
    const href = page.links[0]?.href.replace(server.url, '') ?? '';
    const next = await server.api.get(href).buffer(true).expect(200);
    assert.deepEqual(
      (JSON.parse(next.text) as typeof page).features.map(({ id }) => id),
      [6, 7],
    );
  });

  it('that are wrong are refused before any query, with the place and what would be right', async () => {
    const refused = async (query: Record<string, string>) => {
      const { status, text } = await ask('things', query);
      assert.equal(status, 400, `${JSON.stringify(query)}: ${text}`);
      return JSON.parse(text) as { code: string; detail: string; at?: unknown };
    };
    const { code, detail, at } = await refused({ filter: "nmae = 'x'" });
    assert.deepEqual([code, at], ['filter_invalid', 1]);
    assert.match(detail, /did you mean name\?/);
    const json = await refused({
      filter: '{"op":"=","args":[{"property":"n"},"x"]}',
      'filter-lang': 'cql2-json',
    });
    assert.match(json.detail, /a number without quotes to compare with n/);
    assert.equal((await refused({ filter: 'n = 1', 'filter-lang': 'sql' })).code, 'invalid_parameter');
    assert.equal((await refused({ 'filter-lang': 'cql2-text' })).code, 'invalid_parameter');
    assert.match((await refused({ filter: 'buffer(geom, 1) = 2' })).detail, /no other functions.*buffer/);
  });
});
