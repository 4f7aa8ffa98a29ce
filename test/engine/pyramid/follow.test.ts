import assert from 'node:assert/strict';
import pg from 'pg';
import { newServer, onPostgres, untilFileEnds, type TestServer } from '../../support/environment.ts';
import type { BuildOutcome } from '../../../server/engine/pyramid/build.ts';
import { Pyramids } from '../../../server/engine/pyramid/pyramids.ts';

const POINTS = 900;
const SQL = `create table spots (id int primary key, geom geometry(Point, 4326), kind text, price numeric, size real);
  create function some_spots(first int, number int) returns setof spots language sql as $$
    select i, case when i % 97 = 0 then null else st_setsrid(st_makepoint(
        (i * 37 % 7200) / 20.0 - 180, case when i % 50 = 0 then 87 else (i * 61 % 3000) / 20.0 - 75 end), 4326) end,
      case i % 5 when 0 then null when 1 then 'one' else 'two''s' end, case when i % 7 > 0 then i / 4.0 end, i / 3.0::real
    from generate_series(first, first + number - 1) i $$;
  insert into spots select * from some_spots(1, ${POINTS});
  create index on spots using gist (geom);
  select chorograph.track('spots');`;
const MAPS = 'layers: { spots: { table: spots, pyramid: { below: 6, sum: [price, size], countBy: kind } } }';

onPostgres('a pyramid that follows changes', () => {
  let server: TestServer;
  let pyramids: Pyramids;
  let writers: pg.Client[];
  before(async () => {
    server = await newServer({ sql: SQL, maps: MAPS }, untilFileEnds);
    await server.ctx.pyramids.settled();
    // It is for these tests to say when it follows.
    await server.ctx.pyramids.stop();
    pyramids = new Pyramids({ ...server.ctx, background: false });
    await pyramids.resolve(server.ctx.catalog);
    await build(true);
    writers = await Promise.all([1, 2, 3].map(() => connect()));
  });
  after(() => Promise.all(writers.map((writer) => writer.end())));

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client(server.environment.DATABASE_URL);
    await client.connect();
    return client;
  }

  const present = () => pyramids.of(server.ctx.catalog.layer('spots'))?.build;

  async function build(force = false): Promise<BuildOutcome> {
    await server.ctx.generations.pollAgain();
    return pyramids.build('spots', { force });
  }

  /** Each cell as text; positions, which are sums of floats, to the millimetre. */
  async function cells(): Promise<string[]> {
    const { table } = present()!;
    const rows = await server.run<{ cell: string }>(`select concat_ws(' ', z, cell_x, cell_y, count,
        round(x::numeric, 3), round(y::numeric, 3), trim_scale(sum_0), n_0, trim_scale(sum_1), n_1, category_0, category_1) as cell
      from chorograph.${table} order by z, cell_x, cell_y`);
    return rows.map(({ cell }) => cell.replace(/-0\.000/g, '0.000'));
  }

  async function assertAsFresh(): Promise<void> {
    const told = async (): Promise<object> => {
      const { points, leftOut, cells: n } = present()!;
      return { points, leftOut, n, cells: await cells() };
    };
    const followed = await told();
    assert.equal(await build(true), 'built');
    assert.deepEqual(followed, await told());
    assert.equal((await queue()).length, 0);
  }

  const queue = (): Promise<object[]> => server.run('select * from chorograph.changed_row');
  const tableOf = () => present()?.table;

  it('has the cells of one that is made anew, whoever changed what, and how', async () => {
    const table = tableOf();
    // The same numbers in each run.
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor(seed / 65536) % below;
    };
    const statement = (writer: number): string => {
      // Each writer has rows of its own: none waits for another.
      const mine = `id % 3 = ${writer} and id % 40 = ${random(40)}`;
      const added = `insert into spots select * from some_spots(${POINTS + 1 + random(1e6)}, 30) s where s.id % 3 = ${writer}
        on conflict (id) do update set price = 1`;
      return [
        added,
        `delete from spots where ${mine}`,
        `update spots set geom = st_translate(geom, ${random(9) - 4}, 1) where ${mine}`,
        `update spots set price = ${random(100)}, kind = 'one' where ${mine}`,
        `update spots set size = size where ${mine}`,
      ][random(5)]!;
    };
    const transaction = async (writer: pg.Client, i: number, level: string): Promise<void> => {
      await writer.query(`begin isolation level ${level}`);
      await writer.query(statement(i));
      await writer.query(`savepoint half; ${statement(i)}`);
      if (random(2) === 0) await writer.query(`rollback to half; ${statement(i)}`);
      await writer.query(random(4) === 0 ? 'rollback' : 'commit');
    };
    const levels = ['read committed', 'repeatable read', 'serializable'];
    const write = async (writer: pg.Client, i: number): Promise<void> => {
      for (let round = 0; round < 12; round++) {
        await transaction(writer, i, levels[random(3)]!).catch(async (error: { code?: string }) => {
          // Who is serializable may be told to try again.
          assert.equal(error.code, '40001');
          await writer.query('rollback');
        });
      }
    };
    let done = false;
    const writing = Promise.all(writers.map(write)).finally(() => (done = true));
    const outcomes: BuildOutcome[] = [];
    while (!done) {
      outcomes.push(await build());
      await server.run('select chorograph.fold()');
    }
    await writing;
    outcomes.push(await build());
    assert.deepEqual(
      outcomes.filter((outcome) => outcome === 'built'),
      [],
    );
    assert.ok(outcomes.includes('followed'));
    assert.equal(tableOf(), table);
    await assertAsFresh();
  });

  it('writes no other cells than those of changed rows', async () => {
    const { table } = present()!;
    await server.run(`update spots set price = price + 1 where id in (1, 2)`);
    const before = await server.run<{ xid: string }>('select pg_current_xact_id()::text as xid');
    assert.equal(await build(), 'followed');
    const [written] = await server.run<{ n: number }>(
      `select count(*)::int as n from chorograph.${table} where xmin::text::int8 > ${before[0]!.xid}`,
    );
    // Two rows, and at most a cell of each at each of six zooms.
    assert.ok(written!.n > 0 && written!.n <= 12, `${written!.n} cells`);
  });

  it('is made anew where not every change is known, or there are too many of them', async () => {
    const cases = [
      'truncate spots; insert into spots select * from some_spots(1, 800)',
      `update spots set price = id`,
      `alter table spots disable trigger chorograph_captured_update; update spots set price = 5 where id < 9;
        alter table spots enable always trigger chorograph_captured_update`,
      // What a dump has that leaves the queue out.
      `update spots set price = 7 where id < 9; delete from chorograph.changed_row; delete from chorograph.capture`,
      `alter table spots alter geom type geometry(Point, 4326) using st_translate(geom, 1, 0)`,
      `insert into spots select id + 9e6::int, geom, 'three', price, size from spots where id = 1`,
      `delete from spots where kind = 'three'`,
      `select chorograph.bump('public.spots')`,
      `select chorograph.untrack('spots'); select chorograph.track('spots')`,
      `create table more_spots () inherits (spots); insert into more_spots select * from some_spots(5000000, 5)`,
    ];
    for (const change of cases) {
      for (const one of change.split(';')) await server.run(one);
      assert.equal(await build(), 'built', change);
    }
    // It has heirs, whose rows other statements change.
    await server.run('drop table more_spots');
    await server.run(`select chorograph.track('spots')`);
    assert.equal(await build(), 'built');
    await server.run('delete from spots where id = 3');
    assert.equal(await build(), 'followed');
  });

  it('runs no code of who owns the table: a column that came to have a type of theirs is not handed over', async () => {
    const role = `guest_${process.pid}`;
    await server.run(`create role ${role}`);
    await server.run(`create schema guest authorization ${role}`);
    await server.run(`grant usage on schema public to ${role}`);
    const [writer] = writers;
    await writer!.query(`set role ${role};
      create table guest.ran (who text);
      create type guest.kind as (name text);
      create function guest.named(one guest.kind) returns text language plpgsql as
        $$ begin insert into guest.ran values (current_user); return one.name; end $$;
      create cast (guest.kind as text) with function guest.named(guest.kind);
      reset role`);
    try {
      await server.run('alter table spots alter kind type guest.kind using row(kind)::guest.kind');
      for (const change of [
        '',
        'alter extension postgis add type guest.kind',
        // What belongs to somebody trusted may be of what does not.
        'create domain public.kind_of_guest as guest.kind; alter table spots alter kind type public.kind_of_guest',
      ]) {
        for (const one of change.split(';').filter(Boolean)) await server.run(one);
        await server.run('update spots set price = price + 1 where id < 9');
        assert.deepEqual(await server.run('select * from guest.ran'), [], change);
        assert.equal((await queue()).length, 0);
      }
    } finally {
      await server.run('alter table spots alter kind type text using (kind).name');
      await server.run('drop domain if exists public.kind_of_guest');
      await server.run('alter extension postgis drop type guest.kind');
      await server.run(`drop schema guest cascade`);
      await server.run(`drop owned by ${role}`);
      await server.run(`drop role ${role}`);
    }
    assert.equal(await build(), 'built');
    await server.run('update spots set price = price + 1 where id < 9');
    assert.equal(await build(), 'followed');
    await assertAsFresh();
  });

  it('fails no writer whose columns are dropped or renamed, and keeps nothing for who is gone', async () => {
    const [late] = writers;
    await late!.query('begin isolation level repeatable read');
    await late!.query('select count(*) from chorograph.capture');
    await server.run('alter table spots rename price to cost');
    await late!.query('update spots set size = 3 where id = 5');
    await late!.query('commit');
    await server.run('update spots set cost = 3 where id = 6');
    await server.run('alter table spots rename cost to price');
    await server.run(`update chorograph.capture set leased_until = now() - interval '1 s'`);
    const kept = (await queue()).length;
    await server.run('update spots set price = 4 where id = 7');
    assert.equal((await queue()).length, kept);
    assert.equal(await build(), 'built');
    await assertAsFresh();
  });
});
