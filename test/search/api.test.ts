import assert from 'node:assert/strict';
import { demoServer, newServer, type TestServer } from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';

interface Hit {
  id: string;
  kind: string;
  title: string;
  code?: string;
  score: number;
  why: { match: string; highlights: [number, number][] };
  parents: string[];
  centre?: [number, number];
  bbox?: [number, number, number, number];
  links: Record<string, string>;
}
interface Answer {
  total: number;
  hits: Hit[];
  didYouMean?: string;
  next?: string;
}

const environment = { CHOROGRAPH_SEARCH_PER_MINUTE: '100000' };

const PLACES = `
  create table public.provinces (code text primary key, name text not null, geom geometry(Polygon, 4326));
  create table public.districts (code text primary key, name text not null, province text, geom geometry(Polygon, 4326));
  insert into public.provinces values
    ('32', 'Jawa Barat', st_makeenvelope(106, -8, 109, -6, 4326)), ('11', 'Aceh', st_makeenvelope(95, 2, 98, 6, 4326));
  insert into public.districts values
    ('3201', 'Kabupaten Bogor', '32', st_makeenvelope(106.4, -6.8, 107.2, -6.3, 4326)),
    ('3271', 'Kota Bogor', '32', st_makeenvelope(106.7, -6.7, 106.9, -6.5, 4326)),
    ('1105', 'Kabupaten Aceh Barat', '11', st_makeenvelope(95.8, 4, 96.5, 4.9, 4326)),
    ('9', 'O''Higgins \\ 100% _x', '11', st_makeenvelope(179, -17, 180, -16, 4326));
  comment on column public.districts.province is 'Official number of the province';`;
const MAPS = `
regions:
  provinces: { table: public.provinces, geometry: geom, code: code, name: name }
  districts: { table: public.districts, geometry: geom, code: code, name: name, parent: { set: provinces, column: province } }`;

describe('GET /search', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ environment, sql: PLACES, maps: MAPS });
  });
  const get = async (query: Record<string, string>, path = '/search'): Promise<Answer> =>
    (await server.api.get(path).query(query).expect(200)).body as Answer;

  it('finds a region with all there is to show it', async () => {
    const { hits, total } = await get({ q: 'kab aceh brt' });
    const [first] = hits;
    assert.equal(total, hits.length);
    assert.deepEqual(
      { ...first, score: 0, links: 0 },
      {
        id: 'regions:districts:1105',
        kind: 'region',
        title: 'Kabupaten Aceh Barat',
        code: '1105',
        score: 0,
        why: {
          match: 'name',
          highlights: [
            [0, 3],
            [10, 14],
            [15, 20],
          ],
        },
        parents: ['Aceh'],
        centre: [96.15, 4.45],
        bbox: [95.8, 4, 96.5, 4.9],
        links: 0,
      },
    );
    await server.api.get(new URL(first!.links.tiles!).pathname).expect(200);
  });

  it('keeps a regency and a city of one name apart, the one that is asked for first', async () => {
    for (const [q, titles] of [
      ['Kota Bogor', ['Kota Bogor', 'Kabupaten Bogor']],
      ['kab. bogor', ['Kabupaten Bogor', 'Kota Bogor']],
    ] as const) {
      const { hits } = await get({ q });
      assert.deepEqual(
        hits.slice(0, 2).map(({ title }) => title),
        titles,
      );
    }
  });

  it('finds a code first, a misspelling with what was meant, and layers by what their columns are called', async () => {
    const code = await get({ q: '3271' });
    assert.deepEqual([code.hits[0]!.title, code.hits[0]!.why.match], ['Kota Bogor', 'code']);
    const typo = await get({ q: 'Acej Barta' });
    assert.deepEqual([typo.hits[0]!.title, typo.hits[0]!.why.match], ['Kabupaten Aceh Barat', 'fuzzy']);
    assert.equal(typo.didYouMean, 'Kabupaten Aceh Barat');
    const layer = await get({ q: 'official number', kinds: 'layer' });
    assert.deepEqual(
      layer.hits.map(({ id }) => id),
      ['layer:districts'],
    );
    assert.equal((await get({ q: 'West Java', kinds: 'region' })).hits[0]!.title, 'Jawa Barat');
  });

  it('stays within a region, a box and kinds, and goes page by page', async () => {
    const within = await get({ q: 'bogor', within: 'regions:provinces:11' });
    assert.deepEqual(
      within.hits.map(({ title }) => title),
      [],
    );
    const box = await get({ q: 'bogor', bbox: '107,-6.5,107.1,-6.4' });
    assert.deepEqual(
      box.hits.map(({ title }) => title),
      ['Kabupaten Bogor'],
    );
    const first = await get({ q: 'bogor', limit: '1' });
    const second = await get({ q: 'bogor', limit: '1', cursor: first.next! });
    assert.equal(first.total, 2);
    assert.notEqual(first.hits[0]!.id, second.hits[0]!.id);
    assert.equal(second.next, undefined);
  });

  it('suggests while a name is being typed', async () => {
    for (const q of ['bo', 'bog', 'kota bo', 'aceh b', 'bara'])
      assert.ok((await get({ q }, '/search/suggest')).hits.length > 0, q);
  });

  it('refuses what cannot be meant, and finds nothing in what says nothing', async () => {
    for (const q of [
      '',
      'a',
      ' a ',
      'x'.repeat(201),
      'bogor '.repeat(1_700),
      'bo\u0001gor',
      'bo\ngor',
      'bo\u0000gor',
    ])
      for (const path of ['/search', '/search/suggest']) {
        const { body, type } = await server.api.get(path).query({ q }).expect(400);
        assert.equal(type, 'application/problem+json');
        assert.equal((body as { code: string }).code, 'invalid_parameter');
      }
    await server.api.get('/search').expect(400);
    for (const query of [
      { near: '1' },
      { near: '1,2,3' },
      { kinds: 'town' },
      { limit: '1001' },
      { cursor: 'x' },
      { x: '1' },
    ])
      await server.api
        .get('/search')
        .query({ q: 'bogor', ...query })
        .expect(400);
    for (const q of ['%_', '\\\\', '...', "''", '"(', '!&|', ':*:*'])
      assert.deepEqual((await get({ q })).hits, [], q);
    for (const q of [
      "'; drop table x; --",
      '"bogor',
      'bogor & (',
      'a:* | b',
      '%bogor%',
      '\u202ebogor',
      '🗺️🗺️',
    ])
      await get({ q });
    assert.equal((await get({ q: "o'higgins \\ 100% _x" })).hits[0]!.code, '9');
  });

  it('knows of a changed name soon, and keeps what it knows in the database', async () => {
    await get({ q: 'bogor' });
    await server.run(`select chorograph.track('public.districts')`);
    await server.run(`update public.districts set name = 'Kota Hujan' where code = '3271'`);
    await eventuallyPasses(async () => {
      const { hits } = await get({ q: 'hujan' });
      assert.deepEqual(
        hits.map(({ code }) => code),
        ['3271'],
      );
      const rows = await server.run(
        `select d.title, d.folded, s.documents from chorograph.search_document d
         join chorograph.search_source s using (source) where d.code = '3271'`,
      );
      assert.deepEqual(rows, [{ title: 'Kota Hujan', folded: 'kota hujan', documents: 4 }]);
    });
    assert.deepEqual(
      (await get({ q: 'bogor' })).hits.map(({ title }) => title),
      ['Kabupaten Bogor'],
    );
  });
});

describe('searches of one asker', () => {
  it('are limited, and suggestions by a limit of their own', async () => {
    const server = await newServer({ environment: { CHOROGRAPH_SEARCH_PER_MINUTE: '2' } });
    for (const status of [200, 200, 429]) await server.api.get('/search?q=bogor').expect(status);
    const refused = await server.api.get('/search?q=bogor').expect(429);
    assert.match(refused.headers.ratelimit ?? '', /^"searches";r=0;t=\d+$/);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    for (let i = 0; i < 40; i++) await server.api.get('/search/suggest?q=bo').expect(200);
    await server.api.get('/search/suggest?q=bo').expect(429);
    await server.ctx.auditing.flush();
    const rows = await server.run(
      `select object, actor, sum(times)::int as times from chorograph.audit_event where action = 'limit.hit' group by 1, 2 order by 1`,
    );
    assert.deepEqual(rows, [
      { object: 'limit:search', actor: 'anonymous', times: 2 },
      { object: 'limit:suggest', actor: 'anonymous', times: 1 },
    ]);
  });
});

describe('a search of the demo', () => {
  it('finds counties, airports and choropleths', async () => {
    const { api } = await demoServer();
    const best = async (q: string): Promise<Hit> =>
      ((await api.get('/search').query({ q }).expect(200)).body as Answer).hits[0]!;
    const county = await best('Los Angelos county');
    assert.deepEqual([county.code, county.parents], ['06037', ['California']]);
    assert.equal((await best('Unemployment rate by county')).kind, 'choropleth');
    assert.equal((await best('jatim')).title, 'Jawa Timur');
  });
});
