import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessCommand } from '../../server/access/command.ts';
import { signCommand } from '../../server/access/sign-command.ts';
import { keysCommand } from '../../server/security/command.ts';
import { createKey, listKeys, revokeKey, rotateKey } from '../../server/security/keys.ts';
import { isScope } from '../../server/security/scopes.ts';
import { readGrant, sign } from '../../server/access/signature.ts';
import { newServer, once, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/commands.ts';
import { ask, TENANTS_MAPS, tenantsMaps, TENANTS_SQL } from './support.ts';

const SECRET = 'a secret of thirty-two characters.';

once('keys and signed URLs', function () {
  let server: TestServer;
  let reader: { id: string; key: string };
  const db = () => server.ctx.db;
  const status = async (url: string, key?: string): Promise<number> =>
    (await ask(server.url + url, key === undefined ? {} : { 'X-API-Key': key })).status;

  before(async () => {
    server = await newServer({ sql: TENANTS_SQL, maps: tenantsMaps() });
    reader = await createKey(db(), { name: 'reader', scopes: ['read:a_*', 'read:choropleth/a-*'] });
  });

  const signed = async (body: object, key = reader.key) => {
    const answer = await server.api.post('/signatures').set('X-API-Key', key).send(body);
    return { ...answer, body: answer.body as { query: string; sig: string; exp: number; expiresAt: string } };
  };

  it('have scopes of layers by pattern, and names of ours', () => {
    for (const scope of ['read:*', 'read:hr.staff-*', 'read:choropleth/x', 'scope:hr', 'refresh', 'audit'])
      assert.ok(isScope(scope), scope);
    for (const text of ['read', 'read:', 'scope:', 'scope:*', 'refesh', 'hr', 'read:a b'])
      assert.ok(!isScope(text), text);
  });

  it('end by themselves, and when they are revoked, for readers too', async () => {
    const soon = await createKey(db(), {
      name: 'soon',
      scopes: ['admin'],
      expiresAt: new Date(Date.now() - 1000),
      rateClass: 'partner',
    });
    assert.equal(await status('/tiles/a_homes.json', soon.key), 404);
    await server.api.post('/gis/choropleth/refresh').set('X-API-Key', soon.key).expect(401);
    const listed = (await listKeys(db())).find(({ id }) => id === soon.id);
    assert.equal(listed?.rateClass, 'partner');
    assert.ok(listed?.expiresAt);
    const admin = await createKey(db(), { name: 'admin', scopes: ['admin'] });
    assert.equal(await status('/tiles/a_homes.json', admin.key), 200);
    await revokeKey(db(), admin.id);
    await eventually(async () => (await status('/tiles/a_homes.json', admin.key)) === 404);
  });

  it('take the place of one another, both being good for a while', async () => {
    const old = await createKey(db(), { name: 'old', scopes: ['read:b*'], rateClass: 'slow' });
    const made = await rotateKey(db(), old.id, { overlapS: 3600 });
    assert.deepEqual(made?.scopes, ['read:b*']);
    for (const key of [old.key, made.key]) assert.equal(await status('/tiles/b-homes.json', key), 200);
    const rows = (await listKeys(db())).filter(({ name }) => name === 'old');
    assert.deepEqual(
      rows.map(({ expiresAt, rateClass }) => [expiresAt !== null, rateClass]),
      [
        [true, 'slow'],
        [false, 'slow'],
      ],
    );
    await rotateKey(db(), made.id, { overlapS: 0 });
    assert.equal(await rotateKey(db(), made.id, { overlapS: 0 }), undefined);
    await eventually(async () => (await status('/tiles/b-homes.json', made.key)) === 404);
  });

  it('sign URLs, which a map follows without a key', async () => {
    const { body } = await signed({ patterns: ['a_homes', 'choropleth/a-*'] });
    const about = await ask(`${server.url}/tiles/a_homes.json?${body.query}`);
    const { tiles } = JSON.parse(about.body.toString()) as { tiles: [string] };
    assert.ok(tiles[0].endsWith(body.query), tiles[0]);
    const tile = await ask(tiles[0].replace('{z}/{x}/{y}', '0/0/0'));
    assert.deepEqual([tile.status, tile.caching], [200, 'private, no-cache']);
    assert.ok(tile.body.includes('rahasia a'));
    assert.equal(await status(`/features/a_homes?name=rahasia%20a&${body.query}`), 200);
    const style = await ask(`${server.url}/gis/choropleth/a-figures/style.json?${body.query}`);
    const links = [...style.body.toString().matchAll(/"(http:[^"]*\/gis\/choropleth\/[^"]*)"/g)].map(
      (all) => all[1],
    );
    assert.ok(links.length > 0 && links.every((link) => link?.endsWith(body.query)), links.join());
    const page = await ask(`${server.url}/features/a_homes?limit=1&${body.query}`);
    const [next] = (JSON.parse(page.body.toString()) as { links: { href: string }[] }).links;
    assert.equal((await ask(next!.href)).status, 200);
    // Of the same layers without it, nothing has become open.
    assert.equal(await status('/tiles/a_homes/0/0/0.mvt'), 404);
    assert.equal(await status(new URL(tiles[0].replace('{z}/{x}/{y}', '0/0/0')).pathname), 404);
  });

  it('open no more than their patterns, their key and their time', async () => {
    const { body } = await signed({ patterns: ['a_homes', 'b-homes'] });
    assert.equal(await status(`/tiles/a_areas.json?${body.query}`), 404); // another pattern
    assert.equal(await status(`/tiles/b-homes.json?${body.query}`), 404); // not the key's
    assert.equal(await status(`/gis/choropleth/a-figures/values.json?${body.query}`), 404);
    const everything = await signed({ patterns: ['*'] });
    assert.equal(await status(`/tiles/b-homes.json?${everything.body.query}`), 404);
    assert.equal(await status(`/tiles/open_spots.json?${body.query}`), 200);
    const later = body.query.replace(/exp=\d+/, `exp=${body.exp + 1}`);
    const { sig } = body;
    const flipped = (at: number): string =>
      sig.slice(0, at) + (sig[at] === 'A' ? 'B' : 'A') + sig.slice(at + 1);
    const changed = Array.from({ length: sig.length - 3 }, (_, i) => `sig=${flipped(i + 3)}&exp=${body.exp}`);
    for (const query of [
      later,
      body.query.replace('exp=', 'exp=0'),
      ...changed.filter((_, i) => i % 7 === 0),
    ]) {
      const answer = await ask(`${server.url}/tiles/a_homes.json?${query}`);
      assert.ok([400, 401].includes(answer.status), `${query} ${answer.status}`);
    }
    const past = Math.floor(Date.now() / 1000) - 1;
    const [row, more] = await server.run<{ secret: Buffer }>('select secret from chorograph.signing_secret');
    assert.equal(more, undefined);
    const old = sign(row!.secret, { key: reader.id, patterns: ['a_homes'], exp: past });
    const expired = await server.api.get(`/tiles/a_homes.json?sig=${old}&exp=${past}`).expect(401);
    assert.equal((expired.body as { code: string }).code, 'signature_refused');
  });

  it('end with the key that signed', async () => {
    const other = await createKey(db(), { name: 'signer', scopes: ['admin'] });
    const { body } = await signed({ patterns: ['a_homes'] }, other.key);
    assert.equal(await status(`/tiles/a_homes.json?${body.query}`), 200);
    await revokeKey(db(), other.id);
    await eventually(async () => (await status(`/tiles/a_homes.json?${body.query}`)) === 401);
  });

  describe('on the command line', () => {
    let folder: string;
    let mapsFile: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'chorograph-access-'));
      mapsFile = join(folder, 'maps.yaml');
      await writeFile(mapsFile, TENANTS_MAPS);
    });
    after(() => rm(folder, { recursive: true }));
    const run = async (command: Parameters<typeof runCommand>[0], ...words: string[]): Promise<string> =>
      (await runCommand(command, words, server, mapsFile)).join('\n');

    it('are rotated: the new one in the place of the old, which ends', async () => {
      const words = ['create', 'typed', '--scope', 'read:b*', 'scope:x', '--rate-class', 'slow', '--json'];
      const old = JSON.parse(await run(keysCommand, ...words)) as { id: string; key: string };
      const made = await run(keysCommand, 'rotate', old.id, '--overlap', '0', '--expires', '30');
      assert.match(made, /^cg_[0-9a-f]{12}_[\w-]{43}$/);
      assert.equal(await status('/tiles/b-homes.json', made), 200);
      assert.equal(await status('/tiles/b-homes.json', old.key), 404);
      const kept = (await listKeys(db())).find(({ id }) => made.includes(id));
      assert.deepEqual(
        [kept?.scopes, kept?.rateClass, kept?.name],
        [['read:b*', 'scope:x'], 'slow', 'typed'],
      );
      const days = (Date.parse(kept?.expiresAt ?? '') - Date.now()) / 86_400_000;
      assert.ok(days > 29 && days < 31, String(days));
      await assert.rejects(run(keysCommand, 'rotate', old.id), /no valid key/);
      await assert.rejects(run(keysCommand, 'rotate', old.id, '--overlap', '-1'), /number of days/);
    });

    it('sign URLs, which open what they name', async () => {
      const query = await run(signCommand, 'a_homes', 'choropleth/a-*', '--key', reader.id, '--hours', '0.5');
      assert.match(query, /^sig=s1\.[\w.-]+&exp=\d+$/);
      assert.equal(await status(`/tiles/a_homes.json?${query}`), 200);
      assert.equal(await status(`/gis/choropleth/a-figures/values.json?${query}`), 200);
      assert.equal(await status(`/tiles/a_areas.json?${query}`), 404);
      const { exp } = JSON.parse(await run(signCommand, '*', '--key', reader.id, '--json')) as {
        exp: number;
      };
      assert.ok(Math.abs(exp - Date.now() / 1000 - 3600) < 60);
      await assert.rejects(run(signCommand, '*', '--key', '000000000000'), /no valid key/);
      await assert.rejects(run(signCommand, 'a b', '--key', reader.id), /letters, digits/);
      await assert.rejects(run(signCommand, '*', '--key', reader.id, '--hours', '10000'), /number of hours/);
      await assert.rejects(run(signCommand, '*'), /--key/);
    });

    it('are told what they would see', async () => {
      const lines = (await run(accessCommand)).split('\n');
      for (const line of [
        'open_spots  public',
        'a_homes  scope:tenant-a',
        'b-homes  scope:tenant-b',
        'b-areas  key',
      ])
        assert.ok(lines.includes(line), lines.join('\n'));
      await writeFile(mapsFile, '');
      const told = await run(accessCommand);
      assert.match(told, /b_homes {2}public/);
      assert.match(told, /data about persons[^]*b_homes: \{ table: public.b_homes, access: key \} .*salary/);
      assert.equal(process.exitCode, 2);
      process.exitCode = undefined;
      const { findings } = JSON.parse(await run(accessCommand, '--json')) as {
        findings: { layer: string }[];
      };
      assert.ok(findings.some(({ layer }) => layer === 'a_homes'));
    });
  });

  it('sign nothing without a key, or for longer than a month', async () => {
    await server.api
      .post('/signatures')
      .send({ patterns: ['*'] })
      .expect(401);
    for (const wrong of [
      {},
      { patterns: [] },
      { patterns: ['a b'] },
      { patterns: ['a'], seconds: 3_000_000 },
    ])
      assert.equal((await signed(wrong)).status, 400, JSON.stringify(wrong));
  });

  it('leave parameters of these names alone where they are no signature', async () => {
    await server.api.get('/tiles/open_spots.json?sig=1&exp=2').expect(400);
  });

  it('have no other text that means the same', () => {
    const exp = 1_900_000_000;
    const sig = sign(SECRET, { key: 'x', patterns: ['a'], exp });
    assert.deepEqual(readGrant(SECRET, sig, String(exp)), { key: 'x', patterns: ['a'], exp });
    for (let i = 0; i < sig.length; i++)
      for (const letter of ['A', 'B', '-', '_'].filter((one) => one !== sig[i]))
        assert.equal(readGrant(SECRET, sig.slice(0, i) + letter + sig.slice(i + 1), String(exp)), undefined);
    for (const other of [`0${exp}`, String(exp + 1), ''])
      assert.equal(readGrant(SECRET, sig, other), undefined);
    assert.equal(readGrant(`${SECRET}x`, sig, String(exp)), undefined);
  });
});
