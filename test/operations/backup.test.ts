import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { record } from '../../server/audit/writing/record.ts';
import { createKey } from '../../server/security/keys.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { outcomeOf } from '../cli/support.ts';
import { postgresBinaries, startCluster, withClient, type Cluster } from '../support/cluster.ts';
import { onPostgres, serve, type TestServer } from '../support/environment.ts';

const ROLE = 'maps_owner';
const SQL = `
  create table area (code text primary key, name text not null, geom geometry(Polygon, 4326));
  insert into area select 'A' || i, 'Area ' || i, st_makeenvelope(i * 2, 0, i * 2 + 2, 3, 4326) from generate_series(0, 5) i;
  create table visit (id serial primary key, code text not null, year int not null, seen bool not null, geom geometry(Point, 4326));
  insert into visit (code, year, seen, geom)
    select 'A' || i % 6, 2024 + i % 2, i % 3 = 0, st_point(i % 6 * 2 + 1, 1 + i % 7 / 7.0) from generate_series(1, 200) i;
  create materialized view mv_visits as
    select code, year, count(*)::int as n, count(*) filter (where seen)::int as seen from visit group by 1, 2;
  create unique index on mv_visits (code, year);`;
const MAPS = `
regions:
  areas: { table: public.area, geometry: geom, code: code, name: name }
choropleths:
  visits:
    regions: areas
    cube: { view: public.mv_visits, region: code, dimensions: [year] }
    metrics: { n: { sum: n, label: Visits }, share: { ratio: [seen, n], multiplier: 100, label: Seen } }
layers:
  visits: { table: public.visit, access: key }
`;
const ANSWERS = [
  ...[
    '/tiles',
    '/tiles/area.json',
    '/tiles/area/2/2/1.mvt',
    '/tiles/visits/2/2/1.mvt',
    '/features/visits?limit=20',
  ],
  ...[
    '',
    '/values.json',
    '/values.csv',
    '/classes.json',
    '/style.json',
    '/legend.svg',
    '/map.svg',
    '/table.html',
  ].map((form) => `/gis/choropleth/visits${form}`),
  ...['/gis/choropleth', '/gis/choropleth/visits/tiles/2/2/1.mvt', '/audit?action=test.done'],
];

/** The commands that the page has under a name. */
async function commands(name: string): Promise<string> {
  const page = await readFile(projectPath('docs', 'operations.md'), 'utf8');
  const [, text] = new RegExp(`<!-- run: ${name} -->\\s+\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  assert.ok(text !== undefined, `docs/operations.md has no commands for ${name}`);
  return text;
}

/** What tells versions apart, and when it was asked, is not what was backed up. */
const unversioned = (body: Buffer): string =>
  body
    .toString('latin1')
    .replaceAll(/([?&;]g=)[\w.~-]+/g, '$1*')
    .replaceAll(/"(chorograph:)?(version|regions|cube|generation)":"[\w.~:-]+"/g, '"$2":"*"');

onPostgres('the backup of docs/operations.md', function () {
  const clusters: Cluster[] = [];
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-backup-'));
    const source = ['--import', 'tsx', projectPath('server', 'cli.ts')].map((word) => `'${word}'`).join(' ');
    const shim = join(folder, 'chorograph');
    await writeFile(shim, `#!/bin/sh\ncd '${projectPath()}' && exec '${process.execPath}' ${source} "$@"\n`);
    await chmod(shim, 0o755);
  });
  after(async () => {
    for (const cluster of clusters) await cluster.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (name: string, environment: Record<string, string>): Promise<string> => {
    const PATH = [folder, postgresBinaries(), process.env.PATH].join(delimiter);
    const text = `set -eu\n${await commands(name)}`;
    const { code, out, error } = await outcomeOf('sh', ['-c', text], {
      cwd: folder,
      environment: { BACKUP: folder, ROLE, ...environment, PATH },
    });
    assert.equal(code, 0, `${name}: ${out}${error}`);
    return out;
  };
  const served = (cluster: Cluster): Promise<TestServer> =>
    serve(
      {
        DATABASE_URL: cluster.url('maps').replace('postgres@', `${ROLE}@`),
        ...{ PORT: '0', LOG_LEVEL: 'silent', CHOROGRAPH_SCHEDULE: 'false', CHOROGRAPH_DEMO: 'false' },
        CHOROGRAPH_PUBLIC_URL: 'https://maps.example.org',
        CHOROGRAPH_AUDIT_KEY: 'at-least-sixteen-characters',
      },
      { maps: MAPS },
    );

  it('is restored to a new server: the same answers, the log whole, keys that work', async () => {
    const [old, fresh] = await Promise.all([startCluster(), startCluster()]);
    clusters.push(old, fresh);
    await withClient(old.url('postgres'), async (client) => {
      await client.query(`create role ${ROLE} login`);
      await client.query(`create database maps owner ${ROLE}`);
    });
    await withClient(old.url('maps'), (client) =>
      client.query('create extension postgis; create extension pg_trgm'),
    );
    await withClient(old.url('maps').replace('postgres@', `${ROLE}@`), (client) => client.query(SQL));
    const first = await served(old);
    const { key } = await createKey(first.ctx.db, {
      name: 'operator',
      scopes: ['admin', 'audit', 'refresh'],
    });
    const asked = async (server: TestServer): Promise<string[]> => {
      const bodies: string[] = [];
      for (const path of ANSWERS) {
        const response = await fetch(`${server.url}${path}`, { headers: { 'X-API-Key': key } });
        bodies.push(`${path} ${response.status} ${unversioned(Buffer.from(await response.arrayBuffer()))}`);
      }
      return bodies;
    };
    const event = { severity: 'info', action: 'test.done', actor: 'server', outcome: 'done' } as const;
    await record(first.ctx.db, event, { ...event, note: 'again' });
    const answers = await asked(first);
    assert.deepEqual(
      answers.filter((answer) => !/^\S+ 200 ./s.test(answer)),
      [],
    );

    await run('backup', { DATABASE_URL: old.url('maps') });
    await first.stop();
    await old.stop();
    const said = await run('restore', { NEW_SERVER: fresh.url('postgres'), NEW_URL: fresh.url('maps') });
    assert.match(said, /The log is whole: \d+ rows/);

    const second = await served(fresh);
    const again = await asked(second);
    assert.deepEqual(again, answers);
    const refreshed = await second.api
      .post('/gis/choropleth/refresh?wait=true')
      .set('X-API-Key', key)
      .expect(200);
    assert.deepEqual(refreshed.body, { refreshed: ['public.mv_visits'] });
    await second.api.get('/features/visits').expect(404);
    await run('maintenance', { DATABASE_URL: fresh.url('maps') });
    assert.deepEqual((await asked(second)).slice(0, 5), answers.slice(0, 5));
  });
});
