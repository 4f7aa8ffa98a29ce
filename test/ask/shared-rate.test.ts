import assert from 'node:assert/strict';
import { RedisServer, redisInstalled } from '../http/cache/redis-server.ts';
import { newServer, onPostgres, serve, untilFileEnds, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { policyWith } from './policies.ts';

const MOST = 6;

// Two servers over one database, which the embedded one refuses.
onPostgres('the rate of questions', () => {
  let redis: RedisServer;
  let servers: TestServer[];

  before(async function () {
    if (!redisInstalled) this.skip();
    redis = await RedisServer.start();
    const environment = {
      CHOROGRAPH_REDIS_URL: redis.url,
      GEMINI_API_KEY: 'AIzaKeyThatIsNeverSentAnywhere00000',
      CHOROGRAPH_ASK_POLICY: policyWith({ perMinute: { anonymous: MOST, keyed: 1, calls: 1 } }),
    };
    const first = await newServer({ environment }, untilFileEnds);
    servers = [first, await serve(first.environment, {}, untilFileEnds)];
  });
  after(() => redis?.kill());

  /** Whether it was let pass. Rules refuse it, so that no model is asked. */
  const ask = async (server: TestServer): Promise<boolean> => {
    const { status, headers } = await server.api
      .post('/gemini/ask')
      .send({ question: 'Siapa capres terbaik?' });
    assert.ok(status === 200 || (status === 429 && Number(headers['retry-after']) >= 1), String(status));
    return status === 200;
  };
  const passed = async (count: number, of: readonly TestServer[] = servers): Promise<number> => {
    const all = await Promise.all(Array.from({ length: count }, (_, i) => ask(of[i % of.length]!)));
    return all.filter(Boolean).length;
  };
  /** A server that Redis kept waiting once counts by itself for a moment: then it is asked again from the start. */
  const together = (): Promise<true> =>
    eventually(
      async () => {
        await redis.with((client) => client.flushAll());
        return (await passed(MOST + 7)) === MOST;
      },
      `exactly ${MOST} of ${MOST + 7} pass`,
    );

  it('is that of all instances together; of each by itself while Redis is gone; together again once it is back', async () => {
    await together();
    await redis.kill();
    for (const server of servers) assert.ok((await passed(MOST + 2, [server])) <= MOST);
    assert.equal(await passed(4), 0);
    await redis.start();
    await together();
  });
});
