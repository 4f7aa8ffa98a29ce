import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import fc from 'fast-check';
import { PbfReader } from 'pbf';
import { METHODS } from '../../server/choropleth/classify/index.ts';
import { SCHEMES } from '../../server/choropleth/color/index.ts';
import {
  choroplethParams,
  readChoroplethRequest,
  type ChoroplethRequest,
} from '../../server/choropleth/request/params.ts';
import { joinValues, splitValues } from '../../server/choropleth/request/options.ts';
import { demoServer, newServer, once, type TestServer } from '../support/environment.ts';
import { values } from './support.ts';

type Query = Record<string, string | string[]>;

const one = <T>(...items: readonly T[]) => fc.constantFrom(...items);
const number = fc.oneof(
  fc.integer({ min: -50, max: 2000 }),
  fc.double({ min: -1e3, max: 1e6, noNaN: true, noDefaultInfinity: true }),
);
const numbers = (max: number) =>
  fc.array(number, { minLength: 1, maxLength: max }).map((list) => list.sort((a, b) => a - b).join());

/** What every choropleth takes, each left out or given. */
const COMMON = {
  method: one(...METHODS),
  classes: one('2', '4', '5', '9'),
  isolate: fc.oneof(one('0', '0,5', 'none'), numbers(3)),
  scheme: one(...SCHEMES.map(({ name }) => name)),
  reverse: one('true', 'false', '1'),
  center: fc.oneof(one('mean', 'median', '-0'), number.map(String)),
  cvd: one('warn', 'strict'),
  theme: one('dark', 'light'),
  normalize: one('area', 'share'),
  multiplier: one('1000', '0.001', '1e3'),
};

/** Without what contradicts the rest, so that most queries have an answer. */
function sensible(query: Query): Query {
  const { method, breaks, normalize, multiplier, scope, center, cvd, ...rest } = query;
  const positional = typeof breaks === 'string' && /^(pooled|per-period|shared)/.test(breaks);
  const isRatio = rest.metric !== undefined && rest.metric !== 'total_santri';
  const scheme = SCHEMES.find(({ name }) => name === rest.scheme)?.kind ?? 'sequential';
  const colored = center !== undefined && scheme !== 'diverging' ? { ...rest, scheme: 'PuOr' } : rest;
  if (rest.level === 'us-states') delete colored.parent;
  return {
    ...colored,
    ...(method !== undefined && method !== 'manual' && (breaks === undefined || positional)
      ? { method }
      : {}),
    ...(breaks !== undefined && (!positional || rest.tahun === '2025') ? { breaks } : {}),
    ...(normalize !== undefined && !isRatio ? { normalize, ...(multiplier ? { multiplier } : {}) } : {}),
    ...(scope === 'parent' && colored.parent === undefined ? {} : scope ? { scope } : {}),
    ...(center === undefined ? {} : { center }),
    ...(cvd === 'strict' ? {} : cvd ? { cvd } : {}),
  };
}

const CASES: [id: string, arbitrary: fc.Arbitrary<Query>][] = [
  [
    'us-points',
    fc.record(
      {
        ...COMMON,
        level: one('us-counties', 'us-states'),
        parent: one('06', '06,41', '41,06'),
        scope: one('all', 'parent'),
        breaks: numbers(7),
      },
      { requiredKeys: [] },
    ),
  ],
  [
    'santri-provinsi',
    fc.record(
      {
        ...COMMON,
        metric: one('total_santri', 'pct_miskin', 'avg_skor'),
        breaks: fc.oneof(one('pooled', 'per-period', 'shared:2024'), numbers(7)),
        tahun: one<string | string[]>('2025', '2024,2025', ['2025', '2023']),
        kategori_kemiskinan: one<string | string[]>('Miskin', 'Rentan,Miskin', ['Tidak Miskin', 'Miskin']),
      },
      { requiredKeys: [] },
    ),
  ],
  [
    'santri-provinsi',
    fc.record(
      {
        ...COMMON,
        metric: one('total_santri', 'pct_miskin'),
        change: one('abs', 'pct', 'ratio'),
        from: one('2023', '2024'),
        to: one('2024', '2025'),
      },
      { requiredKeys: ['change', 'from', 'to'] },
    ),
  ],
];

function requestOf({ ctx }: TestServer, id: string, query: Query): ChoroplethRequest {
  const isKnown = ([name]: [string, unknown]): boolean => name in choroplethParams.shape;
  const entries = Object.entries(query);
  const known = choroplethParams.parse(Object.fromEntries(entries.filter(isKnown)));
  const extra = Object.fromEntries(entries.filter((entry) => !isKnown(entry)));
  return readChoroplethRequest(ctx.choropleths.get(id), known, extra);
}

once('An answer can be made again', () => {
  let demo: TestServer;
  before(async () => void (demo = await demoServer()));

  for (const [id, queries] of CASES) {
    it(`from its parameters, whatever ${id} was asked`, async function () {
      let answered = 0;
      const ask = (form: string, query: Query) => demo.api.get(`/gis/choropleth/${id}/${form}`).query(query);
      await fc.assert(
        fc.asyncProperty(
          queries.map(sensible),
          one('values.json', 'classes.json', 'legend.svg'),
          async (query, form) => {
            const { status, body } = await ask('values.json', query);
            const { parameters } = body as { parameters: Record<string, string> };
            if (status === 400) return; // such as a logarithm of 0, or too few colours
            assert.equal(status, 200, JSON.stringify(body));
            answered++;
            // Answers are kept by their parameters: two requests that they do not tell apart would get the same one.
            assert.deepEqual(requestOf(demo, id, parameters), requestOf(demo, id, query));
            const [first, again] = [await ask(form, query), await ask(form, parameters)];
            assert.equal(again.status, 200, JSON.stringify([query, parameters]));
            assert.ok(first.headers.etag);
            assert.equal(again.headers.etag, first.headers.etag, JSON.stringify([query, parameters]));
          },
        ),
        { numRuns: 40 },
      );
      assert.ok(answered >= 15, `only ${answered} were answered`);
    });
  }

  it('from the parameters of two metrics', async () => {
    const ask = (query: Query) => demo.api.get('/gis/choropleth/santri-provinsi/bivariate.json').query(query);
    const first = await ask({ vars: 'pct_miskin,avg_skor', tahun: '2025', schemes: 'Reds,Blues', dim: '2' });
    assert.equal(first.status, 200);
    const again = await ask((first.body as { parameters: Query }).parameters);
    assert.equal(again.headers.etag, first.headers.etag);
  });

  it('splits what was joined, commas and backslashes included', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: one('a', ',', '\\', ' ') }), { minLength: 1 }), (list) => {
        assert.deepEqual(splitValues(joinValues(list)), list);
      }),
    );
    assert.deepEqual(splitValues('a\\b,c\\'), ['a\\b', 'c\\']);
  });
});

once('Values with commas', () => {
  /** Of a dimension; the last two would be taken for others if commas parted them. */
  const KINDS = ['plain', 'a,b', 'a', 'b', 'back\\slash', 'end\\', '\\,', '&=+% {z}', ''];
  let server: TestServer;

  before(async () => {
    server = await newServer({
      sql: `
        create table parents (kode text primary key, nama text, geom geometry(Polygon, 4326));
        insert into parents values ('p,1', 'P', st_makeenvelope(0, 0, 2, 1, 4326)),
          ('p', 'Q', st_makeenvelope(2, 0, 3, 1, 4326));
        create table kab (kode text primary key, nama text, induk text, geom geometry(Polygon, 4326));
        insert into kab values ('a', 'A', 'p,1', st_makeenvelope(0, 0, 1, 1, 4326)),
          ('b', 'B', 'p,1', st_makeenvelope(1, 0, 2, 1, 4326)), ('c', 'C', 'p', st_makeenvelope(2, 0, 3, 1, 4326));
        create table cube (kode text, kind text, n int);
        insert into cube select k.kode, kind.name, 10 ^ (kind.i % 5) * ascii(k.kode)
          from kab k, unnest(array[${KINDS.map((kind) => `'${kind}'`).join()}]) with ordinality kind(name, i);`,
      maps: `
regions:
  parents: { table: parents, code: kode, name: nama }
  kab: { table: kab, code: kode, name: nama, parent: { set: parents, column: induk } }
choropleths:
  c: { regions: kab, cube: { view: cube, region: kode, dimensions: [kind] }, metrics: { n: { sum: n } } }
`,
    });
  });

  const tileValues = async (query: Query): Promise<Record<string, unknown>> => {
    const { body } = await server.api.get('/gis/choropleth/c/style.json').query(query).expect(200);
    const [template] = (body as { sources: { choropleth: { tiles: string[] } } }).sources.choropleth.tiles;
    const url = template!.replace('{z}', '3').replace('{x}', '4').replace('{y}', '3');
    const tile = await server.api.get(url.slice(new URL(url).origin.length)).responseType('blob');
    assert.equal(tile.status, 200, url);
    const layer = new VectorTile(new PbfReader(tile.body as Buffer)).layers.c!;
    const features = Array.from({ length: layer.length }, (_, i) => layer.feature(i).properties);
    return Object.fromEntries(features.map(({ code, value }) => [code as string, value]));
  };

  for (const kind of KINDS) {
    it(`reach the tiles of a style as they are: ${JSON.stringify(kind)}`, async () => {
      // Given twice, a value is taken as it stands.
      const { rows, parameters } = await values(server, 'c', { kind: [kind, kind] });
      const expected = 10 ** ((KINDS.indexOf(kind) + 1) % 5) * 'a'.charCodeAt(0);
      assert.equal(rows.find(({ code }) => code === 'a')!.value, expected);
      const again = await values(server, 'c', parameters);
      assert.deepEqual([again.parameters, again.rows], [parameters, rows]);
      assert.deepEqual(
        await tileValues({ kind: [kind, kind] }),
        Object.fromEntries(rows.map(({ code, value }) => [code, value])),
      );
    });
  }

  it('reach the tiles of a style several at once', async () => {
    const { rows, parameters } = await values(server, 'c', { kind: ['a,b', 'plain', 'end\\'] });
    assert.equal(rows[0]!.value, 'a'.charCodeAt(0) * (10 + 100 + 10));
    assert.deepEqual((await values(server, 'c', parameters)).rows, rows);
    assert.equal((await tileValues({ kind: ['a,b', 'plain', 'end\\'] })).a, rows[0]!.value);
  });

  it('name a parent', async () => {
    const { rows, parameters } = await values(server, 'c', { parent: 'p\\,1' });
    assert.deepEqual([rows.map(({ code }) => code), parameters.parent], [['a', 'b'], 'p\\,1']);
    assert.deepEqual(Object.keys(await tileValues({ parent: 'p\\,1' })), ['a', 'b']);
  });
});
