import assert from 'node:assert/strict';
import { createKey } from '../../server/security/keys.ts';
import { newServer, once, onPostgres, serve, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { RedisServer, redisInstalled } from '../http/cache/redis-server.ts';

const SQL = `
  create table public.places (id int primary key, name text, geom geometry(Point, 4326));
  insert into public.places select i, 'p' || i, st_setsrid(st_makepoint(i, i), 4326) from generate_series(1, 20) i;`;

const from = (address: string) => ({ 'X-Forwarded-For': address });

once('limits', function () {
  let server: TestServer;
  before(async () => {
    server = await newServer({
      sql: SQL,
      environment: {
        CHOROGRAPH_TRUST_PROXY: '1',
        CHOROGRAPH_LIMIT_TILES: '3/5',
        CHOROGRAPH_LIMIT_DOCUMENTS: '4/6',
        CHOROGRAPH_LIMIT_WRITE: '2/3',
        CHOROGRAPH_LIMIT_CLASSES: 'partner documents=8 tiles=off, slow documents=2',
      },
    });
  });
  const statuses = async (paths: readonly string[], headers: Record<string, string>): Promise<number[]> => {
    const all: number[] = [];
    for (const path of paths) all.push((await server.api.get(path).set(headers)).status);
    return all;
  };
  const features = (count: number): string[] => Array<string>(count).fill('/features/places');

  it('count each address by itself, and say when there is more', async () => {
    const first = await server.api.get('/features/places').set(from('203.0.113.1')).expect(200);
    assert.equal(first.headers['ratelimit-policy'], '"documents";q=4;w=60');
    assert.match(first.headers.ratelimit ?? '', /^"documents";r=3;t=\d+$/);
    assert.deepEqual(await statuses(features(4), from('203.0.113.1')), [200, 200, 200, 429]);
    const refused = await server.api.get('/features/places').set(from('203.0.113.1')).expect(429);
    assert.match(refused.headers['content-type'] ?? '', /^application\/problem\+json/);
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait >= 1 && wait <= 60);
    assert.match(refused.headers.ratelimit ?? '', /^"documents";r=0;t=\d+$/);
    assert.equal((refused.body as { code: string }).code, 'too_many_requests');
    // A map of another origin is told when to come back.
    const readable = refused.headers['access-control-expose-headers'] ?? '';
    assert.match(readable, /\bRetry-After,RateLimit,RateLimit-Policy\b/);
    await server.api.get('/features/places').set(from('203.0.113.2')).expect(200);
  });

  it('count a network of 64 bits of IPv6 as one', async () => {
    const inOne = [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff::2',
      '2001:db8:1:2:0:0:0:3',
      '2001:0db8:0001:0002::4',
      '2001:db8:1:2::5',
    ];
    const all = [];
    for (const address of inOne) all.push(...(await statuses(features(1), from(address))));
    assert.deepEqual(all, [200, 200, 200, 200, 429]);
    assert.deepEqual(await statuses(features(1), from('2001:db8:1:3::1')), [200]);
  });

  it('take of addresses in headers only what a trusted proxy added', async () => {
    const chain = (i: number) => from(`198.51.100.${i}, 203.0.113.9`);
    const all = [];
    for (let i = 0; i < 5; i++) all.push(...(await statuses(features(1), chain(i))));
    assert.deepEqual(all, [200, 200, 200, 200, 429]);
  });

  it('count a key by itself wherever it comes from, and no key that administers', async () => {
    const { key } = await createKey(server.ctx.db, { name: 'k', scopes: ['refresh'] });
    const all = [];
    for (let i = 0; i < 7; i++)
      all.push(...(await statuses(features(1), { ...from(`198.51.100.${i}`), 'X-API-Key': key })));
    assert.deepEqual(all, [200, 200, 200, 200, 200, 200, 429]);
    const admin = await createKey(server.ctx.db, { name: 'a', scopes: ['admin'] });
    const headers = { ...from('203.0.113.20'), 'X-API-Key': admin.key };
    assert.deepEqual(await statuses(features(8), headers), Array<number>(8).fill(200));
    // One that is not valid counts as none.
    const invalid = { ...from('203.0.113.21'), 'X-API-Key': 'nonsense' };
    assert.deepEqual(await statuses(features(5), invalid), [200, 200, 200, 200, 429]);
  });

  it('count all keys of an address together, and give back what was not allowed', async () => {
    const keys: { key: string }[] = [];
    for (let i = 0; i < 6; i++) keys.push(await createKey(server.ctx.db, { name: `${i}`, scopes: [] }));
    const at = (i: number, address: string) => ({ ...from(address), 'X-API-Key': keys[i]?.key ?? '' });
    const all = [];
    for (let i = 0; i < 6; i++) all.push(...(await statuses(features(5), at(i, '203.0.113.50'))));
    assert.deepEqual(
      all,
      Array.from({ length: 30 }, () => 200),
    ); // 5 × 6
    assert.deepEqual(await statuses(features(1), at(5, '203.0.113.50')), [429]);
    assert.deepEqual(await statuses(features(2), at(5, '203.0.113.51')), [200, 429]);
    assert.deepEqual(await statuses(features(1), from('203.0.113.50')), [200]); // without a key it is another's
  });

  it('of a rate class are its own', async () => {
    const ofClass = async (rateClass: string) => {
      const { key } = await createKey(server.ctx.db, { name: rateClass, scopes: [], rateClass });
      return { ...from('203.0.113.60'), 'X-API-Key': key };
    };
    const [partner, slow, other] = [await ofClass('partner'), await ofClass('slow'), await ofClass('other')];
    assert.deepEqual(await statuses(features(9), partner), [...Array<number>(8).fill(200), 429]);
    assert.deepEqual(await statuses(features(3), slow), [200, 200, 429]);
    assert.deepEqual(await statuses(features(7), other), [...Array<number>(6).fill(200), 429]);
    const tiles = Array.from({ length: 7 }, (_, x) => `/tiles/places/8/${x}/10.mvt`);
    assert.deepEqual(await statuses(tiles, partner), Array<number>(7).fill(204));
  });

  it('count tiles that have to be made, and nothing that is kept', async () => {
    const tile = (x: number) => `/tiles/places/5/${x}/15.mvt`;
    const asked = from('203.0.113.30');
    assert.deepEqual(await statuses([tile(16), tile(17), tile(18), tile(19)], asked), [200, 204, 204, 429]);
    assert.deepEqual(await statuses([tile(16), tile(17), tile(18)], asked), [200, 204, 204]);
    const refused = await server.api.get(tile(20)).set(asked).expect(429);
    assert.match(refused.headers['ratelimit-policy'] ?? '', /^"tiles";q=3/);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    assert.deepEqual(await statuses([tile(19)], from('203.0.113.31')), [204]);
    assert.deepEqual(await statuses([tile(19)], asked), [204]); // another asker had it made
    await server.api.get('/health').set(asked).expect(200);
  });

  it('count one of several that ask for the same at the same time', async () => {
    const asked = from('203.0.113.40');
    const url = '/tiles/places/9/300/250.mvt';
    const all = await Promise.all(Array.from({ length: 8 }, () => server.api.get(url).set(asked)));
    assert.deepEqual(new Set(all.map(({ status }) => status)).size, 1);
    assert.deepEqual(
      await statuses(['/tiles/places/9/301/250.mvt', '/tiles/places/9/302/250.mvt'], asked),
      [204, 204],
    );
  });

  it('are counted in metrics and recorded together', async () => {
    await server.ctx.auditing.flush();
    const { text } = await server.api.get('/metrics');
    assert.match(text, /chorograph_limit_hits_total\{class="documents"\} [1-9]/);
    const rows = await server.run<{ actor: string; object: string; address: string }>(
      `select actor, object, address from chorograph.audit_event where action = 'limit.hit'`,
    );
    assert.ok(rows.some(({ actor, object }) => actor === 'anonymous' && object === 'limit:tiles'));
    assert.ok(rows.some(({ actor, object }) => /^key:\w{12}$/.test(actor) && object === 'limit:documents'));
    assert.ok(rows.every(({ address }) => /^[\w-]{16}$/.test(address)));
  });

  it('are described', async () => {
    const { body } = await server.api.get('/openapi.json').expect(200);
    const { paths } = body as { paths: Record<string, { get: { responses: Record<string, unknown> } }> };
    assert.ok(paths['/features/{layer}']?.get.responses['429']);
    assert.equal(paths['/health']?.get.responses['429'], undefined);
  });
});

if (redisInstalled)
  onPostgres('limits of two instances over one Redis', function () {
    let redis: RedisServer;
    before(async () => {
      redis = await RedisServer.start();
    });
    after(() => redis.kill());

    it('let exactly so many pass, and go on when Redis is gone and back', async () => {
      const first = await newServer({
        sql: SQL,
        environment: {
          CHOROGRAPH_TRUST_PROXY: '1',
          CHOROGRAPH_REDIS_URL: redis.url,
          CHOROGRAPH_LIMIT_DOCUMENTS: '40',
        },
      });
      const second = await serve(first.environment);
      const passed = async (address: string, requests: number): Promise<number> => {
        const all = await Promise.all(
          Array.from({ length: requests }, (_, i) =>
            [first, second][i % 2]?.api.get('/features/places/1').set(from(address)),
          ),
        );
        return all.filter((answer) => answer?.status === 200).length;
      };
      // Each counts by itself until its connection is there.
      let tries = 0;
      await eventually(async () => (await passed(`192.0.2.${++tries}`, 140)) === 40);
      assert.equal(await passed('203.0.113.50', 140), 40);
      await redis.kill();
      // By itself each lets its own forty pass; which of them was asked while Redis died is not known.
      assert.equal(await passed('203.0.113.51', 140), 80);
      await redis.start();
      tries = 100;
      await eventually(async () => (await passed(`192.0.2.${++tries}`, 140)) === 40);
    });
  });
