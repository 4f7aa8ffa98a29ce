import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { newServer, once, type TestServer } from '../support/environment.ts';

const TABLES = `
  create table areas (code text primary key, name text, geom geometry(polygon, 4326));
  insert into areas select chr(97 + i), 'Área ' || chr(65 + i), st_makeenvelope(i * 2, 0, i * 2 + 2, 2, 4326)
    from generate_series(0, 7) i;
  create table figures (code text, year int, kind text, n int);
  insert into figures select chr(97 + i), y, k, case when i = 7 then 1 else 10 * (i + 1) + (y - 2023) end
    from generate_series(0, 7) i, generate_series(2023, 2024) y, unnest(array['x', 'y, z']) k;
`;
const MAPS = `
regions:
  areas: { table: areas, code: code, name: name }
choropleths:
  people:
    title: People
    regions: areas
    cube: { view: figures, region: code, dimensions: [year, kind] }
    metrics: { n: { sum: n } }
    classify: { method: quantile, classes: 3 }
    suppress: { below: 5, count: n }
`;

interface Values {
  parameters: Record<string, string>;
  classification: { breaks: number[] };
  columns: string[];
  rows: (string | number | null)[][];
}

once('filter= on the regions of a choropleth', () => {
  let server: TestServer;
  before(async function () {
    server = await newServer({ sql: TABLES, maps: MAPS });
  });

  const get = (form: string, query: object) => server.api.get(`/gis/choropleth/people${form}`).query(query);
  const document = async (query: object): Promise<Values> => {
    const { status, body, text } = await get('/values.json', query);
    assert.equal(status, 200, text);
    return body as Values;
  };
  const codes = async (query: object): Promise<string> =>
    (await document(query)).rows.map(([code]) => code).join('');
  const refused = async (
    form: string,
    query: object,
  ): Promise<{ code: string; detail: string; status: number }> => {
    const { status, body } = await get(form, query);
    return { ...(body as { code: string; detail: string }), status };
  };

  it('keeps those that it is true for, by what is shown of them, and by their outlines', async () => {
    const kept: [filter: string, codes: string][] = [
      ["code = 'b'", 'b'],
      ["name LIKE 'Área%' AND class = 0", 'bc'],
      ["ACCENTI(CASEI(name)) = ACCENTI(CASEI('area c'))", 'c'],
      ['rank <= 2', 'fg'],
      ['value BETWEEN 100 AND 250', 'cdef'],
      ["status = 'suppressed' OR code = 'a'", 'ah'],
      ['value IS NULL', 'ah'], // a is hidden, too, or the sum would give h away
      ['NOT (value < 1000)', ''], // of what is hidden it is not known
      ['S_INTERSECTS(geom, BBOX(1, 0.5, 3, 1))', 'ab'],
      ['S_WITHIN(geom, BBOX(9, -1, 17, 3)) AND value > 0', 'fg'],
    ];
    for (const [filter, expected] of kept) assert.equal(await codes({ filter }), expected, filter);
    const args = [{ property: 'code' }, 'c'];
    assert.equal(await codes({ filter: JSON.stringify({ op: '=', args }), 'filter-lang': 'cql2-json' }), 'c');
    const first = 'S_INTERSECTS(geom, POINT(1 7))'; // latitude first
    assert.equal(
      await codes({ filter: first, 'filter-crs': 'http://www.opengis.net/def/crs/EPSG/0/4326' }),
      'd',
    );
  });

  it('leaves classes, colours and ranks as they are', async () => {
    const [all, some] = [await document({}), await document({ filter: 'value > 140' })];
    assert.deepEqual(some.classification, all.classification);
    const byCode = new Map(all.rows.map((row) => [row[0], row]));
    assert.ok(some.rows.length > 0 && some.rows.length < all.rows.length);
    for (const row of some.rows) assert.deepEqual(row, byCode.get(row[0] ?? ''));
    assert.equal(some.parameters.filter, 'value > 140');
    assert.deepEqual(await document(some.parameters), some);
  });

  it('chooses values of dimensions as their parameters do, with the same protection', async () => {
    for (const [filter, query] of [
      ['year = 2024', { year: '2024' }],
      ["year IN (2023, 2024) AND kind = 'y, z'", { year: '2023,2024', kind: 'y\\, z' }],
      ["(kind = 'x' AND 2023 = year)", { year: '2023', kind: 'x' }],
    ] as const)
      assert.deepEqual(await document({ filter }), await document(query), filter);
    const both = await document({ filter: 'year = 2024 AND value > 90' });
    assert.deepEqual(both.rows, (await document({ filter: 'value > 90', year: '2024' })).rows);
    assert.deepEqual(await document(both.parameters), both);
    for (const filter of [
      'year > 2023',
      "year = 2024 OR code = 'a'",
      'NOT (year = 2024)',
      'year = year + 1',
      'year = value',
    ]) {
      const { status, code, detail } = await refused('/values.json', { filter });
      assert.deepEqual([status, code], [400, 'filter_invalid'], filter);
      assert.match(
        detail,
        /dimension year no more than year = … or year IN \(…\), joined to all else by AND/,
      );
    }
    assert.equal((await refused('/values.json', { filter: 'year = 1999' })).code, 'invalid_parameter');
    assert.equal(
      (await refused('/values.json', { filter: 'year = 2024', year: '2023' })).code,
      'invalid_parameter',
    );
  });

  it('is one for every form that shows regions one by one, and none for others', async () => {
    const filter = "code IN ('b', 'c')";
    const { body } = await get('', { filter });
    assert.deepEqual(
      (body as { features: { properties: { code: string } }[] }).features.map(
        ({ properties }) => properties.code,
      ),
      ['b', 'c'],
    );
    const csv = (await get('/values.csv', { filter })).text.trim().split(/\r\n/);
    assert.deepEqual(
      csv.slice(1).map((line) => line.slice(0, 1)),
      ['b', 'c'],
    );
    assert.match((await get('/table.html', { filter })).text, /Área B/);
    assert.doesNotMatch((await get('/table.html', { filter })).text, /Área D/);
    const json = (await get('/tiles.json', { filter })).body as { tiles: string[] };
    const path = json.tiles[0]!.replace(server.url, '').replace('{z}/{x}/{y}', '0/0/0');
    const shown = async (path: string): Promise<unknown[]> => {
      const { status, body } = await server.api.get(path).buffer(true).responseType('blob');
      assert.equal(status, 200, path);
      const layer = new VectorTile(new PbfReader(body as Buffer)).layers['people']!;
      return Array.from({ length: layer.length }, (_, i) => layer.feature(i).properties['code']);
    };
    assert.deepEqual(await shown(path), ['b', 'c']);
    const query = new URLSearchParams({ filter }).toString();
    assert.deepEqual(await shown(`/ogc/collections/choropleth:people/tiles/WorldCRS84Quad/0/0/1?${query}`), [
      'b',
      'c',
    ]);
    assert.deepEqual(await shown(`/ogc/collections/choropleth:people/tiles/WebMercatorQuad/0/0/0?${query}`), [
      'b',
      'c',
    ]);
    assert.match(JSON.stringify((await get('/style.json', { filter })).body), /filter=code\+IN/);
    for (const form of ['/legend.json', '/stats.json', '/map.svg'])
      assert.equal((await refused(form, { filter })).code, 'unknown_parameter', form);
  });

  it('is refused with its place where it is wrong, before anything is asked', async () => {
    const wrong: [query: object, code: string, detail: RegExp][] = [
      [{ filter: 'valeu > 1' }, 'filter_invalid', /at character 1: .*value/],
      [{ filter: 'value >' }, 'filter_invalid', /at character 8/],
      [{ filter: "geom = 'a'" }, 'filter_invalid', /geom/],
      [{ 'filter-lang': 'cql2-text' }, 'invalid_parameter', /left out where there is no filter/],
      [{ filter: 'value > 1', 'filter-crs': 'EPSG:1' }, 'invalid_parameter', /filter-crs/],
    ];
    for (const [query, code, detail] of wrong) {
      const problem = await refused('/values.csv', query);
      assert.deepEqual([problem.status, problem.code], [400, code], JSON.stringify(query));
      assert.match(problem.detail, detail);
    }
  });
});
