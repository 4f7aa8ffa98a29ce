import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PMTiles } from 'pmtiles';
import { exportArchive } from '../../server/archives/public.ts';
import { readMaps } from '../../server/maps.ts';
import { newServer, once, type TestServer } from '../support/environment.ts';

const KEY = 'a-key-that-may-do-everything';

const SQL = `
  create table areas (id int primary key, name text, secret text, geom geometry(Polygon, 4326));
  insert into areas select i, 'area ' || i, 'hidden', st_makeenvelope(i, 40, i + 1, 41, 4326) from generate_series(0, 9) i;
  create table kept as select * from areas;`;

const mapsOf = (more = ''): string => `
layers:
  areas: { table: public.areas, withhold: [secret${more}] }
  kept: { table: public.kept, access: key }
`;

once('archives that are served', () => {
  let folder: string;
  let server: TestServer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-served-'));
    const environment = { CHOROGRAPH_API_KEY: KEY, CHOROGRAPH_ARCHIVES_DIR: folder };
    server = await newServer({ sql: SQL, maps: mapsOf(), environment });
    for (const id of ['areas', 'kept'])
      await exportArchive(
        server.ctx,
        { kind: 'layer', id, query: {} },
        {
          out: join(folder, `${id}.pmtiles`),
          zooms: [0, 3],
          bbox: undefined,
          threads: 1,
          signal: new AbortController().signal,
          say: () => {},
          tell: () => {},
        },
      );
    await writeFile(join(folder, 'no-archive.pmtiles'), 'nothing of the kind');
    await writeFile(join(folder, 'secret.txt'), 'no archive');
    await symlink('/etc/passwd', join(folder, 'link.pmtiles'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(server.url + path, { headers, method });
  const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());

  it('are read by the official reader over HTTP', async () => {
    const archive = new PMTiles(`${server.url}/archives/areas.pmtiles`);
    const found = await archive.getZxy(3, 4, 3);
    const live = await bytesOf(await get('/tiles/areas/3/4/3.mvt'));
    assert.ok(found && live.length > 0 && live.equals(Buffer.from(found.data)));
  });

  it('are sent whole and in ranges, and as they were when ranges of them were asked for before', async () => {
    const path = '/archives/areas.pmtiles';
    const file = await readFile(join(folder, 'areas.pmtiles'));
    const whole = await get(path);
    const etag = whole.headers.get('etag') ?? '';
    assert.match(etag, /^"[\w-]+"$/);
    assert.deepEqual(
      [whole.status, whole.headers.get('content-type'), whole.headers.get('accept-ranges')],
      [200, 'application/vnd.pmtiles', 'bytes'],
    );
    assert.ok((await bytesOf(whole)).equals(file));
    const range = { Range: 'bytes=100-199' };
    for (const headers of [range, { ...range, 'If-Range': etag }]) {
      const part = await get(path, headers);
      assert.deepEqual(
        [part.status, part.headers.get('content-range')],
        [206, `bytes 100-199/${file.length}`],
      );
      assert.ok((await bytesOf(part)).equals(file.subarray(100, 200)));
    }
    const last = await get(path, { Range: 'bytes=-7' });
    assert.ok((await bytesOf(last)).equals(file.subarray(-7)));
    const other = await get(path, { ...range, 'If-Range': '"another"' });
    assert.deepEqual([other.status, (await bytesOf(other)).length], [200, file.length]);
    const beyond = await get(path, { Range: `bytes=${file.length}-` });
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${file.length}`]);
    assert.equal(((await beyond.json()) as { code: string }).code, 'range_not_satisfiable');
    await server.api.get(path).set('If-None-Match', etag).expect(304);
    const head = await get(path, {}, 'HEAD');
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(file.length)]);
    assert.equal((await bytesOf(head)).length, 0);
    await utimes(join(folder, 'areas.pmtiles'), 1, 1);
    assert.notEqual((await get(path)).headers.get('etag'), etag, 'another file has another tag');
  });

  it('are those of the folder alone', async () => {
    const names = [
      'none',
      'no-archive',
      'link',
      'secret.txt',
      '.hidden',
      '..%2Fareas',
      '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    ];
    for (const name of names) {
      const answer = await get(`/archives/${name}.pmtiles`);
      assert.deepEqual([name, answer.status], [name, 404]);
    }
  });

  it('are for who may see what they are of, and listed for them', async () => {
    const namesOf = async (headers: Record<string, string>): Promise<string[]> => {
      const { archives } = (await (await get('/archives', headers)).json()) as {
        archives: { name: string }[];
      };
      return archives.map(({ name }) => name);
    };
    assert.deepEqual(await namesOf({}), ['areas']);
    assert.deepEqual(await namesOf({ 'X-API-Key': KEY }), ['areas', 'kept']);
    assert.equal((await get('/archives/kept.pmtiles')).status, 404);
    const opened = await get('/archives/kept.pmtiles', { 'X-API-Key': KEY });
    assert.deepEqual([opened.status, opened.headers.get('cache-control')], [200, 'private, no-cache']);
    await opened.body?.cancel();
    const [areas] = ((await (await get('/archives')).json()) as { archives: object[] }).archives;
    assert.deepEqual(areas, {
      ...areas,
      url: `${server.url}/archives/areas.pmtiles`,
      layer: 'areas',
      minzoom: 0,
      maxzoom: 3,
    });
  });

  it('are nobody’s any more where a column of theirs has come to be withheld', async () => {
    server.ctx.liveMaps.use(readMaps(mapsOf(', name')));
    await server.ctx.catalog.reload();
    assert.equal((await get('/archives/areas.pmtiles')).status, 404);
  });
});
