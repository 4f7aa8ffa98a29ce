import assert from 'node:assert/strict';
import { newServer, type TestServer } from '../../support/environment.ts';
import { eventuallyPasses } from '../../support/eventually.ts';

const SCHOOLS = `
  create table public.schools (npsn text primary key, school text, old_name text, remarks text, notes text, district text,
    pupils bigint, geom geometry(Point, 4326));
  insert into public.schools
  select (1000 + n)::text, 'Sekolah Harapan ' || n, case n when 7 then 'Perguruan Melati' end,
    case n when 8 then 'laboratory with telescope' when 20 then 'an orchard' end,
    case n when 10 then 'orchard, planted' when 8 then 'Telescopes' end, case when n < 50 then 'Cibinong' else 'Ciawi' end, n * 10, st_point(106, -6)
  from generate_series(1, 60) n;
  create table public.people (id int primary key, name text, geom geometry(Point, 4326));
  insert into public.people values (1, 'Orang Rahasia', st_point(106, -6));
  create table public.halls (id int primary key, "Nama" text, geom geometry(Point, 4326));
  insert into public.halls values (1, 'Balai Rakyat', st_point(106, -6)), (2, null, null), (3, 'Balai Kosong', null);
  comment on table public.halls is 'Gathering places';`;
const MAPS = `
search:
  sekolah: { table: public.schools, title: school, code: npsn, names: [old_name], text: { remarks: 0.8, notes: 0.1 }, language: english, context: [district], rank: pupils }
  lost: { table: public.nowhere, title: x }
layers:
  people: { table: public.people, pyramid: { below: 10 } }`;

interface Answer {
  total: number;
  hits: { id: string; title: string; why: { match: string }; parents: string[]; code?: string }[];
}

describe('what is searched', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({
      sql: SCHOOLS,
      maps: MAPS,
      environment: { CHOROGRAPH_SEARCH_PER_MINUTE: '100000' },
    });
  });
  const get = async (q: string, more: Record<string, string> = {}): Promise<Answer> =>
    (
      await server.api
        .get('/search')
        .query({ q, ...more })
        .expect(200)
    ).body as Answer;

  it('is said in maps.yaml: other names, texts, where rows are, and which is first', async () => {
    const [named] = (await get('perguruan melati')).hits;
    assert.deepEqual(
      [named?.id, named?.why.match, named?.parents],
      ['search:sekolah:1007', 'name', ['Cibinong']],
    );
    assert.equal((await get('harapan telescope')).hits[0]?.code, '1008');
    assert.deepEqual((await get('1009')).hits[0]?.title, 'Sekolah Harapan 9');
    const many = await get('sekolah harapan', { limit: '3' });
    assert.equal(many.total, 60);
    assert.equal((await get('harapan ciawi')).total, 11);
    assert.equal((await get('sekolah harapan 1', { limit: '2' })).hits[0]?.title, 'Sekolah Harapan 1');
  });

  it('has descriptions in a language, whose words are found in other forms, and weights of its columns', async () => {
    for (const q of ['telescopes', 'laboratories harapan', 'harapan telescope'])
      assert.deepEqual(
        (await get(q)).hits.map(({ code, why }) => [code, why.match]),
        [['1008', 'words']],
        q,
      );
    const orchards = (await get('orchards')).hits;
    assert.deepEqual(
      orchards.map(({ code }) => code),
      ['1020', '1010'],
    );
    // Names are as they are: the stem of Harapan may be that of another name.
    assert.ok((await get('sekolahs harapan')).hits.every(({ why }) => why.match === 'fuzzy'));
  });

  it('is what has a name, but for rows that are shown as cells', async () => {
    assert.deepEqual((await get('balai')).hits.map(({ title }) => title).sort(), [
      'Balai Kosong',
      'Balai Rakyat',
    ]);
    assert.equal((await get('orang rahasia')).total, 0);
    assert.equal((await get('gathering places')).hits[0]?.id, 'layer:halls');
  });

  it('is told where maps.yaml names what is not there', async () => {
    const { body } = await server.api.get('/health').expect(200);
    assert.match(JSON.stringify(body), /search\.lost\.table: there is no table or view public\.nowhere/);
  });

  it('is written as it changed, and is the same read from what was kept', async () => {
    await server.run(`select chorograph.track('public.schools')`);
    await server.ctx.generations.pollAgain();
    await server.ctx.searching.rebuild();
    const xmins = async (): Promise<Map<string, string>> =>
      new Map(
        (
          await server.run<{ key: string; xmin: string }>(
            `select key, xmin::text from chorograph.search_document where source = 'search:sekolah'`,
          )
        ).map(({ key, xmin }) => [key, xmin]),
      );
    const before = await xmins();
    assert.equal(before.size, 60);
    const stems = await server.run(
      `select key from chorograph.search_document
       where words @@ (to_tsquery('english', 'telescopes:C') && to_tsquery('simple', 'sekolah:A'))`,
    );
    assert.deepEqual(stems, [{ key: '1008' }]);
    await server.run(`update public.schools set school = 'Madrasah Baru' where npsn = '1005'`);
    await server.run(`delete from public.schools where npsn = '1006'`);
    await eventuallyPasses(async () => {
      const after = await xmins();
      assert.equal(after.size, 59);
      assert.deepEqual(
        [...after].filter(([key, xmin]) => before.get(key) !== xmin).map(([key]) => key),
        ['1005'],
      );
    });
    assert.equal((await get('madrasah baru')).hits[0]?.code, '1005');
  });
});
