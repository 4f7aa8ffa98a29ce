import assert from 'node:assert/strict';
import { chorograph } from '../cli/support.ts';
import { newServer, once, onPostgres, type TestServer } from '../support/environment.ts';

const KEY = 'a-key-of-the-operator-1';
const TABLE = `
  create table public.towns (code text primary key, name text, geom geometry(Point, 4326));
  insert into public.towns values ('t1', 'Kota Bogor', st_point(106.8, -6.6)), ('t2', 'Ciawi', st_point(106.9, -6.7));`;

interface Use {
  documents: number;
  indexes: { index: string; scans: number; bytes: number; unused: boolean }[];
  missing: { index: string; statement: string }[];
}

once('the indexes of search', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLE, environment: { CHOROGRAPH_API_KEY: KEY } });
    await server.run(`select chorograph.track('public.towns')`);
    await server.ctx.generations.pollAgain();
    await server.ctx.searching.rebuild();
  });
  const look = async (): Promise<Use> =>
    (await server.api.get('/search/indexes').set('X-API-Key', KEY).expect(200)).body as Use;

  it('are shown to operators alone: use, size, and the statement for what is missing', async () => {
    await server.api.get('/search/indexes').expect(401);
    const use = await look();
    assert.equal(use.documents, 2);
    assert.ok(use.indexes.every(({ bytes }) => bytes > 0));
    assert.deepEqual(use.missing, []);
    assert.equal(use.indexes.find(({ index }) => index === 'search_document_words')?.unused, true);
    assert.equal(use.indexes.find(({ index }) => index === 'search_document_pkey')?.unused, false);
    await server.run('drop index chorograph.search_document_folded');
    const [missing] = (await look()).missing;
    assert.equal(missing?.index, 'search_document_folded');
    await server.run(missing.statement);
    assert.deepEqual((await look()).missing, []);
  });
});

onPostgres('chorograph search', () => {
  it('shows indexes, reads documents anew and explains a query', async () => {
    const { environment, run } = await newServer({ sql: TABLE });
    await run(`select chorograph.track('public.towns')`);
    const ask = async (...args: string[]): Promise<string> => {
      const { code, out, error } = await chorograph(['search', ...args], environment);
      assert.equal(code, 0, error);
      return out;
    };
    assert.match(await ask('rebuild'), /^\d+ documents can be found/);
    assert.deepEqual(await run(`select key from chorograph.search_document order by key`), [
      { key: 't1' },
      { key: 't2' },
    ]);
    const [indexes, explained] = await Promise.all([ask('indexes'), ask('explain', 'kota bogro')]);
    assert.match(indexes, /^2 documents, \d+ kB\n.*search_document_words/s);
    assert.match(explained, /kind: kota[^]*fuzzy +Kota Bogor/);
  });
});
