import assert from 'node:assert/strict';
import { createDatabase, startCluster, startStandby, withClient, type Cluster } from '../support/cluster.ts';
import { newDatabase, onPostgres, serve, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/raw.ts';

const SQL = `
  create table tracked (id int primary key, name text, geom geometry(Point, 4326));
  insert into tracked values (1, 'one', st_setsrid(st_makepoint(1, 1), 4326));
  create table plain (id int primary key, name text, geom geometry(Point, 4326));
  insert into plain values (1, 'one', st_setsrid(st_makepoint(1, 1), 4326));
  create table dots (id int primary key, geom geometry(Point, 4326));
  insert into dots values (1, st_setsrid(st_makepoint(1, 1), 4326));
  create table region (code text primary key, name text, geom geometry(Polygon, 4326));
  insert into region values ('a', 'A', st_makeenvelope(0, 0, 2, 2, 4326));
  create materialized view cube as select code, 3 as n from region;
  create unique index on cube (code);`;
const MAPS = `
regions: { r: { table: region, code: code, name: name } }
choropleths: { c: { regions: r, cube: { view: cube, region: code, refresh: '0 3 * * *' }, metrics: { n: { sum: n } } } }
layers: { dense: { table: dots, pyramid: { below: 6 } } }`;
const KEY = 'a-key-of-the-tests';
const COMMON = { PORT: '0', LOG_LEVEL: 'silent', CHOROGRAPH_CHANGE_POLL_S: '1', CHOROGRAPH_API_KEY: KEY };

/** Everything that only reads. */
async function servesReads({ api }: TestServer): Promise<void> {
  await api.get('/tiles/tracked/0/0/0.mvt').expect(200);
  await api.get('/tiles/dense/0/0/0.mvt').expect(200);
  await api.get('/features/tracked').expect(200);
  const { body } = await api.get('/gis/choropleth/c/values.json').expect(200);
  assert.equal(body.regions.length, 1);
  await api.get('/gis/choropleth/c/map.svg').expect(200);
}

async function refusesWrites({ api }: TestServer, why: RegExp): Promise<void> {
  const { body } = await api.post('/gis/choropleth/c/refresh').set('X-API-Key', KEY).expect(501);
  assert.equal(body.code, 'refresh_unavailable');
  assert.match(body.detail, why);
  const { body: health } = await api.get('/health').expect(200);
  assert.match(health.checks.database.detail, why);
}

onPostgres('a hot standby', () => {
  let primary: Cluster;
  let standby: Cluster;
  let url: string;
  let first: TestServer;
  before(async function () {
    primary = await startCluster();
    url = await createDatabase(primary.url('postgres'), 'map');
    await withClient(url, (client) => client.query(SQL));
    first = await serve({ DATABASE_URL: url, ...COMMON }, { maps: MAPS });
    await first.run(`select chorograph.track('tracked')`);
    standby = await startStandby(primary);
  });
  after(async () => {
    await standby?.remove();
    await primary?.remove();
  });
  const replayed = (database: string): Promise<unknown> =>
    withClient(url, async (client) => {
      const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
      await eventually(() =>
        withClient(standby.url(database), async (other) => {
          const done = await other.query<{ done: boolean }>(
            'select pg_last_wal_replay_lsn() >= $1::pg_lsn as done',
            [rows[0]!.lsn],
          );
          return done.rows[0]!.done;
        }),
      );
    });

  it('serves what needs no writing, says so, and goes on when it is promoted', async function () {
    this.timeout(200_000);
    const server = await serve({ DATABASE_URL: standby.url('map'), ...COMMON }, { maps: MAPS });
    await servesReads(server);
    await server.api.get('/tiles/plain/0/0/0.mvt').expect(200); // and cached
    await refusesWrites(server, /hot standby/);
    const { body } = await server.api.get('/health').expect(200);
    assert.equal(body.checks.database.readOnly, 'standby');
    assert.equal(body.checks.database.changes, 'polled');

    // What the primary changes is seen, of a table that is tracked and of one that is not.
    await withClient(url, (client) =>
      client.query(`update tracked set name = 'two'; update plain set name = 'two'`),
    );
    await replayed('map');
    for (const layer of ['tracked', 'plain'])
      await eventually(async () => {
        const { body: tile } = await ask(server, `/tiles/${layer}/0/0/0.mvt`, 'GET');
        return tile.includes('two');
      }, `the change of ${layer}`);

    await withClient(standby.url('map'), (client) => client.query('select pg_promote()'));
    await eventually(async () => {
      const health = await server.api.get('/health').expect(200);
      return (
        health.body.checks.database.detail === undefined && health.body.checks.database.changes === 'notified'
      );
    });
    await server.api.post('/gis/choropleth/c/refresh?wait=true').set('X-API-Key', KEY).expect(200);
    await server.stop();
  });

  it('serves a database that never had our tables', async function () {
    const bare = await createDatabase(primary.url('postgres'), 'bare');
    await withClient(bare, (client) => client.query(SQL));
    const other = await startStandby(primary);
    try {
      const server = await serve({ DATABASE_URL: other.url('bare'), ...COMMON }, { maps: MAPS });
      await servesReads(server);
      await refusesWrites(server, /hot standby/);
      await server.stop();
    } finally {
      await other.remove();
    }
  });
});

onPostgres('a role whose transactions are read-only', () => {
  it('is served without what needs writing', async () => {
    const { DATABASE_URL: url } = await newDatabase();
    await withClient(url!, (client) =>
      client.query(`${SQL}
        drop role if exists chorograph_reader; create role chorograph_reader login;
        alter role chorograph_reader set default_transaction_read_only = on;
        grant select on all tables in schema public to chorograph_reader`),
    );
    const own = new URL(url!);
    own.username = 'chorograph_reader';
    const server = await serve({ DATABASE_URL: own.href, ...COMMON }, { maps: MAPS });
    await servesReads(server);
    await refusesWrites(server, /default_transaction_read_only/);
    const { body } = await server.api.get('/health').expect(200);
    assert.equal(body.checks.database.readOnly, 'role');
    await server.stop();
    await withClient(url!, (client) =>
      client.query('drop owned by chorograph_reader cascade; drop role chorograph_reader'),
    );
  });
});
