import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  newDatabase,
  once,
  serve,
  type TestServer,
  untilFileEnds,
  withDatabase,
} from '../../support/environment.ts';
import { statement } from '../../../server/db/sql.ts';
import { RedisServer, redisInstalled } from './redis-server.ts';
import { eventually } from '../../support/eventually.ts';

const LAYER = `create table place as
  select i as id, 'place ' || i as name, st_setsrid(st_point(i / 10.0 - 90, 10 + i % 50), 4326)::geometry(Point, 4326) as geom
  from generate_series(1, 1500) i;
  alter table place add primary key (id);`;

once('the cache that instances share', () => {
  let redis: RedisServer;
  let environment: Record<string, string>;
  let server: TestServer;

  const open = (): Promise<TestServer> =>
    serve({ ...environment, CHOROGRAPH_REDIS_URL: redis.url }, { maps: '' }, untilFileEnds);
  const tile = (path: string) => server.api.get(`/tiles/place/${path}.mvt`).responseType('blob');
  const keys = (): Promise<string[]> => redis.with(async (client) => client.keys('*'));

  before(async function () {
    if (!redisInstalled) this.skip();
    redis = await RedisServer.start();
    environment = { ...(await newDatabase()), PORT: '0', LOG_LEVEL: 'silent' };
    await withDatabase(environment, (db) => db.run(statement(LAYER)));
    server = await open();
    // From here on its generation is the same for every instance, and after every restart.
    await server.run(`select chorograph.track('place')`);
    await eventually(() => server.ctx.generations.of('public.place').startsWith('g'), 'tracked');
  });

  after(async () => {
    redis?.signal('SIGCONT');
    await server?.stop();
    await redis?.kill();
  });

  it('has what another instance made, compressed copies and validators included', async () => {
    const made = await tile('0/0/0').expect(200).expect('Content-Encoding', 'gzip');
    await eventually(async () => (await keys()).length === 1, 'written');
    await sleep(200); // its compressed copy is written with it, or just after
    await server.stop();
    server = await open();
    const shared = await tile('0/0/0').expect(200);
    assert.equal(server.ctx.cache.stats().outcomes.shared, 1);
    assert.equal(shared.get('ETag'), made.get('ETag'));
    assert.deepEqual(shared.body, made.body);
    const [key] = await keys();
    assert.match(key ?? '', /^chorograph:[\w-]{20}:[\w-]{43}$/);
    const seconds = await redis.with((client) => client.ttl(key ?? ''));
    assert.ok(seconds > 0 && seconds <= 86_400);
  });

  it('gives nothing for what does not lie in it as it was written', async () => {
    await redis.with(async (client) => {
      for (const key of await client.keys('*')) await client.set(key, 'junk');
    });
    server.ctx.cache.clear();
    const { outcomes } = server.ctx.cache.stats();
    await tile('0/0/0').expect(200);
    assert.equal(server.ctx.cache.stats().outcomes.miss, outcomes.miss + 1);
  });

  it('has nothing of another generation', async () => {
    const before = await tile('1/0/0').expect(200);
    await server.run(`update place set name = 'renamed' where id = 1`);
    await eventually(async () => (await tile('1/0/0')).get('ETag') !== before.get('ETag'), 'new tag');
    const after = await tile('1/0/0').expect(200);
    assert.ok((after.body as Buffer).includes('renamed'));
  });

  it('is missed by nobody when it is killed, and used again when it is back', async () => {
    await tile('2/1/1').expect(200);
    await redis.kill();
    for (const path of ['3/2/3', '3/3/3', '3/4/3', '4/5/6']) await tile(path).expect(200);
    await tile('2/1/1').expect(200);
    const { body: health } = await server.api.get('/health/ready').expect(200);
    const { status, checks } = health as { status: string; checks: { sharedCache: { detail: string } } };
    assert.deepEqual([status, checks.sharedCache.detail], ['ok', 'Redis does not answer: nothing is shared']);
    await redis.start();
    await eventually(async () => {
      await tile(`4/${Math.floor(Math.random() * 8)}/6`);
      server.ctx.cache.clear();
      return (await keys()).length > 0;
    }, 'written again');
  });

  it('delays nobody for long when it hangs', async () => {
    await eventually(async () => {
      server.ctx.cache.clear();
      const { shared } = server.ctx.cache.stats().outcomes;
      await tile('2/1/1');
      await sleep(150);
      server.ctx.cache.clear();
      await tile('2/1/1').expect(200);
      return server.ctx.cache.stats().outcomes.shared > shared;
    }, 'in use');
    redis.signal('SIGSTOP');
    for (let x = 0; x < 30; x++) await tile(`5/${x}/12`);
    const text = (await server.api.get('/metrics').expect(200)).text;
    assert.match(text, /^chorograph_shared_cache_up 0$/m);
    const failed = Number(/shared_cache_reads_total\{outcome="failed"\} (\d+)/.exec(text)?.[1]);
    assert.ok(failed >= 25, `${failed} reads were given up`);
    redis.signal('SIGCONT');
    await eventually(async () => {
      await tile(`6/${Math.floor(Math.random() * 32)}/25`);
      return /^chorograph_shared_cache_up 1$/m.test((await server.api.get('/metrics')).text);
    }, 'in use again');
  });
});
