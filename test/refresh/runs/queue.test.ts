import assert from 'node:assert/strict';
import { claim, endRun, enqueue, renew, requeue, waitingViews } from '../../../server/refresh/runs/queue.ts';
import { LeaseLost, refreshView } from '../../../server/refresh/runs/run.ts';
import type { TestServer } from '../../support/environment.ts';
import { refreshServer, runsOf, shownValues } from '../support.ts';
import { eventually } from '../../support/eventually.ts';

describe('the queue of refreshes', function () {
  let server: TestServer;
  before(async () => {
    // Nobody takes from the queue but the test: these views are not there for the server's own worker.
    server = await refreshServer();
    await server.ctx.refresher.stop();
  });
  after(() => server.done());
  const db = () => server.ctx.db;
  const ask = (view: string, dueAt?: Date) =>
    enqueue(db(), { view, trigger: 'cron', instance: 'test', ...(dueAt ? { dueAt } : {}) });
  const expire = (view: string) =>
    server.run(
      `update chorograph.lease set expires_at = clock_timestamp() - interval '1 s' where view = $1`,
      [view],
    );

  it('joins triggers into at most one queued run', async () => {
    const runs = [await ask('q.one'), await ask('q.one'), await ask('q.one')];
    assert.equal(new Set(runs.map((run) => run?.id)).size, 1);
    const { run } = await claim(db(), { view: 'q.one', sources: [], holder: 'a', leaseMs: 60_000 });
    assert.equal(run?.id, runs[0]?.id);
    const next = await ask('q.one');
    assert.notEqual(next?.id, run?.id, 'what runs already may not see what the caller sees');
    assert.equal((await ask('q.one'))?.id, next?.id);
  });

  it('skips no run that somebody joins who is not the schedule', async () => {
    await ask('q.joined', new Date('2024-01-01T03:00:00Z'));
    const triggers = ['api', 'cron', 'manual'] as const;
    for (const trigger of triggers) {
      const run = await enqueue(db(), { view: 'q.joined', trigger, instance: 'test' });
      assert.equal(run?.trigger, 'api');
    }
    const [run] = await runsOf(server, 'q.joined');
    assert.equal(run?.dueAt, '2024-01-01T03:00:00.000Z', 'it is the run of its tick all the same');
  });

  it('gives out no run of a view while one that it reads is to be refreshed, also where that came in between', async () => {
    const cube = await ask('q.cube');
    const source = await enqueue(db(), { view: 'q.source', trigger: 'api', instance: 'test' });
    const asked = { view: 'q.cube', sources: ['q.source'], holder: 'a', leaseMs: 60_000 };
    assert.deepEqual(await claim(db(), asked), { run: undefined, abandoned: [] });
    const first = await claim(db(), { ...asked, view: 'q.source', sources: [] });
    assert.equal(first.run?.id, source?.id);
    assert.equal((await claim(db(), asked)).run, undefined);
    await endRun(db(), first.run!, { status: 'failed' });
    assert.equal((await claim(db(), asked)).run?.id, cube?.id);
  });

  it('makes one run of a tick, however many instances hear it and whenever', async () => {
    const dueAt = new Date('2024-01-01T03:00:00Z');
    const heard = await Promise.all([ask('q.tick', dueAt), ask('q.tick', dueAt), ask('q.tick', dueAt)]);
    assert.ok(heard.filter((run) => run).length >= 1);
    const { run } = await claim(db(), { view: 'q.tick', sources: [], holder: 'a', leaseMs: 60_000 });
    assert.ok(run);
    assert.equal(await ask('q.tick', dueAt), undefined, 'while it runs');
    await endRun(db(), run, { status: 'failed' });
    assert.equal(await ask('q.tick', dueAt), undefined, 'when it has run');
    assert.equal(await ask('q.tick', new Date('2024-01-01T02:00:00Z')), undefined, 'an older one');
    assert.ok(await ask('q.tick', new Date('2024-01-01T04:00:00Z')));
    assert.equal((await runsOf(server, 'q.tick')).length, 2);
  });

  it('gives a view to one holder at a time', async () => {
    await ask('q.lease');
    const first = await claim(db(), { view: 'q.lease', sources: [], holder: 'a', leaseMs: 60_000 });
    assert.ok(first.run);
    await ask('q.lease');
    assert.deepEqual(await claim(db(), { view: 'q.lease', sources: [], holder: 'b', leaseMs: 60_000 }), {
      run: undefined,
      abandoned: [],
    });
    assert.ok(!(await waitingViews(db())).includes('q.lease'));
    assert.equal(await renew(db(), { view: 'q.lease', holder: 'b', leaseMs: 1 }), false);
    assert.equal(await renew(db(), { view: 'q.lease', holder: 'a', leaseMs: 60_000 }), true);
  });

  it('passes the run of a holder that died on, three times at most', async () => {
    await ask('q.dead');
    const seen: number[] = [];
    for (let attempt = 1; attempt <= 3; attempt++) {
      const holder = `holder ${attempt}`;
      const { run, abandoned } = await claim(db(), { view: 'q.dead', sources: [], holder, leaseMs: 60_000 });
      assert.equal(run?.attempt, attempt);
      assert.deepEqual(
        abandoned.map(({ id }) => id),
        seen.slice(-1),
      );
      seen.push(run.id);
      await expire('q.dead');
      assert.ok((await waitingViews(db())).includes('q.dead'));
    }
    const last = await claim(db(), { view: 'q.dead', sources: [], holder: 'last', leaseMs: 60_000 });
    assert.equal(last.run, undefined, 'what killed three servers is not given a fourth');
    assert.ok(!(await waitingViews(db())).includes('q.dead'));
    const runs = await runsOf(server, 'q.dead');
    assert.deepEqual(
      runs.map(({ status, trigger }) => [status, trigger]),
      [
        ['abandoned', 'cron'],
        ['abandoned', 'retry'],
        ['abandoned', 'retry'],
      ],
    );
  });

  it('does not let a holder that lost its lease commit', async () => {
    await ask('public.cube');
    const { run } = await claim(db(), { view: 'public.cube', sources: [], holder: 'slow', leaseMs: 60_000 });
    await expire('public.cube');
    const { run: next } = await claim(db(), {
      view: 'public.cube',
      sources: [],
      holder: 'b',
      leaseMs: 60_000,
    });
    assert.ok(run && next);
    await server.run(`insert into fact (code, n) values ('a', 10)`);
    const target = server.ctx.refresher.target('public.cube')!;
    const late = { target, timeoutMs: 10_000, signal: new AbortController().signal };
    await assert.rejects(refreshView(db(), run, { ...late, holder: 'slow' }), (error: Error) => {
      assert.ok(error.cause instanceof LeaseLost);
      return true;
    });
    assert.deepEqual(await shownValues(server), { a: 1, b: 2 });
    assert.equal((await refreshView(db(), next, { ...late, holder: 'b' })).status, 'succeeded');
    await eventually(async () => (await shownValues(server)).a === 11); // once it is heard of
  });

  it('does not let a run that was given up be ended by its old holder', async () => {
    await ask('q.fence');
    const { run } = await claim(db(), { view: 'q.fence', sources: [], holder: 'a', leaseMs: 60_000 });
    await expire('q.fence');
    await claim(db(), { view: 'q.fence', sources: [], holder: 'b', leaseMs: 60_000 });
    assert.ok(run);
    assert.equal(await endRun(db(), run, { status: 'failed', error: 'late' }), false);
    await requeue(db(), run, 'a');
    assert.deepEqual(
      (await runsOf(server, 'q.fence')).map(({ status }) => status),
      ['abandoned', 'running', 'queued'],
    );
  });
});
