import assert from 'node:assert/strict';
import {
  DECIDED_ENGINE,
  newServer,
  onEmbedded,
  onPostgres,
  serve,
  type TestServer,
} from '../support/environment.ts';
import { createDatabase, startCluster, type Cluster } from '../support/cluster.ts';
import { startServer } from '../../server/server.ts';
import { readConfig } from '../../server/config.ts';
import { readMaps } from '../../server/maps.ts';
import { clientsOf, giveBack, lend } from '../support/embedded-pool.ts';
import { eventually } from '../support/eventually.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import pg from 'pg';
import { pino } from 'pino';
import request from 'supertest';

const LAYER = `create table place (id int primary key, name text, geom geometry(Point, 4326));
  insert into place values (1, 'one', st_point(10, 10)), (2, 'two', st_point(20, 20));`;

onPostgres('a PostgreSQL that goes away', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.remove());

  it('may be down when the server starts, which says so and recovers by itself', async () => {
    const url = await createDatabase(cluster.url('postgres'), 'late');
    await cluster.stop();
    const server = await startServer({
      config: readConfig({ DATABASE_URL: url, PORT: '0', LOG_LEVEL: 'silent' }),
      maps: readMaps(''),
      log: pino({ level: 'silent' }),
    });
    try {
      const api = request(server.url);
      await api.get('/health/live').expect(200);
      const { body } = await api.get('/health/ready').expect(503);
      assert.match(JSON.stringify((body as { checks: object }).checks), /database is not available/i);
      const refused = await api.get('/tiles/x/0/0/0.mvt').expect(503).expect('Retry-After', '2');
      assert.equal((refused.body as { code: string }).code, 'starting');
      await cluster.start();
      await server.ready;
      await api.get('/health/ready').expect(200);
      await api.get('/tiles').expect(200);
    } finally {
      await server.stop();
    }
  });

  it('is survived: known tiles stay, others are 503, and all comes back', async () => {
    const url = await createDatabase(cluster.url('postgres'), 'lost');
    // Nothing in memory: every tile that is not cached needs the database.
    const environment = {
      DATABASE_URL: url,
      ...DECIDED_ENGINE,
      PORT: '0',
      LOG_LEVEL: 'silent',
      CHOROGRAPH_MEMORY_VERTICES: '0',
    };
    const { default: pg } = await import('pg');
    const client = new pg.Client(url);
    await client.connect();
    await client.query(LAYER);
    await client.end();
    const { api } = await serve(environment, { maps: '' });
    const first = await api.get('/tiles/place/0/0/0.mvt').expect(200);
    await cluster.stop('immediate');
    const second = await api.get('/tiles/place/0/0/0.mvt').expect(200);
    assert.deepEqual(second.body, first.body);
    const refused = await api
      .get('/tiles/place/1/1/0.mvt')
      .expect(503)
      .expect('Content-Type', /problem\+json/);
    assert.equal((refused.body as { code: string }).code, 'database_unavailable');
    assert.doesNotMatch(refused.text, /ECONN|127\.0\.0\.1|postgres/);
    await api.get('/health/ready').expect(503);
    await cluster.start();
    await eventually(async () => (await api.get('/tiles/place/1/1/0.mvt')).status === 200);
    await eventually(async () => (await api.get('/health/ready')).status === 200);
  });
});

onEmbedded('an embedded database that is busy', () => {
  it('is not ended by who asks how it is, such as a probe during the first migrations', async () => {
    const lent = await lend();
    const releasers = new Releasers();
    try {
      const { database, connection, onRestart } = clientsOf(lent, readConfig({}), releasers);
      let restarts = 0;
      onRestart?.(() => restarts++);
      const client = new pg.Client(connection);
      await client.connect();
      await client.query('begin');
      await client.query('create table kept (id int)');
      await assert.rejects(database.ping(100), { code: 'query_timeout' });
      await client.query('insert into kept values (1)');
      await client.query('commit');
      await client.end();
      await database.ping();
      assert.deepEqual(await database.run({ text: 'select id from kept', values: [] }), [{ id: 1 }]);
      assert.equal(restarts, 0);
    } finally {
      await releasers.run();
      await giveBack(lent);
    }
  });
});

onEmbedded('an embedded database that crashes', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: LAYER });
  });

  it('is started again, and answers are right again', async () => {
    const { api, run } = server;
    await api.get('/features/place').expect(200);
    // COPY FROM STDIN is what this build of PostgreSQL dies of.
    await assert.rejects(run('copy place from stdin'));
    await api.get('/features/place').expect(503);
    await eventually(async () => (await api.get('/features/place')).status === 200);
    const { body } = await api.get('/features/place').expect(200);
    assert.equal((body as { features: unknown[] }).features.length, 2);
  });
});
