import assert from 'node:assert/strict';
import { withClient } from '../../support/cluster.ts';
import { newDatabase, onPostgres, serve } from '../../support/environment.ts';

const KEY = 'a-key-of-the-operator-1';
const SQL = `
  create table public.towns (code text primary key, name text, geom geometry(Point, 4326));
  insert into public.towns values ('t1', 'Kota Bogor', st_point(106.8, -6.6)), ('t2', 'Ciawi', st_point(106.9, -6.7));
  create table public.parks (id int primary key, name text, geom geometry(Point, 4326));
  insert into public.parks values (1, 'Kebun Raya', st_point(106.8, -6.6));
  drop extension pg_trgm;
  drop role if exists chorograph_seeker; create role chorograph_seeker login;
  grant select on all tables in schema public to chorograph_seeker;`;
/** Managed databases let nobody but their operators create extensions, trusted or not. */
const NO_EXTENSIONS = `
  create function public.refuse() returns event_trigger language plpgsql as
    $$ begin raise exception 'extensions are for operators' using errcode = '42501'; end $$;
  create event trigger no_extensions on ddl_command_start when tag in ('CREATE EXTENSION') execute function public.refuse();`;

interface Answer {
  hits: { title: string; why: { match: string } }[];
}
interface Use {
  documents: number;
  indexes: { index: string }[];
  missing: { index: string; why: string }[];
}

onPostgres('a role that may create no extension, without pg_trgm and unaccent', () => {
  let url = '';
  before(async () => {
    ({ DATABASE_URL: url = '' } = await newDatabase());
    await withClient(url, (client) => client.query(SQL + NO_EXTENSIONS));
  });
  after(() =>
    withClient(url, (client) =>
      client.query('drop owned by chorograph_seeker cascade; drop role chorograph_seeker'),
    ),
  );
  const started = async () => {
    const own = new URL(url);
    own.username = 'chorograph_seeker';
    const environment = { DATABASE_URL: own.href, CHOROGRAPH_API_KEY: KEY, LOG_LEVEL: 'silent', PORT: '0' };
    const server = await serve({ ...environment, CHOROGRAPH_DEMO: 'false', CHOROGRAPH_SCHEDULE: 'false' });
    const best = async (q: string): Promise<unknown> => {
      const { body } = await server.api.get('/search').query({ q, kinds: 'feature' }).expect(200);
      const [first] = (body as Answer).hits;
      return first && [first.title, first.why.match];
    };
    const use = async (): Promise<Use> =>
      (await server.api.get('/search/indexes').set('X-API-Key', KEY).expect(200)).body as Use;
    return { server, best, use };
  };

  it('is answered from memory where it may not have tables either', async () => {
    const { server, best, use } = await started();
    assert.deepEqual(await best('kota bogro'), ['Kota Bogor', 'fuzzy']);
    assert.deepEqual(await best('Kébun-Raya'), ['Kebun Raya', 'name']);
    const { documents, indexes, missing } = await use();
    assert.deepEqual([documents, indexes], [0, []]);
    assert.ok(missing.some(({ index }) => index === 'search_document_words'));
    await server.stop();
  });

  it('has its documents kept where it may, and is told that SQL does without misspellings', async () => {
    await withClient(url, (client) =>
      client.query(`do $$ begin execute format('grant create on database %I to chorograph_seeker', current_database()); end $$;
        grant usage, create on schema public to chorograph_seeker`),
    );
    const { server, best, use } = await started();
    await withClient(url, (client) => client.query(`select chorograph.track('public.towns')`));
    await server.ctx.generations.pollAgain();
    assert.deepEqual(await best('kota bogro'), ['Kota Bogor', 'fuzzy']);
    await server.ctx.searching.rebuild();
    const { documents, missing } = await use();
    assert.ok(documents >= 2, String(documents));
    assert.deepEqual(
      missing.map(({ index }) => index),
      ['search_document_folded'],
    );
    assert.match(missing[0]!.why, /pg_trgm/);
    await server.stop();
  });
});
