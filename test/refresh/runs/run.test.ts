import assert from 'node:assert/strict';
import { forgetOldRuns } from '../../../server/refresh/runs/queue.ts';
import { runStatistics } from '../../../server/refresh/runs/record.ts';
import type { TestServer } from '../../support/environment.ts';
import { KEY, mapsText, refreshNow, refreshServer, runsOf, SCHEMA, shownValues } from '../support.ts';
import { eventually } from '../../support/eventually.ts';

describe('a refresh run', function () {
  let server: TestServer;
  before(async () => {
    server = await refreshServer();
  });

  after(() => server.done());

  it('brings new data to the map, and its record tells what it did', async () => {
    assert.deepEqual(await shownValues(server), { a: 1, b: 2 });
    await server.run(`insert into fact (code, n) values ('a', 10)`);
    assert.equal(await refreshNow(server), 200);
    assert.deepEqual(await shownValues(server), { a: 11, b: 2 });
    const run = (await runsOf(server)).at(-1)!;
    assert.equal(run.status, 'succeeded');
    assert.equal(run.trigger, 'api');
    assert.equal(run.mode, 'concurrently');
    assert.equal(run.rows, 2);
    assert.equal(run.rowsChanged, 1);
    assert.equal(run.warning, null);
    assert.equal(run.error, null);
    assert.ok(run.durationMs !== null && run.durationMs >= 0);
    const [row] = await server.run<{ generation: number }>(
      `select generation from chorograph.generation where relation = 'public.cube'`,
    );
    assert.equal(run.generation, row?.generation);
  });

  it('keeps the generation where nothing changed, so that caches stay warm', async () => {
    const before = await server.api.get('/gis/choropleth/facts/values.json');
    assert.equal(await refreshNow(server), 200);
    const run = (await runsOf(server)).at(-1)!;
    assert.equal(run.status, 'succeeded');
    assert.equal(run.rowsChanged, 0);
    const after = await server.api.get('/gis/choropleth/facts/values.json');
    assert.equal(after.headers.etag, before.headers.etag);
  });

  it('counts rows that came, changed and went', async () => {
    await server.run(`insert into fact (code, n) values ('x', 1), ('y', 1), ('z', 1)`);
    await refreshNow(server);
    assert.equal((await runsOf(server)).at(-1)!.rowsChanged, 3);
    await server.run(`delete from fact where code in ('x', 'y', 'z')`);
    await server.run(`update fact set n = n + 1 where code = 'b'`);
    await refreshNow(server);
    assert.equal((await runsOf(server)).at(-1)!.rowsChanged, 4);
  });

  it('answers as the system before it: {refreshed: [view, …]}', async () => {
    const { body } = await server.api
      .post('/gis/choropleth/refresh?wait=true')
      .set('Authorization', `Bearer ${KEY}`)
      .expect(200);
    assert.deepEqual(body, { refreshed: ['public.cube'] });
  });

  it('is seen at once by who waited for it, before any notification', async () => {
    const { generations } = server.ctx;
    const heard = generations.notified;
    generations.notified = () => {}; // nothing is heard
    try {
      await server.run(`insert into fact (code, n) values ('b', 1000)`);
      const { b } = await shownValues(server);
      assert.equal(await refreshNow(server), 200);
      assert.equal((await shownValues(server)).b, b! + 1000);
    } finally {
      generations.notified = heard;
    }
  });

  it('answers 202 with the place of the run', async () => {
    const { body, headers } = await server.api
      .post('/gis/choropleth/facts/refresh')
      .set('X-API-Key', KEY)
      .expect(202);
    const { runs } = body as { runs: { id: number; url: string; view: string }[] };
    assert.equal(runs.length, 1);
    assert.equal(headers.location, runs[0]!.url);
    const { pathname } = new URL(runs[0]!.url);
    const { body: run } = await server.api.get(pathname).expect(200);
    assert.equal((run as { view: string }).view, 'public.cube');
    assert.equal(await refreshNow(server), 200); // joins it or follows it
  });
});

/** More cubes over the same facts: one not populated, one without an index, one that a 0 makes fail. */
const CUBES = `${SCHEMA}
  create materialized view unpopulated as select code, sum(n)::int as n from fact group by code with no data;
  create unique index on unpopulated (code);
  create materialized view bare as select code, sum(n)::int as n from fact group by code;
  create materialized view fragile as select code, sum(100 / n)::int as n from fact group by code;
  create unique index on fragile (code);
  create materialized view remade as select code, sum(n)::int as n from fact group by code;
  create unique index on remade (code);`;

const choropleth = (id: string): string => `
  ${id}: { regions: regions, cube: { view: ${id}, region: code }, metrics: { n: { sum: n } } }`;

describe('a view', function () {
  let server: TestServer;
  before(async () => {
    const ids = ['unpopulated', 'bare', 'fragile', 'remade', 'fact', 'missing'];
    const more = ids.map(choropleth).join('');
    server = await refreshServer({ sql: CUBES, maps: mapsText().trimEnd() + more });
  });
  after(() => server.done());
  const lastRun = async (view: string) => (await runsOf(server, `public.${view}`)).at(-1)!;

  it('that was never populated is refreshed plainly, and becomes a choropleth', async () => {
    await server.api.get('/gis/choropleth/unpopulated').expect(501);
    assert.equal(await refreshNow(server, 'unpopulated'), 200);
    const run = await lastRun('unpopulated');
    assert.deepEqual([run.mode, run.warning, run.rowsChanged], ['plain', null, null]);
    // The run tells every instance to look at the catalogue again.
    await eventually(async () => (await server.api.get('/gis/choropleth/unpopulated')).status === 200);
    assert.deepEqual(await shownValues(server, 'unpopulated'), { a: 1, b: 2 });
    assert.equal(await refreshNow(server, 'unpopulated'), 200);
    assert.equal((await lastRun('unpopulated')).mode, 'concurrently');
  });

  it('without a unique index is refreshed plainly, and told which one it lacks', async () => {
    await server.run(`insert into fact (code, n) values ('a', 10)`);
    assert.equal(await refreshNow(server, 'bare'), 200);
    const run = await lastRun('bare');
    assert.equal(run.mode, 'plain');
    assert.match(run.warning ?? '', /create unique index on "public"\."bare" \("code"\)/);
    assert.deepEqual(await shownValues(server, 'bare'), { a: 11, b: 2 });
    // The index it was told of is the one that helps.
    await server.run((run.warning ?? '').replace(/^.*add one: /, ''));
    await refreshNow(server, 'bare');
    assert.equal((await lastRun('bare')).mode, 'concurrently');
  });

  it('that is a table, or is not there, cannot be refreshed', async () => {
    for (const id of ['fact', 'missing']) {
      const answer = await server.api.post(`/gis/choropleth/${id}/refresh`).set('X-API-Key', KEY).expect(501);
      assert.equal((answer.body as { code: string }).code, 'refresh_unavailable');
    }
    await server.api.post('/gis/choropleth/nothing/refresh').set('X-API-Key', KEY).expect(404);
  });

  it('that starts to fail keeps its old data, says why, and recovers by itself', async () => {
    await refreshNow(server, 'fragile');
    const before = await shownValues(server, 'fragile');
    await server.run(`insert into fact (code, n) values ('a', 0)`);
    assert.equal(await refreshNow(server, 'fragile'), 502);
    const failed = await lastRun('fragile');
    assert.equal(failed.status, 'failed');
    assert.match(failed.error?.message ?? '', /division by zero/);
    assert.deepEqual(await shownValues(server, 'fragile'), before);
    const { body } = await server.api.get(`/refreshes/${failed.id}`).expect(200);
    assert.equal((body as typeof failed).error?.message, undefined, 'without a key PostgreSQL is not quoted');
    const { body: health } = await server.api.get('/health').expect(200);
    const { views } = (health as { checks: { refresh: { views: { view: string; lastError: string }[] } } })
      .checks.refresh;
    assert.equal(views.find(({ view }) => view === 'public.fragile')?.lastError, failed.error?.code);
    await server.run(`update fact set n = 1 where n = 0`);
    assert.equal(await refreshNow(server, 'fragile'), 200);
    assert.equal((await shownValues(server, 'fragile')).a, before.a! + 100);
  });

  it('that was dropped fails, and is refreshed again when it was made anew', async () => {
    await server.run('drop materialized view remade');
    await server.api.post('/gis/choropleth/remade/refresh').set('X-API-Key', KEY).expect(501);
    // The schedule asks without looking first.
    const run = await server.ctx.refresher.request('public.remade', 'cron');
    await eventually(
      async () => (await lastRun('remade')).id === run?.id && (await lastRun('remade')).finishedAt,
    );
    assert.equal((await lastRun('remade')).error?.code, 'refresh_unavailable');
    await server.run(`
      create materialized view remade as select code, sum(2 * n)::int as n from fact group by code;
      create unique index on remade (code)`);
    assert.equal(await refreshNow(server, 'remade'), 200);
    // Somebody may have looked while it was gone; the run makes everybody look again.
    await eventually(async () => (await server.api.get('/gis/choropleth/remade')).status === 200);
    assert.equal((await shownValues(server, 'remade')).b, 4);
  });

  it('older than its maxAge degrades health, which stays 200', async () => {
    const check = async () => {
      const { body } = await server.api.get('/health').expect(200);
      return (body as { checks: { refresh: { status: string; detail?: string } } }).checks.refresh;
    };
    assert.equal((await check()).status, 'ok');
    Object.assign(server.ctx.refresher.target('public.cube')!.spec, { maxAge: 3_600_000 });
    assert.equal((await check()).status, 'degraded', 'never refreshed');
    await refreshNow(server);
    assert.equal((await check()).status, 'ok');
    await server.run(`update chorograph.refresh_run set started_at = started_at - interval '2 hours'`);
    const old = await check();
    assert.deepEqual([old.status, old.detail], ['degraded', 'older than its maxAge: public.cube']);
  });
});

describe('the record of refreshes', function () {
  let server: TestServer;
  before(async () => {
    // Nothing is cleared away by itself meanwhile.
    server = await refreshServer({ environment: { CHOROGRAPH_REFRESH_KEEP_DAYS: '3650' } });
    await server.run(`
      insert into chorograph.refresh_run (view, trigger, instance, status, queued_at, started_at, finished_at)
      select 'public.v' || i % 2, 'cron', 'test', case when i % 10 = 0 then 'failed' else 'succeeded' end,
        now() - i * interval '1 day', now() - i * interval '1 day',
        now() - i * interval '1 day' + i * interval '1 second'
      from generate_series(100, 1, -1) i`);
  });
  after(() => server.done());

  interface Page {
    runs: { id: number; view: string; status: string }[];
    next?: string;
  }

  it('is paged by key, and filtered by view and status', async () => {
    const ids: number[] = [];
    let path: string | undefined = '/refreshes?limit=9&status=succeeded&view=public.v0';
    while (path !== undefined) {
      const page: Page = (await server.api.get(path).expect(200)).body as Page;
      assert.ok(page.runs.every(({ view, status }) => view === 'public.v0' && status === 'succeeded'));
      ids.push(...page.runs.map(({ id }) => id));
      const next: URL | undefined = page.next === undefined ? undefined : new URL(page.next);
      path = next && next.pathname + next.search;
    }
    assert.equal(ids.length, 40);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => b - a),
    );
  });

  it('refuses what it does not know', async () => {
    await server.api.get('/refreshes?status=lost').expect(400);
    await server.api.get('/refreshes?limit=0').expect(400);
    await server.api.get('/refreshes?colour=red').expect(400);
    await server.api.get('/refreshes/999999').expect(404);
    await server.api.get('/refreshes/x').expect(400);
  });

  it('tells success rate and durations of each view', async () => {
    const [even] = (await runStatistics(server.ctx.db)).filter(({ view }) => view === 'public.v0');
    // 2, 4, 6 … 98 seconds without the tens, of which every tenth failed.
    const seconds = Array.from({ length: 50 }, (_, i) => 2 * (i + 1)).filter((i) => i % 10 !== 0);
    const at = (p: number): number => {
      const place = p * (seconds.length - 1);
      const low = seconds[Math.floor(place)]!;
      return Math.round(1000 * (low + (place % 1) * (seconds[Math.ceil(place)]! - low)));
    };
    assert.deepEqual(even, {
      view: 'public.v0',
      runs: 50,
      successRate: 0.8,
      p50Ms: at(0.5),
      p95Ms: at(0.95),
    });
  });

  it('is forgotten by age, but for the last success of each view', async () => {
    await server.run(`
      insert into chorograph.refresh_run (view, trigger, instance, status, finished_at)
      values ('public.rare', 'cron', 'test', 'succeeded', now() - interval '500 days')`);
    await forgetOldRuns(server.ctx.db, 30);
    const left = await server.run<{ view: string; n: number }>(
      'select view, count(*)::int as n from chorograph.refresh_run group by view order by view',
    );
    assert.deepEqual(left, [
      { view: 'public.rare', n: 1 },
      { view: 'public.v0', n: 15 },
      { view: 'public.v1', n: 15 },
    ]);
  });
});
