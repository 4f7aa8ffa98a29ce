import assert from 'node:assert/strict';
import type { CapabilityEvent } from '../../server/capabilities.ts';
import type { GroundEvent } from '../../server/observe/events.ts';
import { pino } from 'pino';
import { Writable } from 'node:stream';
import { readConfig } from '../../server/config.ts';
import { readMaps } from '../../server/maps.ts';
import { startServer, type RunningServer } from '../../server/server.ts';
import { onPostgres, type TestServer } from '../support/environment.ts';
import { startProcess } from './process.ts';
import { listen } from './sse.ts';
import { KEY, mapsText, refreshEnvironment, refreshNow, refreshServer, runsOf } from './support.ts';
import { eventually } from '../support/eventually.ts';

/** Changes are heard, not found by looking: looking comes once an hour here. */
const HEARS_ONLY = { CHOROGRAPH_CHANGE_POLL_S: '3600', CHOROGRAPH_CATALOG_INTERVAL_S: '3600' };

type Logged = (GroundEvent | CapabilityEvent) & { msg: string };

async function valueOf(url: string): Promise<number> {
  const answer = await fetch(`${url}/gis/choropleth/facts/values.json`);
  const { rows } = (await answer.json()) as { rows: [string, string, null, number][] };
  return rows[0]![3];
}

/** Answers that were made, and not found in the cache. */
async function missesOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, misses] = /^chorograph_cache_requests_total\{[^}]*miss[^}]*\} (\d+)/m.exec(text) ?? [];
  assert.ok(misses, 'the metric is there');
  return Number(misses);
}

onPostgres('two instances over one database', () => {
  let one: TestServer;
  let two: RunningServer;
  const logged: Logged[] = [];
  const loggedOf = (msg: string) => logged.filter((line) => line.msg === msg);

  before(async () => {
    one = await refreshServer({ environment: HEARS_ONLY });
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged.push(JSON.parse(chunk.toString()) as Logged);
        done();
      },
    });
    two = await startServer({
      config: readConfig({ ...one.environment, ...HEARS_ONLY }),
      maps: readMaps(mapsText()),
      log: pino({ level: 'debug' }, sink),
    });
    await two.ready;
  });
  after(async () => {
    await two.stop();
    await one.stop();
  });

  it('serve what either refreshes, tell their browsers, and cut no geometry again', async () => {
    const listener = await listen(two.url);
    await eventually(async () => listener.events.length >= 2);
    const tile = `${two.url}/gis/choropleth/facts/tiles/0/0/0.mvt`;
    const classes = `${two.url}/gis/choropleth/facts/classes.json`;
    const old = (await fetch(tile)).headers.get('etag');
    assert.equal((await fetch(classes)).status, 200);
    assert.equal(await valueOf(two.url), 1);
    const loads = loggedOf('layer.loaded').length;
    assert.equal(loads, 1, 'the region set');

    await one.run(`insert into fact (code, n) values ('a', 10)`);
    await refreshNow(one);
    const told = await eventually(async () => listener.events[2]);
    assert.equal(told.data.id, 'facts');
    assert.equal(await valueOf(two.url), 11);
    // What was asked for is made again by itself: the first who asks finds it in the cache.
    await eventually(async () => loggedOf('tiles.warmed').length > 0);
    const made = await missesOf(two.url);
    assert.match(await (await fetch(classes)).text(), new RegExp(told.data.version));
    assert.equal(await missesOf(two.url), made, 'documents too');
    const seen = loggedOf('tile.served').length;
    const fresh = await fetch(tile);
    assert.notEqual(fresh.headers.get('etag'), old);
    const served = loggedOf('tile.served')[seen] as unknown as { cache: string };
    assert.equal(served.cache, 'hit');
    assert.equal(loggedOf('layer.loaded').length, loads, 'values changed, not geometry');
    // What a poll or an answer found before the notification came has no lag.
    const heard = loggedOf('generation.changed') as unknown as { lagMs?: number }[];
    for (const { lagMs } of heard) assert.ok(lagMs === undefined || (lagMs >= 0 && lagMs < 60_000));
    listener.close();
  });

  it('refuse a second refresh of a view from anywhere, unless it may wait', async () => {
    await one.run(`
      create table delay (s float8);
      insert into delay values (1);
      create function wait() returns int volatile language plpgsql
        as 'begin perform pg_sleep((select s from public.delay)); return 0; end';
      drop materialized view cube;
      create materialized view cube as
        select code, (sum(n) + max(w))::int as n from fact, (select wait() as w) waited group by code;
      create unique index on cube (code);`);
    const post = (url: string, query = '') =>
      fetch(`${url}/gis/choropleth/facts/refresh${query}`, { method: 'POST', headers: { 'X-API-Key': KEY } });
    const first = await post(one.url);
    assert.equal(first.status, 202);
    const [run] = ((await first.json()) as { runs: { id: number }[] }).runs;
    await eventually(async () =>
      (await runsOf(one)).find(({ id, status }) => id === run?.id && status === 'running'),
    );
    const refused = await post(two.url);
    assert.equal(refused.status, 409);
    assert.equal(((await refused.json()) as { code: string }).code, 'refresh_running');
    const before = (await runsOf(one)).length;
    const waited = await Promise.all([
      post(two.url, '?wait=true'),
      post(one.url, '?wait=true'),
      post(two.url, '?wait=true'),
    ]);
    assert.deepEqual(
      waited.map(({ status }) => status),
      [200, 200, 200],
    );
    const runs = await runsOf(one);
    assert.equal(runs.length, before + 1, 'three who wait share one run after it');
    assert.ok(Date.parse(runs.at(-1)!.startedAt!) >= Date.parse(runs.at(-2)!.finishedAt!));
    await one.run('update delay set s = 0');
  });

  it('catch up from the table when their listener was cut off', async () => {
    const cut = await one.run<{ ended: boolean }>(`
      select pg_terminate_backend(pid) as ended from pg_stat_activity
      where datname = current_database() and application_name = 'chorograph listen'`);
    assert.ok(cut.length >= 2);
    // Nobody listens now: this news is lost.
    await one.run(`insert into fact (code, n) values ('a', 100)`);
    await one.run(`begin; refresh materialized view cube; select chorograph.bump('public.cube'); commit`);
    await eventually(async () => (await valueOf(two.url)) === 111);
    await eventually(async () => (await valueOf(one.url)) === 111);
  });

  it('hear a process of its own, and it hears them', async () => {
    const three = await startProcess(
      { ...refreshEnvironment(HEARS_ONLY), DATABASE_URL: one.environment.DATABASE_URL! },
      mapsText(),
    );
    try {
      const listener = await listen(three.url);
      await one.run(`insert into fact (code, n) values ('a', 1000)`);
      await refreshNow(one);
      await eventually(async () => (await valueOf(three.url)) === 1111);
      await eventually(async () => listener.events.length >= 3);
      await one.run(`insert into fact (code, n) values ('a', 10000)`);
      const answer = await fetch(`${three.url}/gis/choropleth/refresh?wait=true`, {
        method: 'POST',
        headers: { 'X-API-Key': KEY },
      });
      assert.deepEqual(await answer.json(), { refreshed: ['public.cube'] });
      await eventually(async () => (await valueOf(two.url)) === 11111);
      listener.close();
    } finally {
      await three.end('SIGTERM');
    }
  });
});
