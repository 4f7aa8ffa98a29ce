import assert from 'node:assert/strict';
import { once, onPostgres, serve, type TestServer } from '../../support/environment.ts';
import { KEY, mapsText, refreshNow, refreshServer, runsOf, SCHEMA, shownValues } from '../support.ts';
import { eventually } from '../../support/eventually.ts';

const EVERY_SECOND = `'* * * * * *'`;
const scheduled = { CHOROGRAPH_SCHEDULE: 'true' };

once('a schedule', function () {
  it('refreshes at each tick, once', async () => {
    const server = await refreshServer({ maps: mapsText({ refresh: EVERY_SECOND }), environment: scheduled });
    await server.run(`insert into fact (code, n) values ('a', 10)`);
    await eventually(async () => (await shownValues(server)).a === 11);
    const runs = await eventually(async () => {
      const found = (await runsOf(server)).filter((run) => run.finishedAt !== null);
      return found.length >= 3 && found;
    });
    assert.ok(runs.every((run) => run.trigger === 'cron' && /:\d\d\.000Z$/.test(run.dueAt ?? '')));
    assert.equal(new Set(runs.map((run) => run.dueAt)).size, runs.length);
    const { body } = await server.api.get('/refreshes').expect(200);
    const [view] = (body as { views: { cron: string; nextAt: string; successRate: number }[] }).views;
    assert.equal(view?.cron, '* * * * * *');
    assert.ok(Date.parse(view.nextAt) > Date.now() - 5_000);
    assert.equal(view.successRate, 1);
  });

  it('makes up for a tick that nobody heard, but not under another schedule', async () => {
    const yearly = mapsText({ refresh: `'0 0 1 1 *'` });
    const first = await refreshServer({ maps: yearly, environment: scheduled });
    const next = () =>
      first.run<{ next: string }>(`select next_due_at::text as next from chorograph.schedule`);
    await eventually(async () => (await next()).length === 1);
    await first.run(`update chorograph.schedule set next_due_at = '2024-01-01T00:00:00Z'`);
    await first.stop();

    const other = await serve(first.environment, { maps: mapsText({ refresh: `'0 0 2 1 *'` }) });
    await eventually(async () => {
      const [row] = await other.run<{ cron: string }>(`select cron from chorograph.schedule`);
      return row?.cron === '0 0 2 1 *';
    });
    assert.deepEqual(await runsOf(other), []);
    await other.run(`update chorograph.schedule set next_due_at = '2024-01-02T00:00:00Z'`);
    await other.stop();

    const again = await serve(first.environment, { maps: mapsText({ refresh: `'0 0 2 1 *'` }) });
    const run = await eventually(async () =>
      (await runsOf(again)).find((found) => found.finishedAt !== null),
    );
    assert.deepEqual(
      [run.trigger, run.dueAt, run.status],
      ['startup', '2024-01-02T00:00:00.000Z', 'succeeded'],
    );
  });
});

describe('a scheduled refresh of what did not change', function () {
  let server: TestServer;
  before(async () => {
    server = await refreshServer({ sql: `${SCHEMA}; create table clock (one int)` });
  });
  after(() => server.done());
  let ticks = 0;
  async function tick(view = 'public.cube') {
    const run = await server.ctx.refresher.request(view, 'cron', new Date(Date.UTC(2024, 0, 1, 0, ticks++)));
    assert.ok(run);
    return eventually(async () =>
      (await runsOf(server, view)).find(({ id, finishedAt }) => id === run.id && finishedAt),
    );
  }

  it('is skipped with a record, for certain where the sources are tracked', async () => {
    await server.run(`select chorograph.track('fact')`);
    assert.equal((await tick()).status, 'succeeded', 'the first has nothing to be held against');
    const skipped = await tick();
    assert.deepEqual(
      [skipped.status, skipped.reason],
      ['skipped', 'no source changed since the last refresh'],
    );
    await server.run(`update fact set n = n + 1`);
    assert.equal((await tick()).status, 'succeeded');
    assert.equal((await tick()).status, 'skipped');
    await server.run(`truncate fact`);
    assert.equal((await tick()).status, 'succeeded');
    await server.run(`insert into fact (code, n) values ('a', 1), ('b', 2)`);
    assert.equal((await tick()).status, 'succeeded');
  });

  it('is not skipped when a person asks', async () => {
    assert.equal((await tick()).status, 'skipped');
    assert.equal(await refreshNow(server), 200);
    const run = (await runsOf(server)).at(-1)!;
    assert.equal(run.status, 'succeeded');
  });

  it('is not skipped when the view was made anew', async () => {
    await server.run(`drop materialized view cube;
      create materialized view cube as select code, sum(3 * n)::int as n from fact group by code;
      create unique index on cube (code)`);
    assert.equal((await tick()).status, 'succeeded');
    assert.equal((await tick()).status, 'skipped');
  });

  it('believes counters for an hour only', async () => {
    await server.run(`select chorograph.untrack('fact')`);
    assert.equal((await tick()).status, 'succeeded');
    const skipped = await eventually(async () => {
      const run = await tick(); // the counters of the last changes may still be on their way
      return run.status === 'skipped' && run;
    });
    assert.match(skipped.reason ?? '', /counters/);
    await server.run(`update chorograph.refresh_run set started_at = started_at - interval '61 minutes'
      where view = 'public.cube'`);
    assert.equal((await tick()).status, 'succeeded');
  });

  it('is never skipped where the view reads the clock or calls what we cannot see into', async () => {
    await server.run(`
      select chorograph.track('fact'), chorograph.track('clock');
      create function hidden() returns int stable language sql as 'select count(*)::int from public.clock';
      create view today as select current_date as d;
      create materialized view v_now as select now() as t, count(*) from fact;
      create materialized view v_today as select d, count(*) from fact, today group by d;
      create materialized view v_random as select random() as r, count(*) from fact;
      create materialized view v_hidden as select hidden() as h, count(*) from fact;
      create materialized view v_pure as select to_char(max(n), '999') as t, avg(n) as a,
        st_astext(st_point(1, 2)) as p from fact`);
    const statuses: Record<string, string[]> = {};
    for (const view of ['v_now', 'v_today', 'v_random', 'v_hidden', 'v_pure']) {
      statuses[view] = [(await tick(`public.${view}`)).status, (await tick(`public.${view}`)).status];
    }
    const always = ['succeeded', 'succeeded'];
    assert.deepEqual(statuses, {
      v_now: always,
      v_today: always,
      v_random: always,
      v_hidden: always,
      v_pure: ['succeeded', 'skipped'],
    });
  });
});

once('views that read other materialized views', function () {
  const sql = `${SCHEMA}
    create materialized view total as select 1 as id, sum(n)::int as n from cube;
    create unique index on total (id);
    create materialized view twice as select id, 2 * n as n from total;
    create unique index on twice (id);`;
  // Named in the wrong order on purpose.
  const more = 'refresh: { twice: { cron: "0 0 1 1 *" }, total: {} }';

  it('are refreshed after them, and follow them where they have no schedule of their own', async () => {
    const server = await refreshServer({ sql, maps: mapsText({ more }) });
    await server.run(`insert into fact (code, n) values ('a', 100)`);
    const { body } = await server.api
      .post('/gis/choropleth/refresh?wait=true')
      .set('X-API-Key', KEY)
      .expect(200);
    assert.deepEqual(body, { refreshed: ['public.cube', 'public.total', 'public.twice'] });
    assert.deepEqual(await server.run('select n from twice'), [{ n: 206 }]);

    await server.run(`insert into fact (code, n) values ('a', 1000)`);
    assert.equal(await refreshNow(server), 200);
    await eventually(async () => (await server.run<{ n: number }>('select n from total'))[0]?.n === 1103);
    const followed = (await runsOf(server, 'public.total')).at(-1)!;
    assert.equal(followed.trigger, 'dependency');
    assert.deepEqual(Object.keys(followed.madeFrom ?? {}).sort(), ['public.cube', 'public.total']);
    assert.deepEqual(await server.run('select n from twice'), [{ n: 206 }], 'it has a schedule of its own');
  });
});

once('a choropleth whose cube reads another refreshed view', function () {
  const sql = `
    create table region (code text primary key, id int not null unique, name text not null,
      geom geometry(Polygon, 4326) not null);
    insert into region values ('a', 1, 'A', st_makeenvelope(0, 0, 10, 10, 4326));
    create table fact (id int generated always as identity primary key, code text not null, n int not null);
    insert into fact (code, n) values ('a', 1);
    create materialized view daily as select code, id, n from fact;
    create unique index on daily (id);
    create materialized view between_them as select code, sum(n)::int as n from daily group by code;
    create unique index on between_them (code);
    create view plain as select code, n from between_them;
    create materialized view cube as select code, n from plain;
    create unique index on cube (code);`;
  const more = 'refresh: { between_them: {}, daily: {} }';

  it('refreshes what is read first, through plain views and one another', async () => {
    const server = await refreshServer({ sql, maps: mapsText({ more }) });
    await server.run(`insert into fact (code, n) values ('a', 10)`);
    const { body } = await server.api
      .post('/gis/choropleth/facts/refresh?wait=true')
      .set('X-API-Key', KEY)
      .expect(200);
    assert.deepEqual(body, { refreshed: ['public.daily', 'public.between_them', 'public.cube'] });
    assert.deepEqual(await shownValues(server), { a: 11 });
  });

  it('does so at its own time too, where what it reads has no schedule', async () => {
    const server = await refreshServer({
      sql,
      maps: mapsText({ refresh: '{ cron: "* * * * * *" }', more }),
      environment: { CHOROGRAPH_SCHEDULE: 'true' },
    });
    await server.run(`insert into fact (code, n) values ('a', 10)`);
    await eventually(async () => (await shownValues(server))['a'] === 11);
    const [first] = await runsOf(server, 'public.daily');
    assert.equal(first!.trigger, 'cron');
  });

  it('leaves what has a schedule of its own to that', async () => {
    const server = await refreshServer({
      sql,
      maps: mapsText({
        refresh: '{ cron: "* * * * * *" }',
        more: 'refresh: { between_them: {}, daily: { cron: "0 0 1 1 *" } }',
      }),
      environment: { CHOROGRAPH_SCHEDULE: 'true' },
    });
    await server.run(`insert into fact (code, n) values ('a', 10)`);
    await eventually(async () => (await runsOf(server)).length > 2);
    assert.deepEqual(
      (await runsOf(server, 'public.daily'))
        .map(({ trigger }) => trigger)
        .filter((trigger) => trigger !== 'startup'),
      [],
    );
    // Whoever asks by hand gets all of it.
    assert.equal(await refreshNow(server), 200);
    assert.deepEqual(await shownValues(server), { a: 11 });
  });
});

onPostgres('several instances with one schedule', () => {
  it('make one run of each tick', async () => {
    const maps = mapsText({ refresh: EVERY_SECOND });
    const one = await refreshServer({ maps, environment: scheduled });
    const two = await serve(one.environment, { maps });
    const three = await serve(one.environment, { maps });
    const runs = await eventually(async () => {
      const found = (await runsOf(one)).filter((run) => run.finishedAt !== null);
      return found.length >= 5 && found;
    });
    for (const server of [one, two, three]) await server.stop();
    assert.equal(new Set(runs.map((run) => run.dueAt)).size, runs.length);
    assert.ok(runs.every((run) => run.status === 'succeeded' || run.status === 'skipped'));
    const spans = runs.map((run) => [Date.parse(run.startedAt!), Date.parse(run.finishedAt!)] as const);
    spans.sort(([a], [b]) => a - b);
    spans.slice(1).forEach(([start], i) => assert.ok(start >= spans[i]![1], 'no two at a time'));
  });
});
