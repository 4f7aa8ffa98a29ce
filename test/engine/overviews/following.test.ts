import assert from 'node:assert/strict';
import pg from 'pg';
import { makeCoverage } from '../../../scripts/bench/coverage.ts';
import { relationName, type TableLayer } from '../../../server/catalog/types.ts';
import { AutoBuilder } from '../../../server/engine/auto/builder.ts';
import type { AutoEvent } from '../../../server/engine/auto/job.ts';
import { offerOverviews } from '../../../server/engine/overviews/auto.ts';
import { buildOverviews } from '../../../server/engine/overviews/build.ts';
import { isCurrent } from '../../../server/engine/overviews/overviews.ts';
import { newServer, onPostgres, untilFileEnds, type TestServer } from '../../support/environment.ts';
import { tileFeatures } from '../pyramid/support.ts';

/** Parcels side by side, which crowd the lower zooms. */
const PARCELS = 1_225;
const ROADS = 1_200;
/** Crooked lines that begin and end where others do, some of which lie upon each other. */
const SQL = `create table roads (name text, lanes int, geom geometry(LineString, 4326), code text collate "C" primary key);
  create function some_roads(first int, number int) returns setof roads language sql as $$
    select 'road ' || i, i % 5, case when i % 211 = 0 then null else st_setsrid(st_makeline(array(
        select st_makepoint(100 + x % 50 / 9.0 + s * (i % 3) / 30.0, x / 50 / 9.0 + s * (i % 2) / 40.0 + sin(i + s) / 300)
        from generate_series(0, 12) s)), 4326) end, 'r' || i
    from generate_series(first, first + number - 1) i, lateral (select i * 7 % 2500 as x) place $$;
  insert into roads select * from some_roads(1, ${ROADS});
  create index on roads using gist (geom);
  select chorograph.track('roads');`;

type Kind = 'built' | 'followed';

onPostgres('copies of lines and polygons that follow changes', () => {
  let server: TestServer;
  let builder: AutoBuilder;
  let writers: pg.Client[];
  let events: AutoEvent[];

  before(async () => {
    server = await newServer(
      {
        sql: SQL,
        environment: {
          CHOROGRAPH_MEMORY_VERTICES: '0',
          CHOROGRAPH_TILE_CACHE_MB: '0',
          CHOROGRAPH_AUTO_MB: '0',
        },
      },
      untilFileEnds,
    );
    await makeCoverage(server.environment.DATABASE_URL ?? '', 'parcels', PARCELS);
    await server.run(`select chorograph.track('parcels')`);
    const { ctx } = server;
    builder = new AutoBuilder({
      ...ctx,
      observe: (event) => events.push(event),
      config: { auto: { ...ctx.config.auto, bytes: 1e9 } },
      restFactor: 0,
      busyMs: 10,
    });
    events = [];
    builder.start();
    assert.deepEqual(await refresh(), ['built', 'built']);
    writers = await Promise.all([1, 2, 3].map(() => connect()));
  });
  after(async () => {
    await builder.stop();
    await Promise.all(writers.map((writer) => writer.end()));
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client(server.environment.DATABASE_URL);
    await client.connect();
    return client;
  }

  const layer = (name: string): TableLayer => server.ctx.catalog.tableLayer(name);
  const layers = ['parcels', 'roads'];

  /** Until copies are of the present data: what that took. */
  async function refresh(): Promise<Kind[]> {
    const { catalog, generations } = server.ctx;
    const since = events.length;
    for (let isOver = false; !isOver;) {
      await generations.pollAgain();
      await catalog.reload();
      offerOverviews({ ...server.ctx, auto: builder });
      await builder.settled();
      const failed = events.filter(({ type }) => type === 'auto.failed' || type === 'auto.unable');
      assert.deepEqual(failed, []);
      await catalog.reload();
      isOver = layers.every((name) => isCurrent(layer(name), generations.of(relationName(layer(name)))));
    }
    const told = events.slice(since);
    return told.flatMap(({ type }) =>
      type === 'auto.built' ? ['built'] : type === 'auto.followed' ? ['followed'] : [],
    );
  }

  /** All rows of all copies and the choices they were made by, but for numbers of rows, which mean nothing. */
  async function contents(name: string): Promise<Record<string, unknown>> {
    const [row] = await server.run<{ id: number; build: number; choices: object }>(
      `select id, build, json_build_array(zooms, merged, made, cells) as choices
        from chorograph.overview where relation = $1`,
      [`public.${name}`],
    );
    const tables = await server.run<{ table: string; copy: string }>(
      `select relname as table, substring(relname from '[mz]\\d+$') as copy from pg_class
        where relname ~ ('^overview_' || $1::int || '_' || $2::int || '_[mz]\\d+$') and relkind = 'r' order by 1`,
      [row!.id, row!.build],
    );
    const found: Record<string, unknown> = { choices: row!.choices };
    for (const { table, copy } of tables) {
      const rows = await server.run<{ text: string }>(
        `select concat_ws(' ', to_jsonb(t) - 'geom' - 'chorograph_row', st_astext(geom, 17)) as text from chorograph.${table} t order by 1`,
      );
      found[copy] = rows.map(({ text }) => text);
    }
    return found;
  }

  /** What is in all tiles of the zooms that hold most of the data, in whatever order. */
  async function tiles(name: string): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    const [box] = await server.run<{ west: number; south: number; east: number; north: number }>(
      `select st_xmin(e) as west, st_ymin(e) as south, st_xmax(e) as east, st_ymax(e) as north from (select st_extent(geom) e from ${name}) all_of_it`,
    );
    for (const z of [0, 2, 4, 5, 6, 7, 8]) {
      for (const { x, y } of tilesIn(box!, z)) {
        const features = await tileFeatures(server, name, { z, x, y });
        found[`${z}/${x}/${y}`] = features
          .map(({ id, properties, loadGeometry }, i) =>
            JSON.stringify([id, properties, loadGeometry.call(features[i])]),
          )
          .sort();
      }
    }
    return found;
  }

  async function assertAsFresh(name: string): Promise<void> {
    const { ctx } = server;
    const followed = [await contents(name), await tiles(name)];
    const [rows] = await server.run<{ rows: number; copied: number }>(
      `select rows::int as rows, copied::int as copied from chorograph.overview where relation = 'public.${name}'`,
    );
    await buildOverviews(ctx.db, layer(name), {
      token: ctx.generations.of(`public.${name}`),
      buffer: ctx.config.tile.buffer,
    });
    await ctx.catalog.reload();
    const fresh = [await contents(name), await tiles(name)];
    assert.deepEqual(followed, fresh);
    const copies = Object.values(fresh[0]!).slice(1) as unknown[][];
    assert.equal(
      rows?.copied,
      copies.reduce((sum, { length }) => sum + length, 0),
    );
    const [there] = await server.run<{ n: number }>(`select count(geom)::int as n from ${name}`);
    assert.equal(rows?.rows, there?.n);
  }

  const isQueueEmpty = async (): Promise<boolean> =>
    (await server.run('select from chorograph.changed_row')).length === 0;

  it('are those that are made anew, whoever changed what, and how', async () => {
    // The same numbers in each run.
    let seed = 11;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor(seed / 65536) % below;
    };
    const ofParcels = (writer: number): string => {
      const first = random(PARCELS);
      // Each writer has rows of its own: none waits for another.
      const mine = `id % 3 = ${writer} and id between ${first} and ${first + 8}`;
      return [
        `delete from parcels where ${mine}`,
        `update parcels set value = ${random(1000)}, name = 'other' where ${mine}`,
        `update parcels set geom = st_translate(geom, ${random(3) - 1}, 0.3) where ${mine}`,
        `update parcels set geom = st_buffer(geom, 0.01 * ${random(9)}, 2) where ${mine} and id % 2 = 0`,
        `update parcels set id = id + 3000000 where ${mine}`,
        // Leaves the border of its neighbours between vertices that both have: these are ends of arcs then.
        `update parcels set geom = st_simplifypreservetopology(geom, 0.02) where ${mine}`,
        `update parcels set value = value where ${mine}`,
        // One where there is one already, and what was deleted once more.
        `insert into parcels select id + 30000, name, kind, value + 1, geom from parcels where ${mine} on conflict (id) do nothing`,
        `insert into parcels select id, 'split', kind, 1, st_intersection(geom, st_makeenvelope(-180, -90, st_x(st_centroid(geom)), 90, 4326)) from parcels
          where ${mine} and st_isvalid(geom) and geometrytype(st_intersection(geom, st_makeenvelope(-180, -90, st_x(st_centroid(geom)), 90, 4326))) = 'POLYGON'
          on conflict (id) do update set geom = excluded.geom, name = excluded.name`,
      ][random(9)]!;
    };
    const ofRoads = (writer: number): string => {
      const first = random(ROADS);
      const mine = `lanes % 3 = ${writer} and code between 'r${first}' and 'r${first}z'`;
      return [
        `delete from roads where ${mine}`,
        `insert into roads select * from some_roads(${ROADS + 1 + random(1e6)}, 9) s where s.lanes % 3 = ${writer} on conflict (code) do nothing`,
        `update roads set geom = st_translate(geom, 0.2, ${random(3) - 1}) where ${mine}`,
        `update roads set name = 'other', geom = st_reverse(geom) where ${mine}`,
        // Begins and ends within another.
        `insert into roads select 'short', lanes, st_makeline(st_pointn(geom, 3), st_pointn(geom, 6)), code || 'x' from roads
          where ${mine} and geom is not null and length(code) < 6 on conflict (code) do nothing`,
        `update roads set geom = case when geom is null then 'srid=4326;linestring(101 1, 101.5 1.5)'::geometry end where ${mine}`,
      ][random(6)]!;
    };
    const statement = (writer: number): string => (random(2) === 0 ? ofParcels(writer) : ofRoads(writer));
    const transaction = async (writer: pg.Client, i: number, level: string): Promise<void> => {
      await writer.query(`begin isolation level ${level}`);
      await writer.query(statement(i));
      await writer.query(`savepoint half; ${statement(i)}`);
      if (random(2) === 0) await writer.query(`rollback to half; ${statement(i)}`);
      await writer.query(random(4) === 0 ? 'rollback' : 'commit');
    };
    const levels = ['read committed', 'repeatable read', 'serializable'];
    const write = async (writer: pg.Client, i: number): Promise<void> => {
      for (let round = 0; round < 10; round++) {
        await transaction(writer, i, levels[random(3)]!).catch(async (error: { code?: string }) => {
          // Who is serializable may be told to try again.
          assert.equal(error.code, '40001');
          await writer.query('rollback');
        });
      }
    };
    let done = false;
    const writing = Promise.all(writers.map(write)).finally(() => (done = true));
    const outcomes: Kind[] = [];
    while (!done) {
      outcomes.push(...(await refresh()));
      await server.run('select chorograph.fold()');
    }
    await writing;
    outcomes.push(...(await refresh()));
    assert.ok(outcomes.length > 1 && !outcomes.includes('built'), outcomes.join());
    assert.ok(await isQueueEmpty());
    for (const name of layers) await assertAsFresh(name);
    // Made by hand they follow nothing.
    assert.deepEqual(
      await changed(
        `update parcels set value = 3 where id = 8; update roads set lanes = 3 where code = 'r8'`,
      ),
      ['built', 'built'],
    );
  });

  /** What it took that copies are of the present data again, after some statements. */
  async function changed(statements: string): Promise<Kind[]> {
    for (const one of statements.split(';')) await server.run(one);
    return refresh();
  }

  it('write few rows for few, leave neighbours with the same border, and none of the others', async () => {
    const [middle] = await server.run<{ id: number }>(
      `select id from parcels where st_intersects(geom, st_setsrid(st_makepoint(110, -5), 4326))`,
    );
    const all = await server.run<{ table: string }>(
      `select relname as table from pg_class where relname ~ '^overview_\\d+_\\d+_(z|m)\\d+$' and relkind = 'r'
        and relname like 'overview_' || (select id from chorograph.overview where relation = 'public.parcels') || '_%'`,
    );
    const [before] = await server.run<{ xid: string }>('select pg_current_xact_id()::text as xid');
    // A corner is cut off, which moves what it has in common with neighbours.
    const outcome = await changed(
      `update parcels set geom = st_difference(geom, st_expand(st_pointn(st_exteriorring(geom), 1), 0.01)) where id = ${middle!.id}`,
    );
    assert.deepEqual(outcome, ['followed']);
    for (const { table } of all) {
      const [found] = await server.run<{ written: number; rows: number; all: number }>(
        `select count(*) filter (where xmin::text::int8 > ${before!.xid})::int as written, sum(chorograph_rows)::int as rows, count(*)::int as all
          from chorograph.${table}`,
      );
      // The one, and those around it.
      assert.ok(
        found!.written >= 1 && found!.written <= 9 && found!.written <= found!.all,
        `${table}: ${found!.written}`,
      );
    }
    await server.run(`update parcels set value = value + 1 where id = ${middle!.id}`);
    const [then] = await server.run<{ xid: string }>('select pg_current_xact_id()::text as xid');
    assert.deepEqual(await refresh(), ['followed']);
    for (const { table } of all) {
      const [found] = await server.run<{ written: number }>(
        `select count(*)::int as written from chorograph.${table} where xmin::text::int8 > ${then!.xid}`,
      );
      assert.ok(found!.written <= 1, `${table}: ${found!.written}`);
    }
  });

  it('are made anew where not every change is known, there are too many, or a tile would be too large', async () => {
    const same = `st_setsrid(st_translate(st_makeenvelope(110, -5, 110.3, -4.7), i / 1e4, 0), 4326)`;
    const cases = {
      built: [
        `alter table parcels disable trigger chorograph_captured_update; update parcels set value = 5 where id < 9;
          alter table parcels enable always trigger chorograph_captured_update`,
        `update parcels set value = value + 1 where id < 300`,
        `insert into parcels select 7000000 + i, i || repeat('long', 9000), 'town', 1, st_translate(${same}, i * 2.3 - 10, 0) from generate_series(1, 8) i`,
      ],
      followed: [
        `insert into parcels select 8000000 + i, 'same', 'town', 1, ${same} from generate_series(1, 20) i`,
        `delete from parcels where id > 7000000`,
      ],
    };
    for (const change of cases.built) assert.deepEqual(await changed(change), ['built'], change);
    for (const change of cases.followed) assert.deepEqual(await changed(change), ['followed'], change);
    assert.ok(await isQueueEmpty());
  });
});

/** Tiles of a zoom that an area of degrees is in. */
function tilesIn(
  { west, south, east, north }: { west: number; south: number; east: number; north: number },
  z: number,
): { x: number; y: number }[] {
  const column = (lon: number): number => Math.floor(((lon + 180) / 360) * 2 ** z);
  const row = (lat: number): number => {
    const phi = (lat * Math.PI) / 180;
    return Math.floor(((1 - Math.log(Math.tan(phi) + 1 / Math.cos(phi)) / Math.PI) / 2) * 2 ** z);
  };
  const all: { x: number; y: number }[] = [];
  for (let x = column(west); x <= column(east); x++)
    for (let y = row(north); y <= row(south); y++) all.push({ x, y });
  return all;
}
