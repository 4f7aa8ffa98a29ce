import assert from 'node:assert/strict';
import { planLayers } from '../../server/tiles/service.ts';
import { demoServer, type TestServer } from '../support/environment.ts';

const coord = { z: 4, x: 3, y: 6 };
const signal = new AbortController().signal;

describe('tiles that are made at once', () => {
  let server: TestServer;
  before(async () => {
    server = await demoServer();
  });

  const plan = (layer: string, query: Record<string, string> = {}, columns?: string[]) => {
    const [made] = planLayers(server.ctx, [server.ctx.catalog.layer(layer)], { coord, columns, query });
    assert.ok(made);
    return made;
  };

  it('are those that are waited for, byte for byte', async () => {
    for (const asked of [
      plan('us_counties'),
      plan('us_counties', { state_code: '48' }),
      plan('us_counties', {}, ['name']),
      plan('us_states'),
    ]) {
      const waited = await asked.make(coord, signal);
      const atOnce = asked.makeNow?.(coord);
      assert.deepEqual(atOnce, waited);
      assert.equal(atOnce?.engine, 'memory');
    }
  });

  it('are those alone that are in memory', async () => {
    const { ctx } = server;
    await plan('us_counties').make(coord, signal);
    assert.ok(plan('us_counties').makeNow?.(coord));
    assert.equal(plan('us_counties', { filter: "state_code = '48'" }).makeNow?.(coord), undefined);
    ctx.memory.clear();
    assert.equal(plan('us_counties').makeNow?.(coord), undefined);
  });
});
