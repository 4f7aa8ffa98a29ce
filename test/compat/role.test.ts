import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { installPack, removePack } from '../../server/compat/santri/pack.ts';
import { createKey } from '../../server/security/keys.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { chorograph } from '../cli/support.ts';
import { newServer, onPostgres, serve, type TestServer } from '../support/environment.ts';

const file = (...parts: string[]): string => readFileSync(projectPath(...parts), 'utf8');
const MAPS = file('sql', 'packs', 'santri', 'maps.yaml');
const PERSONS = '/api/santri-pribadi';
/** Every way to students one by one. */
const ONE_BY_ONE = [
  '/gis/santri-points',
  '/gis/heatmap',
  '/gis/choropleth/stats',
  '/features/santri_map',
  '/features/santri-points',
  '/tiles/santri_map/0/0/0.mvt',
  '/tiles/santri-points/0/0/0.mvt',
];
const KEY = 'key-of-the-operator';

onPostgres('The role of sql/packs/santri/role.sql', () => {
  let owner: TestServer;
  let server: TestServer;
  let personal: string;

  async function asRole(): Promise<TestServer> {
    const url = new URL(owner.environment.DATABASE_URL ?? '');
    url.username = 'chorograph_server';
    const environment = { ...owner.environment, DATABASE_URL: url.href, CHOROGRAPH_API_KEY: KEY };
    return serve(environment, { maps: MAPS });
  }

  async function statusesOf(paths: readonly string[]): Promise<Record<string, number>> {
    const statuses: Record<string, number> = {};
    for (const path of paths) statuses[path] = (await server.api.get(path).set('X-API-Key', personal)).status;
    return statuses;
  }

  before(async () => {
    owner = await newServer({ sql: file('test', 'compat', 'old-system.sql') });
    await installPack(owner.ctx.db);
    await owner.run(file('sql', 'packs', 'santri', 'role.sql'));
    await owner.run(file('sql', 'packs', 'santri', 'role.sql'));
    personal = (await createKey(owner.ctx.db, { name: 'p', scopes: ['personal'] })).key;
    server = await asRole();
  });
  after(async () => {
    await server.stop();
    // As docs/switch-over.md says.
    await removePack(owner.ctx.db);
    await owner.run('drop owned by chorograph_server, chorograph_cubes');
    await owner.run('drop role chorograph_server; drop role chorograph_cubes');
  });

  it('serves every old path, refreshes, and keeps pyramids', async () => {
    const paths = [
      ...ONE_BY_ONE,
      PERSONS,
      '/gis/pesantren-points',
      '/gis/pesantren-heatmap',
      '/gis/choropleth/santri-kabupaten',
      '/gis/choropleth/pesantren-kabupaten',
      '/gis/boundaries/provinsi',
      '/gis/boundaries/kabupaten',
      '/health/ready',
    ];
    assert.deepEqual(await statusesOf(paths), Object.fromEntries(paths.map((path) => [path, 200])));
    const { body } = await server.api
      .post('/gis/choropleth/refresh?wait=true')
      .set('X-API-Key', KEY)
      .expect(200);
    assert.equal((body as { refreshed: string[] }).refreshed.length, 6);
  });

  it('makes keys, in a schema that it may not create', async () => {
    const url = new URL(owner.environment.DATABASE_URL ?? '');
    url.username = 'chorograph_server';
    const words = ['keys', 'create', 'front-office', '--scope', 'personal'];
    const { code, out, error } = await chorograph(words, { DATABASE_URL: url.href });
    assert.equal(code, 0, error);
    await server.api.get(PERSONS).set('X-API-Key', out.trim()).expect(200);
  });

  it('is told what is missing where the tables of an older version are there', async () => {
    const url = new URL(owner.environment.DATABASE_URL ?? '');
    url.username = 'chorograph_server';
    const newest = `(select max(id) from chorograph.migration)`;
    await owner.run(`update chorograph.migration set name = name || '?' where id = ${newest}`);
    try {
      const { code, error } = await chorograph(['keys', 'list'], { DATABASE_URL: url.href });
      assert.equal(code, 1);
      assert.match(error, /permission denied .*; chorograph migrate up, as the owner of the database/);
    } finally {
      await owner.run(`update chorograph.migration set name = rtrim(name, '?') where id = ${newest}`);
    }
  });

  it('may not write to the tables of the programme, nor read what it does not show', async () => {
    for (const statement of [
      `update santri_map set nama = 'x'`,
      'delete from santri_skor',
      `insert into kabupaten (name_1) values ('x')`,
      'select kecamatan from santri_pribadi',
      'select alamat from pondok_pesantren',
      'select * from santri_skor',
      'create table public.mine (x int)',
      'drop table santri_map',
    ])
      await assert.rejects(server.run(statement), statement);
  });

  it('shows no student any more once close-points.sql has run; counts per region stay', async () => {
    await owner.run(file('sql', 'packs', 'santri', 'close-points.sql'));
    await server.stop();
    server = await asRole();
    assert.deepEqual(await statusesOf([...ONE_BY_ONE, PERSONS]), {
      ...Object.fromEntries(ONE_BY_ONE.map((path) => [path, 501])),
      [PERSONS]: 501,
    });
    for (const path of [
      '/gis/choropleth/santri-kabupaten',
      '/gis/choropleth/santri-kabupaten?kategori_kemiskinan=Miskin',
      '/gis/pesantren-points',
      '/gis/boundaries/kabupaten',
    ])
      await server.api.get(path).expect(200);
  });
});
