import assert from 'node:assert/strict';
import pg from 'pg';
import type { RunRecord } from '../../../server/refresh/runs/record.ts';
import { createDatabase, startCluster, type Cluster } from '../../support/cluster.ts';
import { onPostgres } from '../../support/environment.ts';
import { startProcess, type ServerProcess } from '../process.ts';
import { KEY, mapsText, refreshEnvironment, SCHEMA } from '../support.ts';
import { eventually } from '../../support/eventually.ts';

/** A cube whose refresh takes as long as table `delay` says. */
const SLOW = `${SCHEMA}
  create table delay (s float8);
  insert into delay values (0);
  create function wait() returns int volatile language plpgsql
    as 'begin perform pg_sleep((select s from public.delay)); return 0; end';
  drop materialized view cube;
  create materialized view cube as
    select code, (sum(n) + max(w))::int as n from fact, (select wait() as w) waited group by code;
  create unique index on cube (code);`;

onPostgres('a refresh that is cut short', function (this: Mocha.Suite) {
  let cluster: Cluster;
  let databases = 0;
  const running: ServerProcess[] = [];
  before(async () => {
    cluster = await startCluster();
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.end('SIGKILL');
  });
  after(() => cluster.remove());

  async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
    const client = new pg.Client(url);
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async function start(url: string, more: Record<string, string> = {}): Promise<ServerProcess> {
    const environment = refreshEnvironment({ DATABASE_URL: url, CHOROGRAPH_REFRESH_LEASE_S: '2', ...more });
    const server = await startProcess(environment, mapsText());
    running.push(server);
    return server;
  }

  const newDatabase = async (): Promise<string> => {
    const url = await createDatabase(cluster.url('postgres'), `cut_${++databases}`);
    await query(url, SLOW);
    return url;
  };
  const post = (server: ServerProcess, query = '') =>
    fetch(`${server.url}/gis/choropleth/facts/refresh${query}`, {
      method: 'POST',
      headers: { 'X-API-Key': KEY },
    });
  const runsOf = async (server: ServerProcess): Promise<RunRecord[]> => {
    const answer = await fetch(`${server.url}/refreshes`, { headers: { 'X-API-Key': KEY } });
    if (!answer.ok) return [];
    return ((await answer.json()) as { runs: RunRecord[] }).runs.reverse();
  };
  const value = async (server: ServerProcess): Promise<number | undefined> => {
    const answer = await fetch(`${server.url}/gis/choropleth/facts/values.json`);
    if (!answer.ok) return undefined;
    return ((await answer.json()) as { rows: [string, string, null, number][] }).rows[0]![3];
  };
  const isRunning = (server: ServerProcess) => async () =>
    (await runsOf(server)).some(({ status }) => status === 'running');

  it('by SIGKILL of its instance: another takes over, and the record says so', async () => {
    const url = await newDatabase();
    const [one, two] = [await start(url), await start(url)];
    await query(url, `update delay set s = 30; insert into fact (code, n) values ('a', 10)`);
    assert.equal((await post(one)).status, 202);
    await eventually(isRunning(two));
    await one.end('SIGKILL');
    running.shift();
    await query(url, 'update delay set s = 0');
    assert.equal(await value(two), 1, 'the old data is served meanwhile');
    await eventually(async () => (await value(two)) === 11);
    const runs = await eventually(async () => {
      const found = await runsOf(two);
      return found.every(({ finishedAt }) => finishedAt !== null) && found;
    });
    assert.deepEqual(runs[0]?.status, 'abandoned');
    assert.equal(runs[1]?.trigger, 'retry');
    assert.equal(runs.at(-1)?.status, 'succeeded');
  });

  it('by SIGTERM: it is cancelled, left to the next start, and done then', async () => {
    const url = await newDatabase();
    const one = await start(url);
    await query(url, `update delay set s = 60; insert into fact (code, n) values ('a', 10)`);
    await post(one);
    await eventually(isRunning(one));
    await one.end('SIGTERM');
    running.shift();
    const left = await query<{ status: string; reason: string | null }>(
      url,
      'select status, reason from chorograph.refresh_run order by id',
    );
    assert.deepEqual(left, [
      { status: 'abandoned', reason: 'the server was stopped' },
      { status: 'queued', reason: null },
    ]);
    assert.deepEqual(await query(url, 'select * from chorograph.lease'), []);
    await eventually(async () => {
      const busy = await query(
        url,
        `select 1 as one from pg_stat_activity
        where datname = current_database() and query like 'refresh%' and state = 'active'`,
      );
      return busy.length === 0;
    }, 'nothing goes on in the database');
    await query(url, 'update delay set s = 0');
    const two = await start(url);
    await eventually(async () => (await value(two)) === 11);
  });

  it('by the end of PostgreSQL: it is done when that is back', async () => {
    const url = await newDatabase();
    const server = await start(url);
    assert.equal(await value(server), 1);
    await query(url, `update delay set s = 30; insert into fact (code, n) values ('a', 10)`);
    await post(server);
    await eventually(isRunning(server));
    await query(url, 'checkpoint');
    await cluster.stop('immediate');
    assert.equal(await value(server), 1, 'what is known is served without a database');
    await cluster.start();
    await query(url, 'update delay set s = 0');
    await eventually(async () => (await value(server)) === 11);
    const runs = await eventually(async () => {
      const found = await runsOf(server);
      return found.length > 0 && found.every(({ finishedAt }) => finishedAt !== null) && found;
    });
    assert.equal(runs.at(-1)?.status, 'succeeded');
  });

  it('by a lock of somebody else: it is tried again, and readers do not wait', async () => {
    const url = await newDatabase();
    const server = await start(url);
    const other = new pg.Client(url);
    await other.connect();
    // What VACUUM FULL or DDL of another session would hold is too much for readers; this is not.
    await other.query('begin; lock table fact in access exclusive mode');
    assert.equal(await value(server), 1);
    const waiting = post(server, '?wait=true');
    await eventually(isRunning(server));
    assert.equal(await value(server), 1);
    await new Promise((resolve) => setTimeout(resolve, 6_000)); // longer than a refresh waits for a lock
    await other.query('commit');
    await other.end();
    assert.equal((await waiting).status, 200);
    const [run, ...more] = await runsOf(server);
    assert.equal(run?.status, 'succeeded');
    assert.deepEqual(more, []);
  });

  it('by its own time: it fails, and old data stays', async () => {
    const url = await newDatabase();
    const server = await start(url, { CHOROGRAPH_REFRESH_TIMEOUT_S: '1' });
    await query(url, `update delay set s = 30; insert into fact (code, n) values ('a', 10)`);
    assert.equal((await post(server, '?wait=true')).status, 502);
    const [run] = await runsOf(server);
    assert.deepEqual([run?.status, run?.error?.code], ['failed', 'query_timeout']);
    assert.equal(await value(server), 1);
  });
});
