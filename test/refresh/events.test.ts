import assert from 'node:assert/strict';
import { setImmediate as nextTick } from 'node:timers/promises';
import { Changes, type Published } from '../../server/generations/changes.ts';
import type { Generations } from '../../server/generations/generations.ts';
import { HotRequests } from '../../server/generations/hot.ts';
import { newServer, once, onPostgres, type TestServer } from '../support/environment.ts';
import { listen } from './sse.ts';
import { refreshNow, refreshServer } from './support.ts';
import { eventually } from '../support/eventually.ts';

describe('GET /events', function () {
  let server: TestServer;
  before(async () => {
    server = await refreshServer({ environment: { CHOROGRAPH_EVENT_CLIENTS: '3' } });
    // Counters of rows written just now may come late, and would be told as changes.
    await server.run(`select chorograph.track('region'), chorograph.bump('public.cube')`);
    await server.ctx.generations.pollAgain();
    await nextTick(); // what is at hand is looked through then
  });

  it('tells what everything is at, then what a refresh changed, and nothing else', async () => {
    const listener = await listen(server.url);
    await eventually(async () => listener.events.length >= 2);
    assert.deepEqual(
      listener.events.map(({ event, data }) => [event, data.kind, data.id]),
      [
        ['generation', 'choropleth', 'facts'],
        ['generation', 'layer', 'region'],
      ],
    );
    const before = (await server.api.get('/gis/choropleth/facts/values.json')).body as { version: string };
    assert.equal(listener.events[0]?.data.version, before.version);

    await server.run(`insert into fact (code, n) values ('a', 10)`);
    await refreshNow(server);
    const told = await eventually(async () => listener.events[2]);
    const after = (await server.api.get('/gis/choropleth/facts/values.json')).body as {
      version: string;
      generation: unknown;
      refreshedAt: string;
    };
    assert.deepEqual(told.data, {
      kind: 'choropleth',
      id: 'facts',
      version: after.version,
      generation: after.generation,
      refreshedAt: after.refreshedAt,
    });
    assert.notEqual(after.version, before.version);
    const ids = listener.events.map(({ id }) => Number(id));
    assert.ok(
      ids.every((id, i) => i === 0 || id > ids[i - 1]!),
      'ids grow',
    );
    await refreshNow(server); // changes nothing
    assert.equal(listener.events.length, 3);
    listener.close();
  });

  it('takes up where a client left off, and repeats rather than misses', async () => {
    const resumed = await listen(server.url, { 'Last-Event-ID': '17' });
    await eventually(async () => resumed.events.length >= 2);
    resumed.close();
    const nonsense = await listen(server.url, { 'Last-Event-ID': 'x'.repeat(50) });
    await eventually(async () => nonsense.events.length >= 2);
    nonsense.close();
  });

  it('refuses more clients than it may have, and takes new ones when others leave', async () => {
    await eventually(async () => server.ctx.events.clients === 0);
    const clients = await Promise.all([listen(server.url), listen(server.url), listen(server.url)]);
    const { body, headers } = await server.api.get('/events').expect(429);
    assert.equal((body as { code: string }).code, 'too_many_requests');
    assert.ok(headers['retry-after']);
    clients[0]?.close();
    const next = await eventually(() => listen(server.url).catch(() => undefined));
    for (const client of [...clients, next]) client.close();
  });

  after(() => server.stop());

  it('answers HEAD without staying', async () => {
    await server.api.head('/events').expect(200);
  });
});

once('places at the event stream', () => {
  it("are not all one client's: another gets that of its oldest connection", async () => {
    const server = await newServer({
      environment: { CHOROGRAPH_EVENT_CLIENTS: '3', CHOROGRAPH_TRUST_PROXY: '1' },
    });
    const from = (address: string) => listen(server.url, { 'X-Forwarded-For': address });
    const greedy = [await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.1')];
    await assert.rejects(from('192.0.2.1'));
    const other = await from('192.0.2.2');
    await greedy[0]!.ended;
    const third = await from('192.0.2.3');
    await greedy[1]!.ended;
    await assert.rejects(from('192.0.2.4')); // each has one by now
    for (const client of [greedy[2]!, other, third]) client.close();
  });
});

// Another server: on the embedded database that takes too long for what is the same there.
onPostgres('a server that stops', () => {
  it('ends its event streams at once', async () => {
    // With this much patience only the timeout of the test would end a stream that is left open.
    const server = await refreshServer({ environment: { CHOROGRAPH_SHUTDOWN_MS: '600000' } });
    const listener = await listen(server.url);
    const stopping = server.stop();
    await listener.ended;
    await stopping;
  });
});

describe('changes', function () {
  const tokens = new Map([['public.a', 'g1']]);
  const layers = ['a', 'b'];
  const make = () =>
    new Changes({ onChange: () => () => {} } as unknown as Generations, () =>
      layers.map((id): Published => {
        const version = tokens.get(`public.${id}`) ?? '0';
        return { kind: 'layer', id, version, generation: version, refreshedAt: null };
      }),
    );

  it('are told once each', () => {
    const changes = make();
    const told: string[][] = [];
    changes.onChange((all) => told.push(all.map(({ id, version }) => `${id} ${version}`)));
    changes.update();
    changes.update();
    tokens.set('public.b', 'g5');
    changes.update();
    assert.deepEqual(told, [['a g1', 'b 0'], ['b g5']]);
  });

  it('since an id are those after it, with a minute for clocks that differ, or all', () => {
    const changes = make();
    changes.update();
    const ids = (since: number | undefined) => changes.since(since).map(({ id }) => id);
    const now = Date.now() * 1000;
    const minute = 60_000_000;
    assert.deepEqual(ids(undefined), ['a', 'b']);
    assert.deepEqual(ids(now - 10 * minute), ['a', 'b'], 'from before this instance was there');
    assert.deepEqual(ids(now + 30_000_000), ['a', 'b'], 'from the clock of another instance');
    assert.deepEqual(ids(now + 2 * minute), []);
  });

  it('of a layer that is gone are forgotten, and told when it is back', () => {
    const changes = make();
    changes.update();
    const gone = layers.pop()!;
    changes.update();
    assert.deepEqual(
      changes.since(undefined).map(({ id }) => id),
      ['a'],
    );
    layers.push(gone);
    changes.update();
    assert.deepEqual(
      changes.since(undefined).map(({ id }) => id),
      ['a', 'b'],
    );
  });
});

describe('hot requests', function () {
  it('are made again when their subject changes, the hottest first, 32 at most', async () => {
    const hot = new HotRequests(() => {});
    const made: number[] = [];
    for (let tile = 0; tile < 50; tile++) {
      for (let times = 0; times <= tile; times++) {
        hot.asked('facts', `tile ${tile}`, async () => made.push(tile));
      }
    }
    hot.asked('other', 'tile x', async () => made.push(-1));
    await hot.warm('facts');
    assert.deepEqual(
      made,
      Array.from({ length: 32 }, (_, i) => 49 - i),
    );
  });

  it('are made once more where the data changed meanwhile, and survive failures', async () => {
    const hot = new HotRequests(() => {});
    let made = 0;
    hot.asked('facts', 'bad', async () => {
      throw new Error('away');
    });
    hot.asked('facts', 'good', async () => {
      made++;
      if (made === 1) void hot.warm('facts');
    });
    await hot.warm('facts');
    assert.equal(made, 2);
  });
});
