import assert from 'node:assert/strict';
import { createDatabase, startCluster, withClient, type Cluster } from '../support/cluster.ts';
import {
  newDatabase,
  newServer,
  onPostgres,
  serve,
  withDatabase,
  type TestServer,
} from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { statement } from '../../server/db/sql.ts';

/** Nothing is looked for by itself while a test lasts. */
const NO_TIMERS = { CHOROGRAPH_CATALOG_INTERVAL_S: '86400', CHOROGRAPH_CHANGE_POLL_S: '86400' };
const TABLE = (name: string): string =>
  `create table ${name} (id int primary key, geom geometry(Point, 4326));
   insert into ${name} values (1, st_setsrid(st_makepoint(1, 1), 4326))`;

const ids = async (server: TestServer): Promise<string[]> => {
  const { body } = await server.api.get('/tiles').expect(200);
  return (body.layers as { id: string }[]).map(({ id }) => id);
};

describe('a table that is made while the server runs', () => {
  it('is seen because the database tells, and gone when it is dropped', async () => {
    const server = await newServer({ environment: NO_TIMERS, sql: TABLE('old') });
    await eventually(() => server.ctx.db.isListening);
    await server.run(TABLE('young'));
    await eventually(async () => (await ids(server)).includes('young'));
    await server.run('drop table young');
    await eventually(async () => !(await ids(server)).includes('young'));
    assert.ok((await ids(server)).includes('old'));
  });

  it('leaves what is cached of others', async () => {
    const server = await newServer({ environment: NO_TIMERS, sql: TABLE('old') });
    await eventually(() => server.ctx.db.isListening);
    // Counters of what is not tracked may come a moment later.
    await server.run(`select chorograph.track('old')`);
    await server.ctx.generations.poll();
    const before = await server.api.get('/tiles/old/0/0/0.mvt').expect(200);
    const { entries } = server.ctx.cache.stats();
    assert.ok(entries > 0);
    await server.run(TABLE('young'));
    await eventually(async () => (await ids(server)).includes('young'));
    assert.ok(server.ctx.cache.stats().entries >= entries);
    const after = await server.api.get('/tiles/old/0/0/0.mvt').expect(200);
    assert.equal(after.headers.etag, before.headers.etag);
  });

  it('is found by who asks for it, and who asks for what is not there costs a look a second', async () => {
    const server = await newServer({ environment: NO_TIMERS });
    await server.run('drop event trigger chorograph_catalog; drop event trigger chorograph_catalog_drop');
    await server.run(TABLE('young'));
    await server.api.get('/tiles/young/0/0/0.mvt').expect(200);
    let looks = 0;
    const { db } = server.ctx;
    const run = db.run.bind(db);
    db.run = ((query, options) => {
      if (query.text.includes('as signature')) looks++;
      return run(query, options);
    }) as typeof db.run;
    const started = performance.now();
    await Promise.all(
      [...Array(60).keys()].map((i) => server.api.get(`/tiles/nobody_${i}/0/0/0.mvt`).expect(404)),
    );
    const seconds = (performance.now() - started) / 1000;
    assert.ok(looks <= seconds + 2, `${looks} looks in ${seconds} s`);
    await server.api.get('/features/nobody').expect(404);
  });

  it('is found at the next look where nobody asks and nothing tells', async () => {
    const server = await newServer({ environment: { ...NO_TIMERS, CHOROGRAPH_CHANGE_POLL_S: '1' } });
    await server.run('drop event trigger chorograph_catalog; drop event trigger chorograph_catalog_drop');
    await server.run(TABLE('young'));
    await eventually(async () => (await ids(server)).includes('young'));
  });
});

onPostgres('the event trigger', () => {
  it('is silent about what is temporary or our own, and about rolled back DDL', async () => {
    const server = await newServer({ environment: NO_TIMERS });
    await withClient(server.environment.DATABASE_URL!, async (client) => {
      let told = 0;
      client.on('notification', () => told++);
      await client.query('listen chorograph_catalog');
      await client.query('create temp table t (geom geometry); alter table t add column a int; drop table t');
      await client.query('create table chorograph.scratch (a int); drop table chorograph.scratch');
      await client.query('begin; create table gone (geom geometry); rollback');
      await client.query('create temp view v as select 1; drop view v');
      await client.query('select 1');
      assert.equal(told, 0);
      await client.query('create table here (geom geometry)');
      await eventually(() => told === 1);
    });
  });

  it('lets everybody go on as before, whatever they may', async () => {
    const server = await newServer({ environment: NO_TIMERS });
    await server.run('drop role if exists chorograph_stranger; create role chorograph_stranger login');
    try {
      await server.run('grant create on schema public to chorograph_stranger');
      await withClient(server.environment.DATABASE_URL!, async (client) => {
        await client.query('set role chorograph_stranger');
        await client.query(
          'create table theirs (id int, geom geometry); alter table theirs add column b int; grant select on theirs to public; drop table theirs',
        );
      });
    } finally {
      await server.run('drop owned by chorograph_stranger; drop role chorograph_stranger');
    }
  });

  it('is left out where the role may not make one, and everything else is there', async () => {
    const { DATABASE_URL: url } = await newDatabase();
    await withClient(url!, (client) =>
      client.query(`drop role if exists chorograph_plain; create role chorograph_plain login;
        grant create on database ${new URL(url!).pathname.slice(1)} to chorograph_plain;
        grant create on schema public to chorograph_plain`),
    );
    const own = new URL(url!);
    own.username = 'chorograph_plain';
    const environment = { DATABASE_URL: own.href, PORT: '0', LOG_LEVEL: 'silent', ...NO_TIMERS };
    const server = await serve(environment);
    assert.deepEqual(await server.run('select 1 as a from pg_event_trigger'), []);
    await server.run(TABLE('young'));
    await server.api.get('/tiles/young.json').expect(200);
    await server.stop();
    await withClient(url!, (client) =>
      client.query('drop owned by chorograph_plain cascade; drop role chorograph_plain'),
    );
  });

  describe('where transactions can be prepared', () => {
    let cluster: Cluster;
    before(async function () {
      cluster = await startCluster({ max_prepared_transactions: '5' });
    });
    after(() => cluster.remove());

    it('does not keep DDL from being prepared, and the table is found by looking', async () => {
      const url = await createDatabase(cluster.url('postgres'), 'two_phase');
      const server = await serve({
        DATABASE_URL: url,
        PORT: '0',
        LOG_LEVEL: 'silent',
        ...NO_TIMERS,
        CHOROGRAPH_CHANGE_POLL_S: '1',
      });
      await withClient(url, async (client) => {
        await client.query(`begin; ${TABLE('young')}; prepare transaction 'ddl'`);
        await client.query(`commit prepared 'ddl'`);
        await client.query(`begin; drop table young; prepare transaction 'drop'`);
        await client.query(`rollback prepared 'drop'`);
      });
      await eventually(async () => (await ids(server)).includes('young'));
      await server.stop();
    });
  });
});

onPostgres('views that take long to show a geometry', () => {
  it('are looked at several at once, behind a server that is ready with everything else', async () => {
    const database = await newDatabase();
    const environment = { ...database, PORT: '0', LOG_LEVEL: 'silent', ...NO_TIMERS };
    const views = [...Array(10).keys()].map(
      (i) => `create view slow_${i} as select 1 as id, st_setsrid(st_makepoint(0, 0), 3857) as geom
        from (select pg_advisory_xact_lock_shared(77) offset 0) held;`,
    );
    await withDatabase(environment, (db) => db.run(statement(`${TABLE('quick')}; ${views.join('')}`)));
    await withClient(database.DATABASE_URL!, async (holder) => {
      await holder.query('select pg_advisory_lock(77)');
      const starting = serve(environment);
      const waiting = async (): Promise<number> => {
        const { rows } = await holder.query<{ n: number }>(
          `select count(*)::int as n from pg_stat_activity
           where wait_event = 'advisory' and datname = current_database()`,
        );
        return rows[0]!.n;
      };
      await eventually(async () => (await waiting()) > 1);
      const server = await starting;
      await server.api.get('/tiles/quick/0/0/0.mvt').expect(200);
      const { status, body } = await server.api.get('/tiles/slow_9.json');
      assert.deepEqual([status, body.code], [503, 'starting']);
      await holder.query('select pg_advisory_unlock(77)');
      // A look that was given up on a slow machine is made again when the view is another.
      await server.run(
        views.join('').replaceAll('create view', 'create or replace view').replaceAll('1 as id', '2 as id'),
      );
      await eventually(async () => {
        const layers = server.ctx.catalog.all().filter(({ id }) => id.startsWith('slow_'));
        return (
          layers.length === 10 &&
          layers.every((layer) => layer.type === 'table' && layer.geometry.srid === 3857)
        );
      });
      await server.api.get('/tiles/slow_9/0/0/0.mvt').expect(200);
    });
  });

  it('are not looked at again as long as they are the same', async () => {
    const environment = { ...(await newDatabase()), PORT: '0', LOG_LEVEL: 'silent', ...NO_TIMERS };
    await withDatabase(environment, (db) =>
      db.run(
        statement(`create sequence looks; create table base (id int, geom geometry);
          insert into base values (1, st_setsrid(st_makepoint(0, 0), 3857));
          create view counted as select id, geom from base`),
      ),
    );
    const server = await serve(environment);
    let looks = 0;
    const { db } = server.ctx;
    const run = db.run.bind(db);
    db.run = ((query, options) => {
      if (query.text.includes('from (select "geom" as g from "public"."counted"')) looks++;
      return run(query, options);
    }) as typeof db.run;
    for (let i = 0; i < 3; i++) await server.rediscover();
    assert.equal(looks, 0);
    await server.run('create or replace view counted as select id + 1 as id, geom from base');
    await server.rediscover();
    assert.equal(looks, 1);
  });
});

onPostgres('tables of the TIGER geocoder', () => {
  const tiger = async (environment: Record<string, string>, maps?: string): Promise<TestServer> => {
    const database = await newDatabase();
    await withDatabase(database, (db) =>
      db.run(
        statement(`create extension postgis_tiger_geocoder cascade;
          create table tiger_data.nv_county (constraint nv_county_pk primary key (cntyidfp)) inherits (tiger.county);
          grant usage on schema tiger_data to public`),
        { timeoutMs: 60_000 },
      ),
    );
    return serve({ ...database, PORT: '0', LOG_LEVEL: 'silent', ...environment }, { ...(maps && { maps }) });
  };

  it('are left out, and listed when their schemas are named', async () => {
    assert.deepEqual(await ids(await tiger({})), []);
    const named = await ids(await tiger({ CHOROGRAPH_SCHEMAS: 'tiger,tiger_data' }));
    assert.ok(named.includes('tiger.county') && named.includes('tiger_data.nv_county'), named.join());
  });

  it('are listed one by one when maps.yaml names them', async () => {
    const server = await tiger({}, 'layers: { counties: { table: tiger.county } }');
    assert.deepEqual(await ids(server), ['counties']);
  });
});
