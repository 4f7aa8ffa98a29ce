import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../server/errors.ts';
import { tilesVersion } from '../../server/tiles/version.ts';
import { backend, newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { eventuallyPasses } from '../support/eventually.ts';

const NEVER = { CHOROGRAPH_CHANGE_POLL_S: '86400', CHOROGRAPH_CATALOG_INTERVAL_S: '86400' };
const point = (id: number, name = 'x'): string => `(${id}, '${name}', 'SRID=4326;POINT(10 10)')`;
const table = (name: string): string =>
  `create table ${name} (id int primary key, name text, geom geometry(point, 4326));
   insert into ${name} values ${point(1)};`;

async function names(server: TestServer, id: string): Promise<unknown[]> {
  const { status, body } = await bytesOf(server.api.get(`/tiles/${encodeURIComponent(id)}/0/0/0.mvt`));
  assert.ok([200, 204].includes(status), `${status} ${String(body)}`);
  return featuresOf(body as Buffer, id).map(({ properties }) => properties.name);
}

const engines = backend === 'postgres' ? ['2000000', '0'] : ['2000000'];
for (const vertices of engines) {
  const engine = vertices === '0' ? 'postgis' : 'memory';

  describe(`changed data, ${engine} engine`, () => {
    it('of a tracked table is served without waiting for a poll', async () => {
      const server = await newServer({
        sql: table('tracked'),
        environment: { ...NEVER, CHOROGRAPH_MEMORY_VERTICES: vertices },
      });
      await server.run(`select chorograph.track('tracked')`);
      await eventuallyPasses(() =>
        Promise.resolve(assert.match(server.ctx.generations.of('public.tracked'), /^g/)),
      );
      assert.deepEqual(await names(server, 'tracked'), ['x']);
      const before = (await server.api.get('/tiles/tracked.json')).body as { tiles: string[] };
      await server.run(`update tracked set name = 'y'`);
      await eventuallyPasses(async () => assert.deepEqual(await names(server, 'tracked'), ['y']));
      const after = (await server.api.get('/tiles/tracked.json')).body as { tiles: string[] };
      assert.notEqual(after.tiles[0], before.tiles[0]);
      await server.run(`insert into tracked values ${point(2, 'z')}`);
      await eventuallyPasses(async () =>
        assert.deepEqual((await names(server, 'tracked')).sort(), ['y', 'z']),
      );
      await server.run('truncate tracked');
      await eventuallyPasses(async () => assert.deepEqual(await names(server, 'tracked'), []));
    });

    it('of tables that nothing tracks, their views, partitions and materialized views, is found by polling', async () => {
      const server = await newServer({
        sql: `${table('quiet')}
          create view quiet_view as select * from quiet;
          create materialized view quiet_matview as select * from quiet;
          create unique index on quiet_matview (id);
          create table parted (id int, name text, geom geometry(point, 4326)) partition by range (id);
          create table parted_1 partition of parted for values from (0) to (10);
          insert into parted values ${point(1)};`,
        environment: { ...NEVER, CHOROGRAPH_CHANGE_POLL_S: '1', CHOROGRAPH_MEMORY_VERTICES: vertices },
      });
      const layers = ['quiet', 'quiet_view', 'quiet_matview', 'parted'];
      for (const id of layers) assert.deepEqual(await names(server, id), ['x']);
      await server.run(`update quiet set name = 'y'`);
      await server.run(`update parted set name = 'y'`);
      await server.run('refresh materialized view concurrently quiet_matview');
      for (const id of layers) {
        await eventuallyPasses(async () => assert.deepEqual(await names(server, id), ['y'], id));
      }
    });
  });

  describe(`a changed schema, ${engine} engine`, () => {
    let server: TestServer;
    before(async () => {
      server = await newServer({
        sql: ['dropped_column', 'dropped', 'renamed', 'retyped', 'added'].map(table).join('\n'),
        // Nothing is cached, and nothing reads the catalogue again but a query that fails.
        environment: { ...NEVER, CHOROGRAPH_MEMORY_VERTICES: vertices, CHOROGRAPH_TILE_CACHE_MB: '0' },
      });
    });

    it('of a dropped column is noticed by the query that fails, and the next is right', async () => {
      await server.run('alter table dropped_column drop column name');
      const first = await server.api.get('/features/dropped_column');
      assert.equal(first.status, 502);
      const { body } = await server.api.get('/features/dropped_column').expect(200);
      assert.deepEqual(body.features[0].properties, { id: 1 });
      assert.deepEqual(await names(server, 'dropped_column'), [undefined]);
      const document = (await server.api.get('/tiles/dropped_column.json')).body as {
        vector_layers: { fields: object }[];
      };
      assert.deepEqual(document.vector_layers[0]?.fields, {});
    });

    it('of a dropped table', async () => {
      await server.run('drop table dropped');
      await bytesOf(server.api.get('/tiles/dropped/0/0/0.mvt').expect(502));
      await server.api.get('/tiles/dropped/0/0/0.mvt').expect(404);
      await server.api.get('/features/dropped').expect(404);
    });

    it('of a renamed table', async () => {
      await server.run('alter table renamed rename to renewed');
      await server.api.get('/features/renamed').expect(502);
      await server.api.get('/features/renamed').expect(404);
      assert.deepEqual(await names(server, 'renewed'), ['x']);
    });

    it('of a column with another type', async () => {
      await server.run(`alter table retyped alter name type date using '2024-01-01'`);
      await server.ctx.catalog.reload();
      assert.deepEqual(await names(server, 'retyped'), ['2024-01-01']);
    });

    it('is read at NOTIFY', async () => {
      await server.run(`alter table added add column if not exists colour text default 'red'`);
      await server.run(`drop table if exists quite_new; create table quite_new as select * from added`);
      await server.run(`notify chorograph_catalog`);
      await eventuallyPasses(async () => void (await server.api.get('/tiles/quite_new.json').expect(200)));
      const { body } = await server.api.get('/tiles/added.json');
      assert.deepEqual(body.vector_layers[0].fields, { name: 'String', colour: 'String' });
    });

    it('is read when the server is told to (SIGHUP)', async () => {
      await server.run(`drop table if exists newer_still; create table newer_still as select * from added`);
      await server.rediscover();
      await eventuallyPasses(async () => void (await server.api.get('/tiles/newer_still.json').expect(200)));
    });
  });
}

describe('a changed schema', () => {
  it('is read by the timer', async () => {
    const server = await newServer({
      sql: table('first'),
      environment: { ...NEVER, CHOROGRAPH_CATALOG_INTERVAL_S: '1' },
    });
    await server.run(table('second'));
    await eventuallyPasses(async () => assert.deepEqual(await names(server, 'second'), ['x']));
  });

  it('that came while the catalogue was being read is in what the next reader gets', async () => {
    const server = await newServer({ sql: table('first'), environment: NEVER });
    const early = server.ctx.catalog.reload();
    const created = server.run(table('second'));
    const late = created.then(() => server.ctx.catalog.reload());
    await Promise.all([early, late]);
    assert.deepEqual(await names(server, 'second'), ['x']);
  });
});

onPostgres('a client that goes away', () => {
  const slow = `create function slow(z int, x int, y int) returns bytea stable language sql as
    $$ select convert_to(pg_sleep(300)::text, 'UTF8') $$;
    create view slow_view as select 1 as id, 'SRID=4326;POINT(1 1)'::geometry(point, 4326) as geom, pg_sleep(300)::text as t;`;

  const running = async (server: TestServer): Promise<number> => {
    const [row] = await server.run<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and state = 'active' and pid <> pg_backend_pid()
         and query ~ 'slow' and query !~ 'pg_stat_activity'`,
    );
    return row?.n ?? 0;
  };

  for (const path of ['/tiles/slow/0/0/0.mvt', '/features/slow_view']) {
    it(`ends its query (${path}), but not one that another still waits for`, async () => {
      const server = await newServer({ sql: slow, environment: NEVER });
      const clients = [new AbortController(), new AbortController()];
      const answers = clients.map(({ signal }) =>
        fetch(server.url + path, { signal }).then(
          () => 'answered',
          () => 'gone',
        ),
      );
      const shared = path.startsWith('/tiles');
      await eventuallyPasses(async () => assert.equal(await running(server), shared ? 1 : 2));
      clients[0]?.abort();
      await answers[0];
      await eventuallyPasses(async () => assert.equal(await running(server), 1));
      await sleep(200); // in which the other one's would be ended if it were mistaken for this
      assert.equal(await running(server), 1);
      clients[1]?.abort();
      await eventuallyPasses(async () => assert.equal(await running(server), 0));
      assert.deepEqual(await Promise.all(answers), ['gone', 'gone']);
      // The connections are usable after that.
      assert.equal((await server.run('select 1 as one'))[0]?.one, 1);
    });
  }
});

describe('a database that cannot be reached', () => {
  it('leaves what is known served, says 503 for others, and never keeps stale bytes as new', async () => {
    const server = await newServer({
      sql: `${table('known')} ${table('unknown')} ${table('changed')}`,
      environment: NEVER,
    });
    await server.run(`select chorograph.track('changed')`);
    await eventuallyPasses(() =>
      Promise.resolve(assert.match(server.ctx.generations.of('public.changed'), /^g/)),
    );
    assert.deepEqual(await names(server, 'known'), ['x']);
    assert.deepEqual(await names(server, 'changed'), ['x']);

    const { db, generations } = server.ctx;
    const [run, transaction] = [db.run.bind(db), db.transaction.bind(db)];
    const away = (): Promise<never> => Promise.reject(new AppError('database_unavailable'));
    Object.assign(db, { run: away, transaction: away });
    await run({ text: `update changed set name = 'y'`, values: [] });
    const [row] = await run<{ generation: number; changes: number }>({
      text: `select generation, changes from chorograph.generation where relation = 'public.changed'`,
      values: [],
    });
    const { generation: number, changes } = row!;
    const changedAt = new Date().toISOString();
    generations.notified(
      JSON.stringify({ relation: 'public.changed', generation: number, changes, changedAt }),
    );
    // Known once what was to be prepared for it is made, or cannot be.
    await eventuallyPasses(() =>
      Promise.resolve(assert.match(generations.of('public.changed'), new RegExp(`^g${number}\\b`))),
    );
    const version = tilesVersion(server.ctx, [server.ctx.catalog.layer('changed')]);

    assert.deepEqual(await names(server, 'known'), ['x']);
    const other = await bytesOf(server.api.get('/tiles/known/1/1/0.mvt').expect(200));
    assert.equal(featuresOf(other.body as Buffer, 'known').length, 1);
    const { body } = await server.api.get('/tiles/unknown/0/0/0.mvt').expect(503);
    assert.equal(body.code, 'database_unavailable');
    await server.api.get('/features/known').expect(503);
    // From memory: older than the generation in the URL, so it must not be taken for that for ever.
    const stale = await bytesOf(server.api.get(`/tiles/changed/0/0/0.mvt?g=${version}`).expect(200));
    assert.deepEqual(
      featuresOf(stale.body as Buffer, 'changed').map(({ properties }) => properties.name),
      ['x'],
    );
    assert.doesNotMatch(String(stale.headers['cache-control']), /immutable/);

    Object.assign(db, { run, transaction });
    const fresh = await bytesOf(server.api.get(`/tiles/changed/0/0/0.mvt?g=${version}`).expect(200));
    assert.deepEqual(
      featuresOf(fresh.body as Buffer, 'changed').map(({ properties }) => properties.name),
      ['y'],
    );
    assert.notEqual(fresh.headers.etag, stale.headers.etag);
    assert.match(String(fresh.headers['cache-control']), /immutable/);
  });
});
