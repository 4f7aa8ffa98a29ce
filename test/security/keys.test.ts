import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Writable } from 'node:stream';
import { readConfig } from '../../server/config.ts';
import { readMaps } from '../../server/maps.ts';
import { createFirstKey, createKey, listKeys, revokeKey } from '../../server/security/keys.ts';
import type { Starting } from '../../server/capability.ts';
import { security } from '../../server/security/capability.ts';
import { startServer } from '../../server/server.ts';
import { newServer, type TestServer } from '../support/environment.ts';

const REFRESH = '/gis/choropleth/refresh?wait=true';

describe('API keys', function () {
  let server: TestServer;
  before(async () => {
    server = await newServer({ environment: { CHOROGRAPH_API_KEY: 'the-key-of-the-environment' } });
  });
  const db = () => server.ctx.db;

  it('are needed to refresh', async () => {
    for (const headers of [
      {},
      { Authorization: 'Bearer wrong-wrong-wrong-wrong' },
      { Authorization: 'Basic the-key-of-the-environment' },
      { 'X-API-Key': 'the-key-of-the-environmenT' },
      { 'X-API-Key': `cg_000000000000_${'a'.repeat(43)}` },
    ]) {
      const answer = await server.api
        .post(REFRESH)
        .set(headers)
        .expect(401)
        .expect('WWW-Authenticate', 'Bearer');
      assert.equal((answer.body as { code: string }).code, 'unauthorized');
    }
    await server.api.post(`/gis/choropleth/x/refresh`).expect(401); // before anything is looked up
  });

  it('come from the environment or the database, in either header', async () => {
    const { key } = await createKey(db(), { name: 'loader', scopes: ['refresh'] });
    for (const given of ['the-key-of-the-environment', key]) {
      await server.api.post(REFRESH).set('X-API-Key', given).expect(200);
      await server.api.post(REFRESH).set('Authorization', `Bearer ${given}`).expect(200);
    }
  });

  it('do what their scopes say, until they are revoked', async () => {
    const none = await createKey(db(), { name: 'nothing', scopes: [] });
    const refused = await server.api.post(REFRESH).set('X-API-Key', none.key).expect(403);
    assert.equal((refused.body as { code: string }).code, 'forbidden');
    const admin = await createKey(db(), { name: 'admin', scopes: ['admin'] });
    await server.api.post(REFRESH).set('X-API-Key', admin.key).expect(200);
    assert.equal(await revokeKey(db(), admin.id), true);
    await server.api.post(REFRESH).set('X-API-Key', admin.key).expect(401);
    assert.equal(await revokeKey(db(), admin.id), false);
  });

  it('are stored as hashes, and their use is noted', async () => {
    const { id, key } = await createKey(db(), { name: 'secret', scopes: ['refresh'] });
    const before = (await listKeys(db())).find((entry) => entry.id === id);
    assert.deepEqual([before?.name, before?.scopes, before?.lastUsedAt], ['secret', ['refresh'], null]);
    await server.api.post(REFRESH).set('X-API-Key', key).expect(200);
    assert.ok((await listKeys(db())).find((entry) => entry.id === id)?.lastUsedAt);
    const rows = await server.run('select k::text as everything from chorograph.api_key k');
    const secret = key.split('_').slice(2).join('_');
    assert.ok(!JSON.stringify(rows).includes(secret));
    assert.ok(!JSON.stringify(rows).includes(Buffer.from(secret).toString('hex')));
  });

  it('do not let pages of other origins write', async () => {
    const { headers } = await server.api
      .options(REFRESH)
      .set({ Origin: 'https://elsewhere.example', 'Access-Control-Request-Method': 'POST' });
    assert.doesNotMatch(headers['access-control-allow-methods'] ?? '', /POST/);
  });

  it('are described in the OpenAPI document', async () => {
    const { body } = await server.api.get('/openapi.json').expect(200);
    const { paths } = body as { paths: Record<string, Record<string, { security?: unknown }>> };
    assert.deepEqual(paths['/gis/choropleth/refresh']?.post?.security, [{ bearer: [] }, { header: [] }]);
    assert.equal(paths['/refreshes']?.get?.security, undefined);
  });

  it('begin with one in a file of its own where nobody is at a terminal', async () => {
    await server.run('delete from chorograph.api_key');
    const folder = await mkdtemp(join(tmpdir(), 'chorograph-key-'));
    const said: string[] = [];
    const kept = join(folder, 'first-key');
    await writeFile(kept, 'from another time', { mode: 0o644 });
    try {
      const config = { apiKey: undefined, tokens: undefined, dataDir: folder };
      const starting = { tell: (text: string) => said.push(text), isTerminal: false };
      await security.prepare({ ...server.ctx, config }, starting as unknown as Starting);
      const key = await readFile(kept, 'utf8');
      assert.match(key, /^cg_\w{12}_[\w-]{43}\n$/);
      assert.equal((await stat(kept)).mode & 0o777, 0o600);
      assert.ok(!said.join().includes(key.trim()));
      assert.ok(said.join().includes(kept));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('begin with one that is shown once, and never logged', async () => {
    const { CHOROGRAPH_API_KEY: _none, ...environment } = server.environment;
    await server.run('delete from chorograph.api_key');
    await server.stop();
    const said: string[] = [];
    const logged: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged.push(chunk.toString());
        done();
      },
    });
    const options = {
      config: readConfig(environment),
      maps: readMaps(''),
      log: pino({ level: 'trace' }, sink),
      progress: (step: string) => said.push(step),
    };
    const first = await startServer(options);
    await first.ready;
    const key = /cg_\w{12}_[\w-]{43}/.exec(said.join('\n'))?.[0] ?? '';
    assert.notEqual(key, '');
    const post = (headers: Record<string, string>) => fetch(first.url + REFRESH, { method: 'POST', headers });
    assert.equal((await post({ 'X-API-Key': key })).status, 200);
    assert.equal((await post({ Authorization: `Bearer ${key}` })).status, 200);
    assert.equal(await createFirstKey(first.ctx.db), undefined);
    await first.stop();
    assert.ok(logged.length > 3);
    assert.ok(!logged.join('').includes(key));

    said.length = 0;
    const second = await startServer(options);
    await second.ready;
    await second.stop();
    assert.doesNotMatch(said.join('\n'), /API key/);
  });
});
