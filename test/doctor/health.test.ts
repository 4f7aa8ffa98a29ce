import assert from 'node:assert/strict';
import type { Check } from '../../server/capability.ts';
import { looksOf } from '../../server/db/health.ts';
import type { Database } from '../../server/db/types.ts';
import { readMaps } from '../../server/maps.ts';
import { keptFor } from '../../server/tools/kept.ts';
import {
  backend,
  newDatabase,
  newServer,
  onPostgres,
  serve,
  untilFileEnds,
  withDatabase,
  type TestServer,
} from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';
import { statement } from '../../server/db/sql.ts';

const SQL = `
  create table places (code text primary key, name text, geom geometry(Polygon, 4326));
  insert into places values ('1', 'P', st_makeenvelope(0, 0, 1, 1, 4326));
  create materialized view counts as select code, 1 as n from places;`;
const MAPS = `
regions: { places: { table: places, code: code, name: name } }
choropleths:
  c:
    regions: places
    cube: { view: counts, region: code, refresh: '0 0 29 2 *' }
    metrics: { n: { sum: n } }`;

type Checks = Record<string, Check & { detail?: string; advice?: string }>;

async function checksOf(server: TestServer, from = 'operator'): Promise<Checks> {
  const asked = server.api.get('/health');
  if (from === 'stranger') void asked.set('X-Forwarded-For', '192.0.2.1');
  return ((await asked.expect(200)).body as { checks: Checks }).checks;
}

describe('what the doctor looks at, in /health', function () {
  let server: TestServer;

  before(async () => {
    server = await newServer({ sql: SQL, maps: readMaps(MAPS) }, untilFileEnds);
  });

  it('is told to whoever runs the server, with what to do; to strangers how it stands', async () => {
    const checks = await checksOf(server);
    assert.match(
      checks.versions!.detail!,
      /^Chorograph \d.* on Node v\d+.*; PostGIS 3\.\d+.* in schema public/,
    );
    assert.equal(checks.clock!.detail, 'that of the database and ours agree');
    assert.match(checks.schema!.detail!, /^schema chorograph has all \d+ migrations$/);
    assert.match(checks.disk!.detail!, backend === 'embedded' ? /GB free at / : /kept by PostgreSQL/);
    for (const name of ['versions', 'clock', 'schema', 'rights'])
      assert.equal(checks[name]!.status, 'ok', name);
    assert.deepEqual(checks.indexes, {
      status: 'degraded',
      detail: 'no unique index on public.counts: who reads waits for each refresh',
      advice: 'create unique index on public.counts (code)',
    });
    const strange = await checksOf(server, 'stranger');
    for (const name of ['versions', 'clock', 'schema', 'rights', 'disk', 'indexes'])
      assert.deepEqual(strange[name], { status: checks[name]!.status }, name);
  });

  it('changes while the server runs', async () => {
    await server.run(
      `create unique index on counts (code); insert into chorograph.migration (name, run_on) values ('9999_later', now())`,
    );
    await eventuallyPasses(async () => {
      const { indexes, schema } = await checksOf(server);
      assert.deepEqual([indexes!.status, schema!.status], ['ok', 'degraded']);
      assert.equal(schema!.detail, 'a newer version made 9999_later');
    });
    await server.run(`delete from chorograph.migration where name = '9999_later'`);
  });

  it('says so of a clock that goes wrong', async () => {
    const run = async (): Promise<object[]> => [{ ms: Date.now() + 61_500 }];
    const check = await looksOf({ run } as unknown as Database, { dataDir: '.' }).clock();
    assert.equal(check.status, 'degraded');
    assert.match(String(check.told!.detail), /is 61\.\d s ahead of ours/);
    assert.equal(check.detail, undefined);
  });

  it('is looked at once for all who ask in a while, and again where it failed', async () => {
    let looks = 0;
    const look = keptFor(60_000, async () => {
      if (looks++ === 0) throw new Error('away');
      return looks;
    });
    const failing = [look(), look()].map((one) => assert.rejects(one, /away/));
    await Promise.all(failing);
    assert.equal(looks, 1);
    assert.deepEqual([await look(), await look()], [2, 2]);
    const short = keptFor(0, async () => ++looks);
    assert.deepEqual([await short(), await short()], [3, 4]);
  });
});

onPostgres('rights that were taken away', function () {
  it('degrade /health, with the grant that gives them back', async () => {
    const environment = await newDatabase();
    const asOwner = (text: string): Promise<unknown> =>
      withDatabase(environment, (db) => db.run(statement(text)));
    const role = `chorograph_health_${process.pid}`;
    await asOwner(`create role ${role} login`);
    await (await serve({ ...environment, CHOROGRAPH_DEMO: 'false' })).stop(); // makes schema chorograph
    await asOwner(
      `grant usage on schema chorograph to ${role}; grant all on all tables in schema chorograph to ${role}`,
    );
    const url = new URL(environment.DATABASE_URL!);
    url.username = role;
    const server = await serve({ ...environment, DATABASE_URL: url.href, CHOROGRAPH_DEMO: 'false' });
    assert.equal((await checksOf(server)).rights!.status, 'ok');
    await asOwner(`revoke usage on schema chorograph from ${role}`);
    await eventuallyPasses(async () => {
      const { rights } = await checksOf(server);
      assert.equal(rights!.status, 'degraded');
      assert.equal(rights!.detail, `role ${role} may not use schema chorograph`);
      assert.match(rights!.advice!, new RegExp(`^grant usage on schema chorograph to "${role}"`));
    });
    await server.stop();
    await asOwner(`drop owned by ${role}; drop role ${role}`);
  });
});
