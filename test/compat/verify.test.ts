import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { installPack } from '../../server/compat/santri/pack.ts';
import { verify } from '../../server/compat/santri/verify/index.ts';
import { differencesOf, itemsOf } from '../../server/compat/santri/verify/compare.ts';
import { createKey } from '../../server/security/keys.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { chorograph } from '../cli/support.ts';
import { newServer, once, type TestServer, untilFileEnds } from '../support/environment.ts';

const OLD = readFileSync(projectPath('test', 'compat', 'old-system.sql'), 'utf8');
const MAPS = readFileSync(projectPath('sql', 'packs', 'santri', 'maps.yaml'), 'utf8');
const ID = '00000000-0000-4000-9000-000000000001';

type Body = Record<string, unknown>;

/** The old application: what the server answers, each answer changed as told, its rows in another order. */
async function oldServer(
  server: TestServer,
  change: (path: string, body: Body) => Body = (_path, body) => body,
): Promise<string> {
  const proxy = createServer((req, res) => {
    void (async () => {
      const sent: Buffer[] = [];
      for await (const chunk of req) sent.push(chunk as Buffer);
      const answer = await fetch(`${server.url}${req.url}`, {
        method: req.method ?? 'GET',
        headers: {
          'content-type': 'application/json',
          ...(typeof req.headers['x-api-key'] === 'string' && { 'x-api-key': req.headers['x-api-key'] }),
        },
        ...(sent.length > 0 && { body: Buffer.concat(sent) }),
      });
      const body = change(req.url ?? '', (await answer.json()) as Body);
      for (const list of ['features', 'data'])
        if (Array.isArray(body[list])) (body[list] as unknown[]).reverse();
      res.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  untilFileEnds.push(() => new Promise((resolve) => proxy.close(resolve)));
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

once('santri verify', () => {
  let server: TestServer;
  let key: string;
  before(async () => {
    server = await newServer({ sql: OLD, maps: MAPS }, untilFileEnds);
    await installPack(server.ctx.db);
    await server.rediscover();
    key = (await createKey(server.ctx.db, { name: 'v', scopes: ['personal', 'personal:full'] })).key;
  });

  async function run(old: string, withPersons = true, limit = Infinity) {
    const differences: string[] = [];
    const notes: string[] = [];
    const result = await verify({
      // A key is of one server, and refused by another.
      old: { url: old, key: withPersons ? key : undefined },
      now: { url: server.url, key: withPersons ? key : undefined },
      withPersons,
      limit,
      onDifference: (path, text) => differences.push(`${path}  ${text}`),
      onNote: (path, text) => notes.push(`${path}  ${text}`),
      onProgress: () => {},
    });
    return { differences, notes, result };
  }

  it('finds no difference where there is none, whatever the order of rows', async () => {
    const { differences, notes, result } = await run(await oldServer(server));
    assert.deepEqual(differences, []);
    assert.deepEqual(notes, []);
    assert(result.items > 900, String(result.items));
  });

  it('compares what is on all pages, in whatever order the old ones are', async () => {
    const { differences, result } = await run(await oldServer(server), false, 30);
    assert.deepEqual(differences, []);
    assert.equal(result.items, (await run(await oldServer(server), false)).result.items);
    const lacking = await oldServer(server, (path, body) => {
      if (/santri-points\?limit=30&page=4$/.test(path)) (body.features as unknown[]).pop();
      return body;
    });
    const other = await run(lacking, false, 30);
    assert.deepEqual(other.differences, []);
    assert.deepEqual(other.notes, [
      '/gis/santri-points?limit=30  the old pages overlap: 199 different rows of 200; only those are compared',
    ]);
  });

  it('names the row that is another on a second server, under every path that shows it', async () => {
    const other = await newServer({ sql: OLD, maps: MAPS });
    await installPack(other.ctx.db);
    await other.run('update santri_map set skor_terakhir = 101 where id = $1', [ID]);
    await other.rediscover();
    const [row] = await server.run<{ skor: number; kategori: string }>(
      'select skor_terakhir as skor, kategori_kemiskinan as kategori from santri_map where id = $1',
      [ID],
    );
    const filter = new URLSearchParams({ kategori: row!.kategori }).toString();
    const text = (name: string): string => `  ${ID}: ${name}: 101 → ${row!.skor}`;
    const { differences } = await run(other.url, false);
    const expected = ['', `${filter}&`].flatMap((query) => [
      `/gis/santri-points?${query}limit=5000${text('skor')}`,
      `/gis/heatmap?${query}limit=10000${text('skor')}`,
      `/gis/heatmap?${query}limit=10000${text('weight')}`,
    ]);
    assert.deepEqual(differences.sort(), expected.sort());
  });

  it('tells rows and whole paths that are missing on one side', async () => {
    const old = await oldServer(server, (path, body) => {
      if (path === '/gis/boundaries/provinsi') (body.features as unknown[]).pop();
      return body;
    });
    const { differences } = await run(old, false);
    assert.deepEqual(differences, ['/gis/boundaries/provinsi  jawabarat: was not there']);
  });

  it('notes a filter that the old application passed over, and compares the rest', async () => {
    const old = await oldServer(server);
    const careless = createServer((req, res) => {
      const path = (req.url ?? '').replace(/[?&]kategori_kemiskinan=[^&]*/, '');
      void fetch(`${old}${path}`, {
        ...(req.method === 'POST' && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"question":"x"}',
        }),
      }).then(async (answer) => res.writeHead(answer.status).end(await answer.text()));
    });
    await new Promise<void>((resolve) => careless.listen(0, '127.0.0.1', resolve));
    untilFileEnds.push(() => new Promise((resolve) => careless.close(resolve)));
    const { differences, notes } = await run(
      `http://127.0.0.1:${(careless.address() as AddressInfo).port}`,
      false,
    );
    assert.deepEqual(differences, []);
    assert.equal(notes.length, 4);
    assert(notes.every((note) => /kategori_kemiskinan=.* passes this filter over/.test(note)));
  });

  it('ends with 1 where answers differ, 0 where they do not, and says what it saw', async () => {
    const same = await chorograph([
      'santri',
      'verify',
      '--old',
      await oldServer(server),
      '--new',
      server.url,
    ]);
    assert.deepEqual(
      [same.code, same.out.split('\n').at(-2)?.replace(/\d+/g, '#')],
      [0, '# questions, # things compared, # differences'],
    );
    const old = await oldServer(server, (path, body) =>
      path === '/gis/choropleth/stats' ? { ...body, provinsi_list: ['Aceh'] } : body,
    );
    const other = await chorograph(['santri', 'verify', '--old', old, '--new', server.url]);
    assert.equal(other.code, 1);
    assert.match(other.out, /^\/gis\/choropleth\/stats {2}provinsi_list: Jawa Barat: was not there$/m);
    const away = await chorograph(['santri', 'verify', '--old', 'http://127.0.0.1:1', '--new', server.url]);
    assert.equal(away.code, 1);
    assert.match(away.error, /http:\/\/127\.0\.0\.1:1 does not answer \/gis\/choropleth\/stats/);
  });

  it('keeps a city apart from the regency of its name, and takes two spellings of one for one', () => {
    const item = (kabupaten: string) => ({
      features: [{ type: 'Feature', geometry: null, properties: { kabupaten, n: 1 } }],
    });
    const [[regency]] = [[...itemsOf(item('Kab. Bogor')).keys()]] as [string[]];
    assert.deepEqual([...itemsOf(item('Bogor')).keys()], [regency]);
    assert.notDeepEqual([...itemsOf(item('Kota Bogor')).keys()], [regency]);
  });

  it('compares a masked NIK as far as it is shown', () => {
    const nik = (value: string) => ({ values: { nik: value } });
    assert.deepEqual(differencesOf(nik('1234567890123456'), nik('************3456')), []);
    assert.equal(differencesOf(nik('1234567890123456'), nik('************3457')).length, 1);
  });
});
