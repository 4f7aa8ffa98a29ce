import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { pino } from 'pino';
import { publicRoutes } from '../../../server/context.ts';
import { relationName } from '../../../server/catalog/types.ts';
import { AppError } from '../../../server/errors.ts';
import { commonHeaders } from '../../../server/http/answers/common-headers.ts';
import { withLane } from '../../../server/http/past-express/lane.ts';
import type { GroundEvent as Event } from '../../../server/observe/events.ts';
import { tilesVersion } from '../../../server/tiles/version.ts';
import { demoServer, type TestServer } from '../../support/environment.ts';
import { ask, type Raw } from '../../support/raw.ts';
import { eventually } from '../../support/eventually.ts';

/** The same address, written so that only Express reads it: a letter of the id is encoded. */
function encoded(path: string): string {
  return path.replace(/^(\/tiles\/|\/gis\/choropleth\/)(\w)/, (_, start: string, letter: string) => {
    return `${start}%${letter.charCodeAt(0).toString(16)}`;
  });
}

/** Without what tells one request from the next. */
function anonymous(raw: Raw): object {
  return { ...raw, body: raw.body.toString('latin1').replace(/"requestId":"[^"]*"/, '') };
}

const ADDRESS = /\/\d+\/\d+\.(mvt|pbf)/;

describe('tiles that go past Express', () => {
  let server: TestServer;
  let choropleth: string;
  before(async () => {
    server = await demoServer();
    choropleth = `/gis/choropleth/${server.ctx.choropleths.all()[0]?.id}`;
  });

  const compare = async (path: string, status: number, method = 'GET', headers: IncomingHttpHeaders = {}) => {
    server.ctx.hotTiles.clear();
    const direct = await ask(server, path, method, headers);
    server.ctx.hotTiles.clear();
    const routed = await ask(server, encoded(path), method, headers);
    assert.notEqual(encoded(path), path);
    assert.equal(routed.status, status, path);
    assert.deepEqual(anonymous(direct), anonymous(routed), `${method} ${path}`);
    return direct;
  };

  it('are answered as by their routes', async () => {
    for (const path of [
      '/tiles/us_counties/4/3/6.mvt',
      '/tiles/us_counties/4/3/6.pbf?columns=name&state_code=48',
      '/tiles/us_counties,us_states/4/3/6.mvt?g=1',
      `${choropleth}/tiles/4/3/6.mvt`,
      `${choropleth}/tiles/4/3/6.mvt?classes=4`,
    ]) {
      await compare(path, 200);
      await compare(path, 200, 'HEAD');
      await compare(path, 200, 'GET', { origin: 'https://maps.example.org', 'accept-encoding': 'gzip' });
      const { headers } = await compare(path, 200, 'GET', { connection: 'close' });
      const etag = headers.find((header) => header.startsWith('ETag: '))?.slice(6) ?? '';
      await compare(path, 304, 'GET', { 'if-none-match': etag });
    }
    await compare('/tiles/us_counties/4/15/15.mvt', 204);
  });

  /** Both answers to one request: of what is kept for the layer, while nothing else can be found of it, and through Express. */
  const ofMemory = async (path: string, method: string, headers: IncomingHttpHeaders): Promise<void> => {
    const { ctx } = server;
    for (;;) {
      await eventually(async () => {
        await ask(server, '/tiles/us_counties/7/0/0.mvt', 'GET');
        const layer = ctx.catalog.tableLayer('us_counties');
        return ctx.memory.loaded(layer, ctx.generations.of(relationName(layer)));
      }, 'the layer is in memory');
      const epoch = ctx.epoch();
      await ask(server, path.replace(ADDRESS, '/0/0.mvt'), 'GET'); // of the zoom something was asked before
      const forget = (): void => {
        ctx.cache.clear();
        ctx.hotTiles.clear();
      };
      forget();
      const broken = (): never => assert.fail('it went the usual way');
      Object.assign(ctx.catalog, { layer: broken });
      Object.assign(ctx.choropleths, { get: broken });
      const direct = await ask(server, path, method, headers).finally(() => {
        Reflect.deleteProperty(ctx.catalog, 'layer');
        Reflect.deleteProperty(ctx.choropleths, 'get');
      });
      forget();
      const routed = await ask(server, encoded(path), method, headers);
      if (ctx.epoch() !== epoch) continue; // it heard of other data meanwhile
      assert.deepEqual(direct, routed, `${method} ${path} ${JSON.stringify(headers)}`);
      assert.ok([200, 204, 304].includes(direct.status), path);
      return;
    }
  };

  it('are made at once of what is in memory, as their routes would', async () => {
    const version = tilesVersion(server.ctx, [server.ctx.catalog.layer('us_counties')]);
    const small = '/tiles/us_counties/7/34/50.mvt';
    const values = `${choropleth}/tiles/7/34/50.mvt`;
    for (const path of [
      small,
      `${small}?g=${version}`,
      `${small}?g=old`,
      '/tiles/us_counties/7/0/1.pbf',
      values,
      `${values}?classes=4&g=old`,
      values.replace('34/50', '0/1'),
    ])
      // prettier-ignore
      for (const method of ['GET', 'HEAD'])
        for (const headers of [{}, { 'accept-encoding': 'br' }, { connection: 'close', origin: 'https://a.example' }])
          await ofMemory(path, method, headers);
    const { headers } = await ask(server, small, 'GET');
    const etag = headers.find((header) => header.startsWith('ETag: '))?.slice(6) ?? '';
    await ofMemory(small, 'GET', { 'if-none-match': etag });
    const large = '/tiles/us_counties/3/1/3.mvt'; // compressed by another thread
    assert.ok((await ask(server, large, 'GET')).body.length > 50_000);
    for (const accepted of ['identity', 'gzip', 'gzip, deflate, br'])
      await ofMemory(large, 'GET', { 'accept-encoding': accepted });
    await compare('/tiles/us_counties/0000000007/34/50.mvt', 400);
    await compare(small, 200, 'GET', { 'x-api-key': 'cg_none' });
  });

  it('are made in turns of what is in memory, as their routes would', async () => {
    const { ctx } = server;
    const version = tilesVersion(ctx, [ctx.catalog.layer('us_counties')]);
    ctx.memory.clear(); // with what was cut before
    await ofMemory('/tiles/us_counties/2/0/1.mvt', 'GET', { 'accept-encoding': 'identity' });
    await ofMemory(`/tiles/us_counties/2/1/1.pbf?g=${version}`, 'GET', { 'accept-encoding': 'gzip' });
    await ofMemory('/tiles/us_counties/3/1/3.mvt?g=old', 'GET', { connection: 'close' });
    await ofMemory('/tiles/us_counties/3/2/3.mvt', 'HEAD', { origin: 'https://a.example' });
  });

  it('are made once for all who wait, and told of each', async () => {
    const { ctx } = server;
    const path = '/tiles/us_counties/2/0/1.mvt';
    ctx.memory.clear();
    await ofMemory('/tiles/us_counties/2/1/1.mvt', 'GET', {});
    ctx.cache.clear();
    ctx.hotTiles.clear();
    const before = ctx.cache.stats().outcomes;
    const [a, b] = await Promise.all([ask(server, path, 'GET'), ask(server, path, 'GET')]);
    assert.deepEqual(a.body, b.body);
    const { miss, coalesced, hit } = ctx.cache.stats().outcomes;
    assert.equal(miss - before.miss, 1);
    assert.equal(coalesced + hit - before.coalesced - before.hit, 1);

    // What fails past Express is answered by the route.
    ctx.cache.clear();
    ctx.hotTiles.clear();
    ctx.memory.clear();
    await ofMemory('/tiles/us_counties/2/1/1.mvt', 'GET', {});
    Object.assign(ctx.cache, { getHere: () => Promise.reject(new Error('as expected')) });
    try {
      assert.deepEqual((await ask(server, path, 'GET')).body, a.body);
    } finally {
      Reflect.deleteProperty(ctx.cache, 'getHere');
    }
  });

  it('fail as their routes do', async () => {
    for (const [path, status] of [
      ['/tiles/no_such_layer/4/3/6.mvt', 404],
      ['/tiles/us_counties/4/16/6.mvt', 400],
      ['/tiles/us_counties/4/9999999999/6.mvt', 400],
      ['/tiles/us_counties/4/3/6.png', 400],
      ['/tiles/us_counties/4/3/6.mvt?nothing=1', 400],
      ['/tiles/us_counties/4/3/6.mvt?columns=a&columns=b', 400],
      ['/tiles/us_counties/4/3/6.mvt?columns=%zz', 400],
      ['/gis/choropleth/no-such-choropleth/tiles/4/3/6.mvt', 404],
      [`${choropleth}/tiles/4/3/6.mvt?classes=99`, 400],
    ] as const)
      await compare(path, status);
    await compare('/tiles/us_counties/4/3/6.mvt', 405, 'POST');
    await compare('/tiles/us_counties/4/3/6.mvt', 204, 'OPTIONS', { 'access-control-request-method': 'GET' });
  });

  it('fail with their database as their routes do, and are observed once', async () => {
    const { memory, cache } = server.ctx;
    const fits = memory.fits.bind(memory);
    const loaded = memory.loaded.bind(memory);
    const failing = {
      fits: () => Promise.reject(new AppError('database_unavailable')),
      loaded: () => undefined,
    };
    Object.assign(memory, failing);
    cache.clear();
    try {
      const before = await counted();
      await compare('/tiles/us_counties/5/7/12.mvt', 503);
      const after = await counted();
      assert.deepEqual([after.failures - before.failures, after.requests - before.requests], [2, 2]);
    } finally {
      Object.assign(memory, { fits, loaded });
    }
    await compare('/tiles/us_counties/5/7/12.mvt', 200);
  });

  const counted = async (): Promise<{ failures: number; requests: number }> => {
    const { text } = await server.api.get('/metrics').expect(200);
    const value = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
    return {
      failures: value(/^chorograph_request_failures_total\{code="database_unavailable"\} (\d+)$/m),
      requests: value(
        /^chorograph_http_requests_total\{route="\/tiles\/:layers\/:z[^"]*",method="GET",status="5xx"\} (\d+)$/m,
      ),
    };
  };

  it('go past it where they are written plainly, and nothing else does', async () => {
    const { ctx } = server;
    const events: Event[] = [];
    const listener = withLane(
      { ...ctx, observe: (event) => events.push(event) },
      pino({ level: 'silent' }),
      commonHeaders(ctx.config),
      express(), // has no routes
      publicRoutes(ctx),
    );
    const own = createServer(listener);
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
      const statuses: [string, number][] = [
        ['/tiles/us_counties/4/3/6.mvt', 200],
        ['/tiles/us_counties,us_states/4/3/6.pbf?columns=name', 200],
        [`${choropleth}/tiles/4/3/6.mvt`, 200],
        [encoded('/tiles/us_counties/4/3/6.mvt'), 404],
        ['/tiles/us_counties.json', 404],
        ['/tiles/us_counties/4/3/6.mvt/', 404],
        ['/x/tiles/us_counties/4/3/6.mvt', 404],
        ['/tiles', 404],
      ];
      for (const [path, status] of statuses)
        assert.equal((await ask({ url }, path, 'GET')).status, status, path);
      assert.equal((await ask({ url }, '/tiles/us_counties/4/3/6.mvt', 'POST')).status, 404);

      // Clients that go away while their tile is made, in turns and by its route.
      await ofMemory('/tiles/us_counties/2/1/1.mvt', 'GET', {});
      ctx.memory.clear();
      await ofMemory('/tiles/us_counties/2/0/0.mvt', 'GET', {});
      events.length = 0;
      const impatient = new AbortController();
      const gone = new Promise((_, reject) => {
        Object.assign(ctx.cache, {
          getHere: (_key: string, signal: () => AbortSignal) => {
            signal().addEventListener('abort', () => reject(new Error('nobody waits')));
            impatient.abort();
            return gone;
          },
        });
      });
      await assert.rejects(fetch(`${url}/tiles/us_counties/2/0/1.mvt`, { signal: impatient.signal }));
      const told = await eventually(() => events.length > 0 && events);
      assert.deepEqual(
        told.map((event) => event.type === 'request.answered' && [event.status, event.route]),
        [[499, '/tiles/:layers/:z/:x/:y.:format']],
      );
      Reflect.deleteProperty(ctx.cache, 'getHere');

      events.length = 0;
      let asked = false;
      let goOn = (_fits: boolean): void => {};
      Object.assign(ctx.memory, {
        loaded: () => undefined,
        fits: () => {
          asked = true;
          return new Promise<boolean>((resolve) => (goOn = resolve));
        },
      });
      ctx.cache.clear();
      const client = new AbortController();
      const answer = fetch(`${url}/tiles/us_counties/6/14/24.mvt`, { signal: client.signal }).catch(
        () => 'gone',
      );
      await eventually(() => asked);
      client.abort();
      assert.equal(await answer, 'gone');
      const answered = await eventually(() => {
        const found = events.filter((event) => event.type === 'request.answered');
        return found.length > 0 && found;
      });
      goOn(true);
      assert.deepEqual(
        answered.map(({ status, route }) => [status, route]),
        [[499, '/tiles/:layers/:z/:x/:y.:format']],
      );
    } finally {
      Reflect.deleteProperty(ctx.cache, 'getHere');
      for (const name of ['fits', 'loaded']) Reflect.deleteProperty(ctx.memory, name);
      own.close();
    }
  });
});
