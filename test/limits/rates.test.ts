import assert from 'node:assert/strict';
import { openRates } from '../../server/limits/open.ts';
import type { RateLimit } from '../../server/limits/rate.ts';
import { Releasers } from '../../server/tools/releasers.ts';
import { RedisServer, redisInstalled } from '../http/cache/redis-server.ts';
import { newServer, onPostgres, serve, untilFileEnds, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { policyWith } from '../ask/policies.ts';

const MOST = 6;

/** What became of so many at once, taken in turn from each. */
async function passed(count: number, take: (i: number) => Promise<boolean>): Promise<number> {
  const results = await Promise.all(Array.from({ length: count }, (_, i) => take(i)));
  return results.filter(Boolean).length;
}

describe('rates that instances share', () => {
  const releasers = new Releasers();
  let redis: RedisServer;
  let limits: RateLimit[];
  let subject = 0;

  before(async function () {
    if (!redisInstalled) this.skip();
    redis = await RedisServer.start();
    const open = async (namespace: string): Promise<RateLimit> =>
      (await openRates({ redisUrl: redis.url, namespace }, releasers))('test', MOST);
    limits = [await open('one'), await open('one')];
    await shared();
  });
  after(async () => {
    redis?.signal('SIGCONT');
    await releasers.run();
    await redis?.kill();
  });

  const take = async (instance: number, who: string): Promise<boolean> =>
    (await limits[instance % 2]!.take(who)) === undefined;
  const counted = (who: string) =>
    redis.with(async (client) => Number(await client.get(`one:rate:test:${who}`)));
  /** Both are connected: what each takes is counted there. */
  const shared = async (): Promise<void> => {
    for (const instance of [0, 1])
      await eventually(async () => {
        const who = `probe ${subject++}`;
        await take(instance, who);
        return (await counted(who)) === 1;
      }, `instance ${instance} counts in Redis`);
  };

  it('let exactly as many pass as one would, and say when to come back', async () => {
    assert.equal(await passed(MOST + 5, (i) => take(i, 'together')), MOST);
    const wait = await limits[1]!.take('together');
    assert.ok(wait !== undefined && wait >= 1 && wait <= 60);
    assert.equal(await limits[0]!.take('another'), undefined);
  });

  it('hold in each process while Redis is halted or gone, without waiting for it, and together once it is back', async () => {
    redis.signal('SIGSTOP');
    assert.equal(await passed(MOST + 2, () => take(0, 'halted')), MOST);
    redis.signal('SIGCONT');
    await redis.kill();
    assert.equal(await passed(MOST + 2, () => take(0, 'gone')), MOST);
    assert.equal(await passed(MOST + 2, () => take(1, 'gone')), MOST);
    await redis.start();
    await shared();
    assert.equal(await passed(MOST + 5, (i) => take(i, 'back')), MOST);
  });

  onPostgres('of questions', () => {
    it('are those of all instances over one database', async () => {
      const environment = {
        CHOROGRAPH_REDIS_URL: redis.url,
        GEMINI_API_KEY: 'AIzaKeyThatIsNeverSentAnywhere00000',
        CHOROGRAPH_ASK_POLICY: policyWith({ perMinute: { anonymous: MOST, keyed: 1, calls: 1 } }),
      };
      const first = await newServer({ environment }, untilFileEnds);
      const servers: TestServer[] = [first, await serve(first.environment, {}, untilFileEnds)];
      const keys = () => redis.with((client) => client.keys('*:rate:ask-anonymous:*'));
      // Refused by rules, so that no model is asked.
      const ask = async (i: number): Promise<boolean> => {
        const { status } = await servers[i % 2]!.api.post('/gemini/ask').send({
          question: 'Siapa capres terbaik?',
        });
        assert.ok(status === 200 || status === 429, String(status));
        return status === 200;
      };
      await eventually(async () => {
        await redis.with((client) => client.flushAll());
        await ask(0);
        const one = (await keys()).length;
        await redis.with((client) => client.flushAll());
        await ask(1);
        return one === 1 && (await keys()).length === 1;
      }, 'both count in Redis');
      await redis.with((client) => client.flushAll());
      assert.equal(await passed(MOST + 6, ask), MOST);
    });
  });
});
