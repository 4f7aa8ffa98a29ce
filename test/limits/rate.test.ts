import assert from 'node:assert/strict';
import { openRates } from '../../server/limits/open.ts';
import { memoryRates, type RateLimit } from '../../server/limits/rate.ts';
import { costOf } from '../../server/limits/classes.ts';
import { limitSettings } from '../../server/limits/settings.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import { RedisServer, redisInstalled } from '../http/cache/redis-server.ts';
import { once } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';

once('a limit', function () {
  const releasers = new Releasers();
  after(() => releasers.run());
  let subjects = 0;

  /** How many of so many at once pass, taken in turns by limits that may share their counters. */
  const passed = async (
    limits: readonly RateLimit[],
    attempts: number,
    subject = `s${++subjects}`,
  ): Promise<number> => {
    const all = await Promise.all(
      Array.from({ length: attempts }, (_, i) => limits[i % limits.length]?.count(subject)),
    );
    return all.filter((standing) => standing?.allowed).length;
  };
  const shared = async (redisUrl: string, perMinute: number): Promise<RateLimit> =>
    (await openRates({ redisUrl, namespace: 'test' }, releasers))('class', perMinute);

  it('of this process lets exactly so many pass, and says where one stands', async () => {
    const limit = memoryRates('a', 3);
    assert.deepEqual([(await limit.count('x')).remaining, (await limit.count('x', 2)).remaining], [2, 0]);
    const refused = await limit.count('x');
    assert.deepEqual([refused.allowed, refused.limit, refused.remaining], [false, 3, 0]);
    assert.ok(refused.resetS >= 1 && refused.resetS <= 60);
    assert.equal(await limit.take('y'), undefined);
    assert.equal(await passed([memoryRates('b', 10)], 110), 10);
    assert.ok(await memoryRates('none', 0).take('x'));
  });

  it('gives back what cost nothing', async () => {
    const limit = memoryRates('c', 2);
    await limit.count('x', 2);
    await limit.giveBack('x', 2);
    assert.equal((await limit.count('x')).remaining, 1);
  });

  if (redisInstalled)
    it('of instances over one Redis lets exactly so many pass; of one that hangs, or is not there, each by itself', async () => {
      const redis = await RedisServer.start();
      try {
        const two = [await shared(redis.url, 50), await shared(redis.url, 50)];
        await eventually(async () => (await passed(two, 150)) === 50); // once both are connected
        assert.equal(await passed(two, 150), 50);
        redis.signal('SIGSTOP');
        assert.equal(await passed(two, 150), 100);
        redis.signal('SIGCONT');
        await eventually(async () => (await passed(two, 150)) === 50);
        await redis.kill();
        assert.equal(await passed(two, 150), 100);
        await redis.start();
        await eventually(async () => (await passed(two, 150)) === 50);
      } finally {
        redis.signal('SIGCONT');
        await redis.kill();
      }
      const unreachable = await shared('redis://127.0.0.1:1', 5);
      assert.equal(await passed([unreachable], 15), 5);
    });
});

describe('classes of limits', () => {
  it('are told by the route', () => {
    const of = (path: string, method: 'get' | 'post' = 'get') => costOf({ path, method })?.of;
    assert.equal(of('/tiles/:layers/:z/:x/:y.:format'), 'tiles');
    assert.equal(of('/gis/choropleth/:id/tiles/:z/:x/:y.:format'), 'tiles');
    assert.equal(of('/gis/choropleth/:id/map.png'), 'expensive');
    assert.equal(of('/gis/choropleth/:id/values.json'), 'documents');
    assert.equal(of('/gis/choropleth/refresh', 'post'), 'write');
    for (const path of [
      '/search',
      '/search/suggest',
      '/gemini/log',
      '/events',
      '/health/live',
      '/metrics',
      '/docs/:page',
    ])
      assert.equal(of(path), undefined, path);
    assert.equal(of('/gemini/ask', 'post'), undefined);
    assert.ok((costOf({ path: '/gis/choropleth/:id/moran.json', method: 'get' })?.cost ?? 0) > 1);
  });

  it('are read from the environment, and off where nothing is said but for what writes', () => {
    const read = (text: string) => limitSettings.parse({ CHOROGRAPH_LIMIT_TILES: text }).limits.tiles;
    assert.deepEqual(limitSettings.parse({}).limits, {
      ...{ tiles: undefined, documents: undefined, expensive: undefined },
      write: { anonymous: 30, keyed: 60, address: 300 },
    });
    assert.deepEqual(
      [read('30/60'), read('7'), read('30/60/90'), read('off')],
      [
        { anonymous: 30, keyed: 60, address: 300 },
        { anonymous: 7, keyed: 7, address: 35 },
        { anonymous: 30, keyed: 60, address: 90 },
        undefined,
      ],
    );
    for (const wrong of ['0', '-1', '1/', 'on', '1.5', '1/2/3/4']) assert.throws(() => read(wrong), wrong);
    const classes = (text: string) => limitSettings.parse({ CHOROGRAPH_LIMIT_CLASSES: text }).rateClasses;
    assert.deepEqual(classes('partner tiles=6000 documents=off, slow write=1'), {
      partner: { tiles: 6000, documents: 'off' },
      slow: { write: 1 },
    });
    for (const wrong of [
      'partner',
      'tiles=6',
      'a tiles=0',
      'a tiles=x',
      'a towers=5',
      'a tiles=1,,b tiles=2',
    ])
      assert.throws(() => classes(wrong), wrong);
  });
});
