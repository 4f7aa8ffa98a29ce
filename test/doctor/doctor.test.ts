import assert from 'node:assert/strict';
import { lookAtContent } from '../../server/cli/doctor/content.ts';
import { clockFinding } from '../../server/db/looks/clock.ts';
import { lookAtDatabase, unreachable } from '../../server/db/looks/database.ts';
import { connectionsFinding, rightsFinding } from '../../server/db/looks/rights.ts';
import { asText, overall, type Finding } from '../../server/tools/finding.ts';
import { diskFinding, lookAtDisk, nodeFinding } from '../../server/tools/machine.ts';
import { lookAtRedis, redisFinding } from '../../server/cli/doctor/redis.ts';
import { readMaps } from '../../server/maps.ts';
import { chorograph } from '../cli/support.ts';
import { redisInstalled, RedisServer } from '../http/cache/redis-server.ts';
import {
  newDatabase,
  newServer,
  onPostgres,
  untilFileEnds,
  withDatabase,
  type TestServer,
} from '../support/environment.ts';
import { statement } from '../../server/db/sql.ts';

const ROLE = {
  ...{ role: 'maps', database: 'gis', super: false, mayCreate: true, own: true, mayUse: true },
  ...{ maxConnections: 100, connectionLimit: -1, version: 150_000, versionName: '15.0', bytes: 1e9 },
};
const statusOf = ({ status }: Finding): string => status;

describe('what the doctor makes of', () => {
  it('a version of Node', () => {
    assert.equal(nodeFinding('v20.19.0', '1.0.0').status, 'ok');
    assert.equal(nodeFinding('v26.0.1', '1.0.0').status, 'ok');
    const old = nodeFinding('v20.18.3', '1.0.0');
    assert.deepEqual([old.status, old.advice], ['failed', 'install Node 20.19 or newer']);
  });

  it('clocks', () => {
    assert.deepEqual(
      [0, 1_999, -1_999].map((ms) => clockFinding(ms).status),
      ['ok', 'ok', 'ok'],
    );
    assert.match(clockFinding(61_500).found, /61\.5 s ahead of ours/);
    assert.match(clockFinding(-3_000).found, /3\.0 s behind ours/);
  });

  it('room on a disk', async () => {
    assert.deepEqual(
      [3e9, 1e9, 1e8].map((bytes) => diskFinding('/data', bytes).status),
      ['ok', 'warning', 'failed'],
    );
    assert.match((await lookAtDisk('/no/such/folder')).found, /GB free at \/$/);
  });

  it('rights and connections', () => {
    const one = { workers: 2, poolSize: 10 };
    assert.deepEqual([rightsFinding(ROLE), connectionsFinding(ROLE, one)].map(statusOf), ['ok', 'ok']);
    assert.match(rightsFinding({ ...ROLE, super: true }).found, /superuser/);
    const full = connectionsFinding({ ...ROLE, connectionLimit: 20 }, one);
    assert.equal(full.found, '2 × (10 + 5) may be opened, and 20 are allowed');
    const without = rightsFinding({ ...ROLE, own: false, mayCreate: false });
    assert.match(without.advice!, /grant create on database "gis" to "maps"/);
    const shut = rightsFinding({ ...ROLE, mayUse: false });
    assert.match(shut.advice!, /grant usage on schema chorograph to "maps"/);
  });

  it('what Redis says of itself', () => {
    const info = (maxmemory: string, policy: string): string =>
      `redis_version:7.0.15\r\nused_memory_human:1.2M\r\nmaxmemory:${maxmemory}\r\nmaxmemory_human:1G\r\nmaxmemory_policy:${policy}\r\n`;
    assert.equal(
      redisFinding(info('1000000000', 'allkeys-lru'), 0.3).found,
      'Redis 7.0.15, 0.3 ms away, 1.2M used of 1G',
    );
    assert.match(redisFinding(info('0', 'noeviction'), 0.3).advice!, /set maxmemory /);
    assert.match(redisFinding(info('1000000000', 'noeviction'), 0.3).advice!, /takes no new answers/);
  });

  it('a Redis that is away, and one that is there', async () => {
    assert.equal((await lookAtRedis(undefined)).status, 'ok');
    const away = await lookAtRedis('redis://127.0.0.1:1');
    assert.equal(away.status, 'failed');
    assert.match(away.found, /ECONNREFUSED/);
    if (!redisInstalled) return;
    const redis = await RedisServer.start();
    untilFileEnds.push(() => redis.kill());
    assert.match((await lookAtRedis(redis.url)).found, /^Redis \d+\.\d+/);
  });

  it('a database that is away', () => {
    const { found, advice } = unreachable(
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' }),
    );
    assert.match(found, /ECONNREFUSED/);
    assert.match(advice!, /check host and port in DATABASE_URL/);
  });

  it('all of it together: the worst, and advice on a line of its own', () => {
    const findings: Finding[] = [
      { check: 'clock', status: 'ok', found: 'fine' },
      { check: 'disk', status: 'warning', found: 'little', advice: 'more' },
    ];
    assert.equal(overall(findings), 'warning');
    assert.equal(asText(findings[1]!), 'warning  disk: little\n         → more');
  });
});

describe('the doctor at a database', () => {
  let server: TestServer;

  before(async () => {
    const sql = `
      create table places (code text primary key, name text, geom geometry(Polygon, 4326));
      insert into places select i::text, 'P' || i, st_makeenvelope(i % 100, i / 100, i % 100 + 1, i / 100 + 1, 4326) from generate_series(0, 1999) i;
      analyze places;
      create materialized view counts as select code, 1 as n from places;`;
    server = await newServer({ sql }, untilFileEnds);
    await server.run(`select chorograph.track('places')`);
  });

  it('finds nothing wrong with the server, and what it is', async () => {
    const found = await lookAtDatabase(server.ctx.db, { workers: 1, poolSize: 10 });
    const by = Object.fromEntries(found.map((one) => [one.check, one]));
    assert.match(by.database!.found, /^PostgreSQL \d+\.\d+.* ms away; the database has \d+ MB$/);
    assert.match(by.postgis!.found, /^PostGIS 3\.\d+\.\d+ in schema public; it encodes (no )?tiles/);
    assert.equal(by.clock!.status, 'ok');
    assert.match(by.schema!.found, /^schema chorograph has all \d+ migrations$/);
  });

  it('tells a schema that is older or newer than the program', async () => {
    const schema = async (): Promise<Finding> =>
      (await lookAtDatabase(server.ctx.db, { workers: 1, poolSize: 10 })).find(
        ({ check }) => check === 'schema',
      )!;
    const [last] = await server.run<{ name: string }>(
      'delete from chorograph.migration where id = (select max(id) from chorograph.migration) returning name',
    );
    assert.deepEqual(
      [(await schema()).status, (await schema()).found],
      ['warning', `migrations that did not run yet: ${last!.name}`],
    );
    await server.run(
      `insert into chorograph.migration (name, run_on) values ($1, now()), ('9999_later', now())`,
      [last!.name],
    );
    assert.deepEqual(
      [(await schema()).status, (await schema()).found],
      ['failed', 'a newer version made 9999_later'],
    );
    await server.run(`delete from chorograph.migration where name = '9999_later'`);
  });

  it('names missing indexes, entries that do not fit, and tables that lost their tracking', async () => {
    const maps = readMaps(`
regions: { places: { table: places, code: code, name: nam } }
choropleths: { c: { regions: places, cube: { view: counts, region: code }, metrics: { n: { sum: n } } } }`);
    const look = async (): Promise<Finding[]> => lookAtContent(server.ctx.db, server.ctx.config, maps);
    const found = await look();
    const texts = found.map(asText).join('\n');
    assert.match(texts, /warning +indexes: no spatial index on public\.places\n.*chorograph optimize/);
    assert.match(
      texts,
      /warning +indexes: no unique index on public\.counts: who reads waits.*\n +→ create unique index on public\.counts \(code\)/,
    );
    assert.match(texts, /warning +maps\.yaml: maps\.yaml:2: .*nam.*name/);
    assert.match(texts, /ok +tracking: relations that tell their changes: 1/);
    await server.run('create index on places using gist (geom); create unique index on counts (code)');
    await server.run('drop trigger chorograph_touched on places');
    const later = (await look()).map(asText).join('\n');
    assert.match(later, /ok +indexes: /);
    assert.match(
      later,
      /warning +tracking: public\.places: its trigger is gone; .*\n +→ select chorograph\.track\('public\.places'\)/,
    );
  });
});

describe('chorograph doctor', function () {
  it('ends with 78 where settings are wrong, and says all that are', async () => {
    const { code, out } = await chorograph(['doctor', '--json'], { PORT: 'x', CHOROGRAPH_POOL_SIZ: '3' });
    assert.equal(code, 78);
    const { status, findings } = JSON.parse(out) as { status: string; findings: Finding[] };
    assert.equal(status, 'failed');
    assert.equal(findings.filter(({ check }) => check === 'settings').length, 2, out);
  });
});

onPostgres('chorograph doctor at a PostgreSQL', function () {
  it('ends with 0 where it could serve, with 2 where it could not', async () => {
    const environment = await newDatabase();
    const away = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const [well, ill] = await Promise.all([
      chorograph(['doctor'], environment),
      chorograph(['doctor'], away),
    ]);
    assert.equal(well.code, 0, well.out + well.error);
    assert.match(well.out, /^ok +database: PostgreSQL/m);
    assert.match(well.out, /^ok +schema: schema chorograph is made at the first start/m);
    assert.equal(ill.code, 2, ill.out + ill.error);
    assert.match(ill.out, /^failed +database: .*ECONNREFUSED.*\n +→ nothing listens there/m);
    const made = await withDatabase(environment, (db) =>
      db.run(statement(`select to_regnamespace('chorograph') as own`)),
    );
    assert.deepEqual(made, [{ own: null }], 'it changes nothing');
  });
});
