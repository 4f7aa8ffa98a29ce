import assert from 'node:assert/strict';
import pg from 'pg';
import { requestCancel } from '../../server/db/connections/cancel.ts';
import { connectionsOfATile } from '../../server/tiles/together.ts';
import { bytesOf } from '../support/decode.ts';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';

/** A server that starts takes some of them. */
const CONNECTIONS = 12;
const LATE = '600000';

/** `waits_1` is done when `waits_2` has begun, and the other way round: a session keeps its lock after its statement. */
const LAYERS = `
  create function waits_for(own int, other int) returns bytea volatile language plpgsql as $$ begin
    perform pg_advisory_lock(4711, own);
    while not exists (select from pg_locks where locktype = 'advisory' and classid = 4711 and objid = other and granted) loop
      perform pg_sleep(0.005);
    end loop;
    return ''::bytea;
  end $$;
  create function waits_1(z int, x int, y int) returns bytea stable language sql as 'select waits_for(1, 2)';
  create function waits_2(z int, x int, y int) returns bytea stable language sql as 'select waits_for(2, 1)';
  create function sleeps(z int, x int, y int) returns bytea stable language sql as
    $$ select ''::bytea from pg_sleep(500) $$;
  create function is_quick(z int, x int, y int) returns bytea stable language sql as $$ select ''::bytea $$;`;

const ASLEEP = `select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;

describe('connections of one tile', () => {
  it('are half of those that are free, and one', () => {
    const pool = { size: 10, open: 0, idle: 0, waiting: 0 };
    assert.equal(connectionsOfATile(pool), 6);
    assert.equal(connectionsOfATile({ ...pool, open: 10, idle: 3 }), 2);
    assert.equal(connectionsOfATile({ ...pool, open: 10, idle: 0 }), 1);
    assert.equal(connectionsOfATile({ ...pool, open: 4, idle: 4, waiting: 1 }), 1);
  });
});

onPostgres('tiles whose layers take long', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({
      sql: LAYERS,
      environment: {
        CHOROGRAPH_POOL_SIZE: String(CONNECTIONS),
        CHOROGRAPH_POOL_WAIT_MS: LATE,
        CHOROGRAPH_STATEMENT_TIMEOUT_MS: LATE,
      },
    });
  });

  it('are made of all their layers at once where connections are free', async () => {
    const { status } = await bytesOf(server.api.get('/tiles/waits_1,waits_2/1/0/0.mvt'));
    assert.equal(status, 204);
  });

  it('free their connections at once when nobody asks for them any more', async () => {
    const leaving = new AbortController();
    const asked = Array.from({ length: CONNECTIONS * 3 }, (_, x) =>
      fetch(`${server.url}/tiles/sleeps/9/${x}/0.mvt`, { signal: leaving.signal }).catch(() => 'gone'),
    );
    await eventually(() => server.ctx.db.load().waiting >= CONNECTIONS * 2, 'a full pool');
    leaving.abort();
    assert.deepEqual(new Set(await Promise.all(asked)), new Set(['gone']));
    // As many as there are connections: each of them is there again.
    const quick = Array.from({ length: CONNECTIONS }, (_, x) => `${server.url}/tiles/is_quick/9/${x}/1.mvt`);
    const answers = await Promise.all(quick.map((url) => fetch(url)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]));
    // A tile that waited may have had a connection for a moment, until the server heard that its client was gone, too.
    await eventually(async () => (await server.run(ASLEEP)).length === 0, 'nothing sleeps any more');
  });

  it('are cancelled by a message, after which the session goes on', async () => {
    const client = new pg.Client(process.env.TEST_DATABASE_URL);
    await client.connect();
    try {
      const sleeping = client.query('select pg_sleep(500)');
      const rejected = assert.rejects(sleeping, { code: '57014' });
      const { processID } = client as unknown as { processID: number };
      const ofSession = `select 1 from pg_stat_activity where wait_event = 'PgSleep' and pid = ${processID}`;
      await eventually(async () => (await server.run(ofSession)).length > 0, 'a sleeping session');
      assert.equal(await requestCancel(client), true);
      await rejected;
      const { rows: after } = await client.query('select 1 as one');
      assert.deepEqual(after, [{ one: 1 }]);
    } finally {
      await client.end();
    }
  });
});

/** Of these the pool leaves two to what is quick. */
const FEW = 5;
const AT_ONCE = 3;

onPostgres('tiles of a layer that takes long', () => {
  it('leave connections to those that are known to be quick', async () => {
    // One for each attempt: what was seen of a layer's tiles says whether they are quick.
    const server = await newServer({
      sql: `
        create table stuck (id int primary key, geom geometry(point, 4326));
        create table quick (id int primary key, geom geometry(point, 4326));
        insert into stuck select i, st_setsrid(st_point(i, 1), 4326) from generate_series(1, 20) i;
        insert into quick select * from stuck;`,
      environment: {
        CHOROGRAPH_MEMORY_VERTICES: '0',
        CHOROGRAPH_TILE_CACHE_MB: '0',
        CHOROGRAPH_POOL_SIZE: String(FEW),
        CHOROGRAPH_POOL_WAIT_MS: LATE,
        CHOROGRAPH_STATEMENT_TIMEOUT_MS: LATE,
      },
    });
    const quick = async (): Promise<number> => (await fetch(`${server.url}/tiles/quick/5/16/15.mvt`)).status;
    // What was not seen yet may take long.
    for (let i = 0; i < 5; i++) assert.equal(await quick(), 200);
    const stuck = (x: number, signal?: AbortSignal): Promise<Response> =>
      fetch(`${server.url}/tiles/stuck/5/${x}/15.mvt`, { signal: signal ?? null });
    assert.equal((await stuck(16)).status, 200);
    const { db, catalog, faults } = server.ctx;
    const layer = catalog.tableLayer('stuck');
    await eventually(() => faults.of(layer), 'a look at its rows');
    const client = new pg.Client(server.environment.DATABASE_URL);
    await client.connect();
    const leaving = new AbortController();
    try {
      await client.query('begin; lock table stuck in access exclusive mode');
      const asked = Array.from({ length: 3 * FEW }, (_, x) => stuck(x, leaving.signal).catch(() => 'gone'));
      await eventually(() => db.load().waiting === 3 * FEW - AT_ONCE, 'a full room');
      // Rows that cannot be drawn are looked for some time after a layer's first tile: that may take long as well.
      faults.look(layer, 'a later generation');
      await eventually(() => db.load().waiting === 3 * FEW - AT_ONCE + 1, 'a look that waits');
      assert.equal(await quick(), 200);
      await eventually(async () => (await waitingFor(client)) >= AT_ONCE, 'those that wait for the table');
      assert.equal(await waitingFor(client), AT_ONCE);
      leaving.abort();
      assert.deepEqual(new Set(await Promise.all(asked)), new Set(['gone']));
      await eventually(() => db.load().waiting === 0, 'nobody waits');
    } finally {
      leaving.abort();
      await client.end();
    }
    assert.equal((await stuck(16)).status, 200);
  });
});

/** How many sessions wait for the table that is stuck. */
async function waitingFor(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from pg_locks where relation = 'stuck'::regclass and not granted`,
  );
  return rows[0]?.n ?? 0;
}
