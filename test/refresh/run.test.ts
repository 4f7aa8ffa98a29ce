import assert from 'node:assert/strict';
import type { TestServer } from '../support/environment.ts';
import { KEY, refreshNow, refreshServer, runsOf, shownValues, mapsText, SCHEMA } from './support.ts';

describe('a refresh run', () => {
  let server: TestServer;
  before(async () => {
    server = await refreshServer();
  });

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

describe('a view that cannot be refreshed beside its readers', () => {
  it('is refreshed plainly where it was never populated, and becomes a choropleth', async () => {
    const sql = SCHEMA.replace('group by code;', 'group by code with no data;');
    const server = await refreshServer({ sql });
    await server.api.get('/gis/choropleth/facts').expect(501);
    assert.equal(await refreshNow(server), 200);
    const run = (await runsOf(server)).at(-1)!;
    assert.deepEqual([run.mode, run.warning, run.rowsChanged], ['plain', null, null]);
    await server.ctx.catalog.reload();
    await server.ctx.choropleths.resolve(server.ctx.db, server.ctx.catalog);
    assert.deepEqual(await shownValues(server), { a: 1, b: 2 });
    assert.equal(await refreshNow(server), 200);
    assert.equal((await runsOf(server)).at(-1)!.mode, 'concurrently');
  });

  it('is refreshed plainly without a unique index, and told which one it lacks', async () => {
    const sql = SCHEMA.replace('create unique index cube_key on cube (code);', '');
    const server = await refreshServer({ sql });
    await server.run(`insert into fact (code, n) values ('a', 10)`);
    assert.equal(await refreshNow(server), 200);
    const run = (await runsOf(server)).at(-1)!;
    assert.equal(run.mode, 'plain');
    assert.match(run.warning ?? '', /create unique index on "public"\."cube" \("code"\)/);
    assert.deepEqual(await shownValues(server), { a: 11, b: 2 });
    // The index it was told of is the one that helps.
    await server.run((run.warning ?? '').replace(/^.*add one: /, ''));
    await refreshNow(server);
    assert.equal((await runsOf(server)).at(-1)!.mode, 'concurrently');
  });

  it('fails with a reason where it is no materialized view, or is not there', async () => {
    const maps = mapsText().replace('view: cube', 'view: fact');
    const server = await refreshServer({ maps });
    const answer = await server.api.post('/gis/choropleth/facts/refresh').set('X-API-Key', KEY);
    assert.equal(answer.status, 501);
    assert.equal((answer.body as { code: string }).code, 'refresh_unavailable');
    await server.api.post('/gis/choropleth/nothing/refresh').set('X-API-Key', KEY).expect(404);
  });
});

describe('a view that starts to fail', () => {
  it('keeps its old data, says why, and recovers by itself', async () => {
    const sql = SCHEMA.replace('sum(n)::int', 'sum(100 / n)::int');
    const server = await refreshServer({ sql });
    await refreshNow(server);
    const before = await shownValues(server);
    await server.run(`insert into fact (code, n) values ('a', 0)`);
    assert.equal(await refreshNow(server), 502);
    const failed = (await runsOf(server)).at(-1)!;
    assert.equal(failed.status, 'failed');
    assert.match(failed.error?.message ?? '', /division by zero/);
    assert.deepEqual(await shownValues(server), before);
    const { body } = await server.api.get(`/refreshes/${failed.id}`).expect(200);
    assert.equal((body as typeof failed).error?.message, undefined, 'without a key PostgreSQL is not quoted');
    const { body: health } = await server.api.get('/health').expect(200);
    const { views } = (health as { checks: { refresh: { views: { lastError: string }[] } } }).checks.refresh;
    assert.equal(views[0]?.lastError, failed.error?.code);
    await server.run(`update fact set n = 1 where n = 0`);
    assert.equal(await refreshNow(server), 200);
    assert.equal((await shownValues(server)).a, before.a! + 100);
  });

  it('is refreshed again when it was dropped and made anew', async () => {
    const server = await refreshServer();
    await server.run('drop materialized view cube');
    const { body } = await server.api.post('/gis/choropleth/facts/refresh').set('X-API-Key', KEY).expect(501);
    assert.equal((body as { code: string }).code, 'refresh_unavailable');
    await server.run(`
      create materialized view cube as select code, sum(2 * n)::int as n from fact group by code;
      create unique index cube_key on cube (code)`);
    assert.equal(await refreshNow(server), 200);
    assert.deepEqual(await shownValues(server), { a: 2, b: 4 });
  });
});
