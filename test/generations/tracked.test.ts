import assert from 'node:assert/strict';
import pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { readMaps } from '../../server/maps.ts';
import { startServer } from '../../server/server.ts';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { startCluster, withClient, type Cluster } from '../support/cluster.ts';
import { eventually, eventuallyPasses } from '../support/eventually.ts';

const HEARS_ONLY = { CHOROGRAPH_CHANGE_POLL_S: '3600', CHOROGRAPH_CATALOG_INTERVAL_S: '3600' };
const POLLS = { CHOROGRAPH_CHANGE_POLL_S: '1' };

const TABLES = `
  create table plain (id int primary key, name text, geom geometry(Point, 4326));
  insert into plain values (1, 'a', 'SRID=4326;POINT(10 50)');
  create table owner_of (id int primary key);
  create table owned (id int primary key, owner int references owner_of on delete cascade, geom geometry(Point, 4326));
  insert into owner_of values (1), (2);
  insert into owned values (1, 1, 'SRID=4326;POINT(10 50)');
  create table parted (id int, name text, geom geometry(Point, 4326)) partition by range (id);
  create table parted_1 partition of parted for values from (0) to (10);
  create table trunk (id int, name text, geom geometry(Point, 4326));
  create table twig () inherits (trunk);`;

/** Waits until a change was heard, and tells which generation it is. */
async function heard(server: TestServer, relation: string, before: number | undefined): Promise<number> {
  return eventually(async () => {
    const now = server.ctx.generations.numberOf(relation);
    return now !== undefined && now > (before ?? 0) ? now : undefined;
  }, `${relation} changed`);
}

describe('a tracked table', () => {
  it('tells whatever writes to it: rows, truncation, cascades, parts, replication', async () => {
    const server = await newServer({ sql: TABLES, environment: HEARS_ONLY });
    const relations = ['plain', 'owned', 'parted', 'trunk'];
    for (const name of relations) await server.run(`select chorograph.track('${name}')`);
    for (const name of relations) await heard(server, `public.${name}`, 0);
    const writes: [relation: string, sql: string, values?: unknown[]][] = [
      ['plain', `insert into plain values (2, 'b', 'SRID=4326;POINT(20 50)')`],
      ['plain', `update plain set name = 'c'`],
      ['plain', 'update plain set name = $1', ['with a parameter']],
      ['plain', 'delete from plain where id = 2'],
      ['plain', 'truncate plain'],
      [
        'plain',
        `set session_replication_role = replica; insert into plain values (3); reset session_replication_role`,
      ],
      [
        'plain',
        `begin; savepoint s; insert into plain values (4); rollback to s; insert into plain values (5); commit`,
      ],
      ['plain', `begin isolation level serializable; update plain set name = 'd'; commit`],
      ['owned', 'delete from owner_of where id = 1'],
      ['owned', 'truncate owner_of cascade'],
      ['parted', 'insert into parted values (1)'],
      ['parted', 'insert into parted_1 values (2)'],
      ['parted', 'update parted_1 set id = id + 1'],
      ['parted', 'truncate parted_1'],
      ['trunk', 'insert into trunk values (1)'],
      ['trunk', 'insert into twig values (2)'],
      ['trunk', 'delete from twig'],
    ];
    for (const [name, sql, values] of writes) {
      const before = server.ctx.generations.numberOf(`public.${name}`);
      await server.run(sql, values);
      assert.ok((await heard(server, `public.${name}`, before)) > before!, sql);
    }
    const before = server.ctx.generations.numberOf('public.plain');
    await server.run(`begin; update plain set name = 'e'; rollback`);
    await server.ctx.generations.pollAgain();
    assert.equal(server.ctx.generations.numberOf('public.plain'), before, 'what never was is no change');
  });

  it('whose part was away, and comes back with other rows, is not what it was before', async () => {
    const server = await newServer({ sql: TABLES, environment: HEARS_ONLY });
    await server.run(
      `insert into parted values (1, 'a', 'SRID=4326;POINT(10 50)'); select chorograph.track('parted')`,
    );
    const { generations } = server.ctx;
    const token = async (): Promise<string> => {
      await generations.pollAgain();
      return generations.of('public.parted');
    };
    const before = await token();
    await server.run('alter table parted detach partition parted_1');
    const without = await token();
    await server.run(
      `set session_replication_role = replica; update parted_1 set name = 'b'; reset session_replication_role`,
    );
    await server.run('alter table parted attach partition parted_1 for values from (0) to (10)');
    const tokens = [before, without, await token()];
    assert.equal(new Set(tokens).size, 3, tokens.join(' '));
  });

  it('with a part that came later, or triggers that are off, is named by /health, and changes are found by the poll', async () => {
    const server = await newServer({ sql: TABLES, environment: POLLS });
    await server.run(`select chorograph.track('parted'), chorograph.track('plain')`);
    const told = async (): Promise<string> => {
      const { body } = await server.api.get('/health').expect(200);
      const { tracking } = (body as { checks: { tracking: { status: string; detail?: string } } }).checks;
      return `${tracking.status} ${tracking.detail ?? ''}`;
    };
    const becomes = (expected: RegExp) => eventuallyPasses(async () => assert.match(await told(), expected));
    const changes = async (relation: string, sql: string): Promise<void> => {
      const before = server.ctx.generations.of(relation);
      await server.run(sql);
      await eventuallyPasses(() =>
        Promise.resolve(assert.notEqual(server.ctx.generations.of(relation), before)),
      );
    };
    await becomes(/^ok/);
    await server.run('create table parted_2 partition of parted for values from (10) to (20)');
    await becomes(/degraded public\.parted: parted_2 belongs to it and has no trigger/);
    await changes('public.parted', 'insert into parted_2 values (11)');
    await server.run(`select chorograph.track('parted')`);
    await becomes(/^ok/);
    await server.run('alter table plain disable trigger user');
    await becomes(/degraded public\.plain: the trigger of plain is disabled/);
    await changes('public.plain', `update plain set name = 'x'`);
    await server.run('alter table plain enable trigger user');
    await becomes(/degraded public\.plain: the trigger of plain does not fire for replicated changes/);
    await server.run('drop trigger chorograph_touched on plain');
    await becomes(/degraded public\.plain: its trigger is gone/);
    await server.run(`select chorograph.untrack('plain')`);
    await becomes(/^ok/);
  });
});

onPostgres('a tracked table on PostgreSQL', () => {
  let cluster: Cluster;
  let server: Awaited<ReturnType<typeof startServer>>;
  const clients: pg.Client[] = [];

  before(async () => {
    cluster = await startCluster({ max_prepared_transactions: '4' });
    await withClient(cluster.url('postgres'), (client) => client.query('create database own'));
    await withClient(cluster.url('own'), (client) => client.query(`create extension postgis; ${TABLES}`));
    server = await startServer({
      config: readConfig({ DATABASE_URL: cluster.url('own'), PORT: '0', ...HEARS_ONLY }),
      maps: readMaps(''),
      log: pino({ level: 'silent' }),
    });
    await server.ready;
    const client = await connect();
    await client.query(`select chorograph.track('plain')`);
  });
  after(async () => {
    for (const client of clients) await client.end().catch(() => {});
    await server?.stop();
    await cluster?.remove();
  });

  async function connect(url = cluster.url('own')): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  }
  const number = async (client: pg.Client): Promise<number> => {
    const { rows } = await client.query<{ generation: string }>(
      `select generation from chorograph.generation where relation = 'public.plain'`,
    );
    return Number(rows[0]?.generation);
  };

  it('takes two-phase transactions: a change counts when it is committed, and no writer waits for it', async () => {
    const [one, two] = [await connect(), await connect()];
    await one.query(
      `create function hasty() returns void language plpgsql as 'begin set constraints all immediate; end'`,
    );
    for (const [prelude, finale] of [
      ['', ''],
      ['set constraints all immediate;', ''],
      ['', 'set constraints all immediate'],
      ['select hasty();', 'select hasty()'],
    ]) {
      const before = await number(one);
      await one.query(`begin; ${prelude} update plain set name = 'prepared' where id = 1`);
      if (finale) await one.query(finale);
      await one.query({
        text: `prepare transaction 'x'`,
        ...(finale && { name: 'of the extended protocol' }),
      });
      assert.equal(await number(one), before);
      await two.query(
        `set lock_timeout = '2s'; insert into plain values (${10 + (before % 1e6)}, 'meanwhile')`,
      );
      const meanwhile = await number(one);
      assert.ok(meanwhile > before);
      await two.query(`commit prepared 'x'`);
      const after = await number(one);
      assert.ok(after > meanwhile);
      await server.ctx.generations.pollAgain();
      assert.equal(server.ctx.generations.numberOf('public.plain'), after, 'the poll finds it');
      assert.equal(await number(one), after, 'adding up changes nothing');
      const { rows } = await one.query('select from chorograph.touch');
      assert.equal(rows.length, 0, 'and leaves nothing behind');
    }
  });

  it('tells of what cannot be prepared any more at once: statements of their own, with parameters too, and commits', async () => {
    const client = await connect();
    const transactions: [sql: string, values?: unknown[]][][] = [
      [[`insert into plain values (50, 'a')`]],
      [['update plain set name = $1 where id = 50', ['b']]],
      [['begin'], ['update plain set name = $1 where id = 50', ['c']], ['commit']],
      [['begin; update plain set name = name where id = 50; end']],
    ];
    for (const statements of transactions) {
      const before = server.ctx.generations.numberOf('public.plain') ?? 0;
      for (const [sql, values] of statements) await client.query(sql, values);
      const told = (): Promise<boolean> =>
        Promise.resolve((server.ctx.generations.numberOf('public.plain') ?? 0) > before);
      await eventually(told, `${statements.map(([sql]) => sql).join('; ')} is told`);
    }
  });

  it('keeps its writers apart: none waits, none fails, whatever the isolation', async () => {
    const [one, two] = [await connect(), await connect()];
    await one.query(`insert into plain values (101, 'a'), (102, 'b')`);
    for (const level of ['read committed', 'repeatable read', 'serializable']) {
      const before = await number(one);
      for (const client of [one, two])
        await client.query(`begin isolation level ${level}; set local lock_timeout = '2s'`);
      await one.query(`update plain set name = 'x' where id = 101`);
      await two.query(`update plain set name = 'y' where id = 102`);
      await one.query('commit');
      await two.query('commit');
      assert.ok((await number(one)) >= before + 2, level);
    }
  });

  it('asks nothing of those who write: neither rights on our schema nor a search path', async () => {
    const owner = await connect();
    await owner.query(`create role writer login; grant select, insert, update on plain to writer`);
    const url = new URL(cluster.url('own'));
    url.username = 'writer';
    const writer = await connect(url.href);
    const before = await number(owner);
    await writer.query(`set search_path = ''; update public.plain set name = 'w'`);
    assert.ok((await number(owner)) > before);
  });

  it('tells of rows that are copied', async () => {
    const client = await connect();
    const before = await number(client);
    await client.query(`copy plain (id, name) from program 'echo 900,copied' with (format csv)`);
    assert.ok((await number(client)) > before);
  });

  it('adds up what was left by itself where no server does', async () => {
    const client = await connect();
    await client.query(`do $$ begin for i in 1 .. 4000 loop
      update plain set name = 'n' || i where id = 1; commit; end loop; end $$`);
    const { rows } = await client.query<{ n: number }>('select count(*)::int as n from chorograph.touch');
    assert.ok(rows[0]!.n < 4000, 'a row for each transaction, but not for ever');
  });
});

onPostgres('numbers and counters', () => {
  let cluster: Cluster;
  const stops: (() => Promise<void>)[] = [];
  before(async () => {
    cluster = await startCluster();
    await withClient(cluster.url('postgres'), (client) => client.query('create database own'));
    await withClient(cluster.url('own'), (client) => client.query(`create extension postgis; ${TABLES}`));
  });
  after(async () => {
    for (const stop of stops) await stop();
    await cluster?.remove();
  });

  /** The tokens that a server which starts now has. */
  async function tokens(more: Record<string, string> = {}): Promise<{ told: string; counted: string }> {
    const server = await startServer({
      config: readConfig({ DATABASE_URL: cluster.url('own'), PORT: '0', ...HEARS_ONLY, ...more }),
      maps: readMaps(''),
      log: pino({ level: 'silent' }),
    });
    stops.push(() => server.stop());
    await server.ready;
    const { generations } = server.ctx;
    const [told, counted] = [generations.of('public.plain'), generations.of('public.owned')];
    await server.stop();
    return { told, counted };
  }

  it('that came back to old values after a crash are others, and generations go on', async () => {
    await tokens();
    await withClient(cluster.url('own'), (client) => client.query(`select chorograph.track('plain')`));
    const before = await tokens();
    assert.match(before.told, /^g/);
    assert.match(before.counted, /^s/);
    assert.deepEqual(await tokens(), before, 'where nothing happened they are the same');
    await cluster.stop('immediate');
    await cluster.start();
    const after = await tokens();
    assert.equal(after.told, before.told);
    assert.notEqual(after.counted, before.counted);
  });

  it('of another timeline are others: after a promotion, or a restore to a point in time', async () => {
    const { writeFile, chown } = await import('node:fs/promises');
    const before = await tokens();
    await cluster.stop('fast');
    const signal = `${cluster.data}/standby.signal`;
    await writeFile(signal, '');
    const owner = (await import('node:fs')).statSync(cluster.data);
    await chown(signal, owner.uid, owner.gid);
    await cluster.start();
    const standby = await tokens();
    assert.equal(standby.counted, '0', 'on a standby counters stand still, so they tell nothing');
    await withClient(cluster.url('own'), (client) => client.query('select pg_promote()'));
    const after = await tokens();
    assert.match(after.told, /^g/);
    assert.notEqual(after.told, before.told);
    assert.notEqual(after.counted, before.counted);
  });

  it('of a role without our schema are counters, and everything is served', async () => {
    await withClient(cluster.url('own'), (client) =>
      client.query('create role reader login; grant select on all tables in schema public to reader'),
    );
    const url = new URL(cluster.url('own'));
    url.username = 'reader';
    const { told, counted } = await tokens({ DATABASE_URL: url.href });
    assert.match(told, /^s/);
    assert.match(counted, /^s/);
  });
});
