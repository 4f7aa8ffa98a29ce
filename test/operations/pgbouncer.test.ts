import assert from 'node:assert/strict';
import { sql } from '../../server/db/sql.ts';
import { withClient } from '../support/cluster.ts';
import { eventually, eventuallyPasses } from '../support/eventually.ts';
import { newDatabase, onPostgres, serve, type TestServer } from '../support/environment.ts';
import { startPgBouncer, type PgBouncer } from '../support/pgbouncer.ts';

const SQL = `
  create table places (id int primary key, name text, geom geometry(Point, 4326));
  insert into places select i, 'place ' || i, st_setsrid(st_makepoint(i % 360 - 180, i % 160 - 80), 4326)
    from generate_series(1, 5000) i;
  create materialized view cube as select 'a'::text as code, count(*)::int as n from places;
  create unique index on cube (code);
  create table visits (n int);
  create function note() returns int volatile language plpgsql as $$ begin insert into visits values (1); return 1; end $$;
  create view writing as select id, note() as noted, geom from places;`;
const MAPS = 'refresh: { public.cube: {} }';

onPostgres('behind PgBouncer with its default settings', () => {
  for (const mode of ['session', 'transaction'] as const) {
    describe(`in ${mode} mode`, () => {
      let direct: string;
      let bouncer: PgBouncer;
      let servers: TestServer[];
      before(async () => {
        direct = (await newDatabase()).DATABASE_URL as string;
        await withClient(direct, (client) => client.query(SQL));
        bouncer = await startPgBouncer(direct, mode);
        const environment = {
          DATABASE_URL: bouncer.url(direct),
          PORT: '0',
          LOG_LEVEL: 'silent',
          // Every tile is asked of PostGIS.
          CHOROGRAPH_MEMORY_VERTICES: '0',
          CHOROGRAPH_POOL_SIZE: '4',
          CHOROGRAPH_CHANGE_POLL_S: '1',
          CHOROGRAPH_API_KEY: 'a-key-of-the-tests',
        };
        const withListening = {
          ...environment,
          CHOROGRAPH_LISTEN_URL: direct,
          CHOROGRAPH_CHANGE_POLL_S: '600',
        };
        servers = await Promise.all([
          serve(environment, { maps: MAPS }),
          serve(withListening, { maps: MAPS }),
        ]);
      });
      after(() => bouncer.remove());

      it('it is ready, and says what it found', async () => {
        // A server is ready before it listens.
        await eventuallyPasses(async () => {
          const { body } = await servers[0]!.api.get('/health').expect(200);
          assert.equal(body.checks.database.pooling, mode);
          assert.equal(body.checks.database.changes, mode === 'session' ? 'notified' : 'polled');
          const other = await servers[1]!.api.get('/health').expect(200);
          assert.equal(other.body.checks.database.changes, 'notified');
        });
      });

      it('two that start together leave no lock behind', async () => {
        const locks = await withClient(direct, (client) =>
          client.query(`select count(*)::int as n from pg_locks where locktype = 'advisory'`),
        );
        assert.deepEqual(locks.rows, [{ n: 0 }]);
      });

      it('gives the tiles that it gives without, all of them', async () => {
        const plain = await serve({ ...servers[0]!.environment, DATABASE_URL: direct }, {});
        const paths = [...Array(16).keys()].map((i) => `/tiles/places/2/${i % 4}/${Math.floor(i / 4)}.mvt`);
        const expected = await Promise.all(paths.map((path) => plain.api.get(path).buffer(true)));
        for (let round = 0; round < 3; round++) {
          const got = await Promise.all(
            paths.map((path) => servers[round % 2]!.api.get(`${path}?columns=name,id`).buffer(true)),
          );
          got.forEach((answer, i) => assert.deepEqual(answer.status, expected[i]!.status, answer.text));
          const features = await Promise.all(
            paths.map(() => servers[round % 2]!.api.get('/features/places?limit=3')),
          );
          for (const { status, body } of features) {
            assert.equal(status, 200);
            assert.equal(body.features.length, 3);
          }
        }
        const again = await Promise.all(paths.map((path) => servers[0]!.api.get(path).buffer(true)));
        again.forEach((answer, i) => assert.deepEqual(answer.body, expected[i]!.body));
        await plain.stop();
      });

      it('lets nobody write who reads', async () => {
        for (const path of ['/tiles/writing/0/0/0.mvt', '/features/writing']) {
          const { body } = await servers[0]!.api.get(path).expect(502);
          assert.equal(body.reason, 'volatile_function');
        }
        const { rows } = await withClient(direct, (client) => client.query('select * from visits'));
        assert.deepEqual(rows, []);
      });

      it('leaves its settings and statements to nobody else', async () => {
        await withClient(bouncer.url(direct), async (client) => {
          const { rows } = await client.query(
            `select current_setting('statement_timeout') as timeout, current_setting('jit') as jit,
               current_setting('default_transaction_read_only') as read_only,
               (select count(*)::int from pg_prepared_statements) as prepared`,
          );
          assert.deepEqual(rows, [{ timeout: '0', jit: 'on', read_only: 'off', prepared: 0 }]);
        });
      });

      it('hears of changes: by notification, or by the poll', async () => {
        await withClient(direct, (client) => client.query(`select chorograph.track('places')`));
        const before = servers.map(({ ctx }) => ctx.generations.of('public.places'));
        await withClient(direct, (client) => client.query(`update places set name = 'new' where id = 1`));
        for (const [i, { ctx }] of servers.entries())
          await eventually(() => ctx.generations.of('public.places') !== before[i]);
      });

      it('refreshes, once, whoever is asked', async () => {
        const answers = await Promise.all(
          servers.map(({ api }) =>
            api.post('/gis/choropleth/refresh?wait=true').set('X-API-Key', 'a-key-of-the-tests'),
          ),
        );
        for (const { status, text } of answers) assert.ok(status < 300, text);
        await eventually(async () => {
          const runs = await servers[0]!.run<{ status: string }>(
            `select status from chorograph.refresh_run order by id`,
          );
          return runs.length > 0 && runs.every(({ status }) => status === 'succeeded');
        });
      });

      it('ends a statement that takes too long, and one that nobody waits for', async () => {
        const impatient = await serve(
          { ...servers[0]!.environment, CHOROGRAPH_STATEMENT_TIMEOUT_MS: '200' },
          {},
        );
        await assert.rejects(impatient.run('select pg_sleep(60)'), { code: 'query_timeout' });
        const left = new AbortController();
        const query = servers[0]!.ctx.db.run(sql`select pg_sleep(601)`, { signal: left.signal });
        const running = (): Promise<boolean> =>
          withClient(direct, async (client) => {
            const { rows } = await client.query(
              `select 1 from pg_stat_activity where query like '%pg_sleep(601)%'
               and state = 'active' and pid <> pg_backend_pid()`,
            );
            return rows.length > 0;
          });
        await eventually(running);
        left.abort();
        await assert.rejects(query, { code: 'client_closed_request' });
        // It is ended while the answer is on its way.
        await eventually(async () => !(await running()));
        await impatient.stop();
      });
    });
  }
});
