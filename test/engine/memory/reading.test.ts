import assert from 'node:assert/strict';
import { relationName, type TableLayer } from '../../../server/catalog/types.ts';
import type { Database } from '../../../server/db/types.ts';
import { sql } from '../../../server/db/sql.ts';
import { AppError } from '../../../server/errors.ts';
import { memoryIndexOptions, type MemoryEvent } from '../../../server/engine/memory/memory-layer.ts';
import { readLayer } from '../../../server/engine/memory/read-layer.ts';
import type { ReadLayer } from '../../../server/engine/memory/reading.ts';
import { newServer, onPostgres, withDatabase, type TestServer } from '../../support/environment.ts';
import { eventuallyPasses } from '../../support/eventually.ts';

const ROWS = 3_000;
/** Who reads: the pool, or a thread. */
const THREAD = 'chorograph layer';

const TABLES = `
  create table rounds (id int primary key, name text, share numeric, at timestamptz, many bigint, geom geometry(polygon, 4326));
  insert into rounds select i, case when i % 3 > 0 then 'kréis ' || i % 4 end, i / 7.0, now(), 9007199254740993 + i,
    case when i % 50 > 0 then st_buffer(st_setsrid(st_makepoint(i % 60, i / 60), 4326), 0.6, 4) end from generate_series(1, ${ROWS}) i;
  create table mixed (id int primary key, geom geometry(geometry, 4326));
  insert into mixed select id, case id % 3 when 0 then geom when 1 then st_centroid(geom) else st_boundary(geom) end from rounds;
  create view read_by as select id, current_setting('application_name') as by, geom from rounds;
  create view failing as select id, 1 / (id - 2900) as share, geom from rounds;
  create function public.slowly(i int, ms float8) returns int language plpgsql immutable as
    $$ begin perform pg_sleep(ms / 1000); return i; end $$;
  create view endless as select id, slowly(id, 60000) as n, geom from rounds;
  create table changing (id int primary key, n int, geom geometry(point, 4326));
  insert into changing select i, 0, st_setsrid(st_makepoint(i % 60, i / 60), 4326) from generate_series(1, ${ROWS}) i;
  create view slow_changing as select id, n, slowly(id, case when id % 100 = 0 then 10 else 0 end) as waited, geom from changing;
  analyze;`;

onPostgres('a layer that is read', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLES });
  });

  function layerOf(id: string, { ctx } = server): TableLayer {
    const layer = ctx.catalog.all().find((one): one is TableLayer => one.id === id && one.type === 'table');
    assert.ok(layer);
    return layer;
  }

  /** Reads a layer as large ones are, or as one of that many rows. */
  async function read(
    id: string,
    {
      db = server.ctx.db as Database,
      rows = 1_000_000,
      signal = new AbortController().signal,
      observe = (_event: MemoryEvent): void => {},
    } = {},
  ): Promise<ReadLayer> {
    const { generations } = server.ctx;
    const reading = {
      db,
      generations,
      snapshots: undefined,
      index: memoryIndexOptions({ buffer: 64 }),
      observe,
      signal,
    };
    return readLayer(reading, { layer: layerOf(id), size: { rows, vertices: 0 }, mayBeKept: () => true });
  }

  const valuesOf = (layer: ReadLayer, column: string): unknown[] => [...(layer.values.get(column) ?? [])];
  const reader = async (options: Parameters<typeof read>[1]): Promise<unknown[]> => [
    ...new Set(valuesOf(await read('read_by', options), 'by')),
  ];
  const connections = async (): Promise<number | undefined> =>
    (await server.run<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where application_name = '${THREAD}' and datname = current_database()`,
    ))[0]?.n; // prettier-ignore

  it('is read by a thread over a connection of its own, and a small one over the pool', async () => {
    assert.deepEqual(await reader({}), [THREAD]);
    assert.deepEqual(await reader({ rows: 10 }), ['chorograph']);
    await eventuallyPasses(async () => assert.equal(await connections(), 0));
  });

  for (const id of ['rounds', 'mixed'])
    it(`is the same by both: ${id}`, async () => {
      const [apart, here] = await Promise.all([read(id), read(id, { rows: 10 })]);
      assert.equal(apart.rows, ROWS);
      assert.equal(here.rows, ROWS);
      assert.deepEqual(apart.index.topology, here.index.topology);
      assert.deepEqual(apart.index.made(), here.index.made());
      assert.deepEqual([...apart.values.keys()], [...here.values.keys()]);
      for (const column of here.values.keys())
        assert.deepEqual(valuesOf(apart, column), valuesOf(here, column));
    });

  it('is read over the pool where the database lets no further connection in', async () => {
    const role = `narrow_${process.pid}`;
    await server.run(`create role ${role} login connection limit 0`);
    try {
      const url = new URL(String(server.environment['DATABASE_URL']));
      url.username = role;
      const { db } = server.ctx;
      const plan = await db.sessionPlan();
      assert.ok(plan);
      const connection = { ...plan.connection, connectionString: url.href };
      const narrow = Object.create(db, {
        sessionPlan: { value: () => Promise.resolve({ ...plan, connection }) },
        transaction: { value: db.transaction.bind(db) },
      }) as Database;
      const told: MemoryEvent[] = [];
      const observe = (event: MemoryEvent): void => void told.push(event);
      assert.deepEqual(await reader({ db: narrow, observe }), ['chorograph']);
      assert.deepEqual(
        told.map(({ type, layer }) => [type, layer]),
        [['layer.read_by_pool', 'read_by']],
      );
    } finally {
      await server.run(`drop role ${role}`);
    }
  });

  it('fails as a query of the pool does', async () => {
    const codes = await Promise.all(
      [1_000_000, 10].map((rows) =>
        read('failing', { rows }).then(
          () => 'none',
          (error: unknown) => error instanceof AppError && error.code,
        ),
      ),
    );
    assert.deepEqual(codes, ['layer_query_failed', 'layer_query_failed']);
  });

  it('is of one moment, whatever changes while it is read', async () => {
    await server.run(`select chorograph.track('changing')`);
    await server.rediscover();
    const { generations } = server.ctx;
    const relation = relationName(layerOf('slow_changing'));
    const before = generations.of(relation);
    const reading = read('slow_changing');
    await eventuallyPasses(async () => assert.equal(await connections(), 1));
    await server.run('update changing set n = n + 1');
    const { values, stamp } = await reading;
    const seen = new Set(values.get('n'));
    assert.equal(seen.size, 1);
    const token = generations.settle(stamp).of(relation);
    assert.equal(token === before, seen.has(0));
    const after = await read('slow_changing');
    assert.deepEqual([...new Set(after.values.get('n'))], [1]);
    assert.notEqual(generations.settle(after.stamp).of(relation), before);
  });

  it('is given up when the server stops: nothing hangs, and no connection is left', async () => {
    const end = new AbortController();
    const reading = read('endless', { signal: end.signal });
    await eventuallyPasses(async () => assert.equal(await connections(), 1));
    end.abort(new AppError('shutting_down'));
    await assert.rejects(reading, { code: 'shutting_down' });
    await eventuallyPasses(async () => assert.equal(await connections(), 0));
    await assert.rejects(read('rounds', { signal: end.signal }), { code: 'shutting_down' });
  });

  it('does not wait for one that takes long', async () => {
    const end = new AbortController();
    const reading = read('endless', { signal: end.signal });
    await eventuallyPasses(async () => assert.equal(await connections(), 1));
    assert.equal((await read('rounds')).rows, ROWS);
    assert.equal(await connections(), 1);
    end.abort(new AppError('shutting_down'));
    await assert.rejects(reading);
  });

  it('is given up by a server that stops while it reads one', async () => {
    const stopping = await newServer({
      sql: TABLES,
      environment: { CHOROGRAPH_STATEMENT_TIMEOUT_MS: '600000' },
    });
    const { memory, generations } = stopping.ctx;
    const layer = layerOf('endless', stopping);
    const reading = memory.get(layer, generations.of(relationName(layer)));
    const refused = assert.rejects(reading, { code: 'shutting_down' });
    const count = sql`select count(*)::int as n from pg_stat_activity where application_name = ${THREAD} and datname = current_database()`;
    await withDatabase(stopping.environment, async (db) => {
      const connected = async (): Promise<number | undefined> => (await db.run<{ n: number }>(count))[0]?.n;
      await eventuallyPasses(async () => assert.equal(await connected(), 1));
      await stopping.stop();
      await refused;
      await eventuallyPasses(async () => assert.equal(await connected(), 0));
    });
  });
});
