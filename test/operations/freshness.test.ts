import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { install, planInstall } from '../../server/refresh/delta/install.ts';
import { deltaPlans } from '../../server/refresh/delta/plan.ts';
import type { Freshness } from '../../server/refresh/freshness.ts';
import { mapsText, refreshNow, refreshServer } from '../refresh/support.ts';
import type { TestServer } from '../support/environment.ts';
import { once } from '../support/environment.ts';

const DELTA = `  counted:
    regions: regions
    cube: { view: counted, region: code, refresh: { delta: { from: fact, group: { code: code }, sums: { n: 1 } } } }
    metrics: { n: { sum: n } }
    classify: { method: equal, classes: 2 }
`;

once('freshness, as operators see it', function () {
  let server: TestServer;

  before(async () => {
    server = await refreshServer({
      maps: mapsText({ more: DELTA }),
      // What is not told stays unknown.
      environment: { CHOROGRAPH_CHANGE_POLL_S: '3600', CHOROGRAPH_CATALOG_INTERVAL_S: '3600' },
    });
    const [plan] = deltaPlans(server.ctx.maps);
    assert.ok(plan);
    await install(server.ctx.db, plan, await planInstall(server.ctx.db, plan));
  });

  async function health(): Promise<Freshness & { status: string }> {
    const { body } = await server.api.get('/health').expect(200);
    return (body as { checks: { refresh: Freshness & { status: string } } }).checks.refresh;
  }

  async function metric(name: string): Promise<number | undefined> {
    const { text } = await server.api.get('/metrics').expect(200);
    const line = text.split('\n').find((each) => each.startsWith(`chorograph_${name}{`));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }

  it('has the age of each view, once it was refreshed', async () => {
    assert.equal((await health()).views[0]?.ageSeconds, null);
    assert.equal(await metric('view_age_seconds'), undefined);
    assert.equal(await refreshNow(server), 200);
    await server.run(`update chorograph.refresh_run set started_at = started_at - interval '1 hour'`);
    const [view] = (await health()).views;
    assert.equal(view?.view, 'public.cube');
    assert.ok(view.ageSeconds! >= 3600);
    assert.deepEqual([view.lagSeconds, view.lastError], [0, null]);
    await eventuallyMetric('view_age_seconds', (value) => value >= 3600);
    assert.equal(await metric('view_failing'), 0);
    assert.equal(await metric('view_lag_seconds'), 0);
  });

  /** One look at the database serves a second of scrapes. */
  async function eventuallyMetric(name: string, is: (value: number) => boolean): Promise<void> {
    for (;;) {
      const value = await metric(name);
      if (value !== undefined && is(value)) return;
      await sleep(50);
    }
  }

  it('tells that committed data is not served yet', async () => {
    await server.run(
      `update chorograph.generation_base set changes = changes + 1 where relation = 'public.cube'`,
    );
    const [behind] = (await health()).views;
    assert.ok(behind!.lagSeconds > 0);
    await eventuallyMetric('view_lag_seconds', (value) => value > 0);
    await server.ctx.generations.poll();
    assert.equal((await health()).views[0]?.lagSeconds, 0);
    await eventuallyMetric('view_lag_seconds', (value) => value === 0);
  });

  it('counts the changes that wait to be folded into a cube', async () => {
    assert.equal((await health()).deltas[0]?.waiting, 0);
    await server.run(`insert into fact (code, n) values ('a', 1)`);
    await server.run(`insert into fact (code, n) values ('b', 1)`);
    const [delta] = (await health()).deltas;
    assert.equal(delta?.cube, 'public.counted');
    assert.equal(delta.waiting, 2);
    assert.ok(delta.waitingSeconds >= 0);
    await eventuallyMetric('delta_waiting_rows', (value) => value === 2);
    await eventuallyMetric('delta_waiting_seconds', (value) => value >= 0);
  });
});
