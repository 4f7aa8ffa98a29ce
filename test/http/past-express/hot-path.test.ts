import assert from 'node:assert/strict';
import { get, type IncomingHttpHeaders } from 'node:http';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { demoServer, newServer, once, type TestServer } from '../../support/environment.ts';
import { ask, type Raw } from '../../support/raw.ts';
import { tilesVersion } from '../../../server/tiles/version.ts';
import { eventually } from '../../support/eventually.ts';

/**
 * The answers of the route and of the hot path to one request. While the latter is asked, routes fail; asked
 * again where the server heard of other data meanwhile, as it may of tables that were made just before.
 */
async function both(...request: Parameters<typeof bothOnce>): Promise<{ routed: Raw; hot: Raw }> {
  const [{ ctx }] = request;
  for (;;) {
    const epoch = ctx.epoch();
    const answers = await bothOnce(...request);
    if (ctx.epoch() === epoch) return answers;
  }
}

async function bothOnce(
  server: TestServer,
  path: string,
  method = 'GET',
  headers: IncomingHttpHeaders = {},
): Promise<{ routed: Raw; hot: Raw }> {
  const { hotTiles: tiles, catalog, choropleths } = server.ctx;
  tiles.clear();
  const { 'accept-encoding': accepted = 'identity' } = headers;
  // To have it compressed, and better than the first time, as it is asked for again.
  const isQuick = async (): Promise<boolean> =>
    etagOf(await ask(server, path, 'GET', { 'accept-encoding': accepted })).endsWith('-br1"');
  await eventually(async () => !(await isQuick()), 'a copy that stays');
  tiles.clear();
  const routed = await ask(server, path, method, headers);
  const broken = (): never => assert.fail('it was routed');
  Object.assign(catalog, { layer: broken });
  Object.assign(choropleths, { get: broken });
  try {
    return { routed, hot: await ask(server, path, method, headers) };
  } finally {
    Reflect.deleteProperty(catalog, 'layer');
    Reflect.deleteProperty(choropleths, 'get');
  }
}

const etagOf = ({ headers }: Raw): string =>
  headers.find((header) => header.startsWith('ETag: '))?.slice(6) ?? '';

once('the hot path', () => {
  let server: TestServer;
  let paths: Record<string, string>;

  before(async () => {
    server = await demoServer();
    const tilejson = async (path: string): Promise<string> => {
      const { body } = await server.api.get(path).expect(200);
      const [template = ''] = (body as { tiles: string[] }).tiles;
      return new URL(template.replace('{z}/{x}/{y}', '4/3/6')).href.replace(server.url, '');
    };
    const [choropleth] = server.ctx.choropleths.all();
    paths = {
      tile: '/tiles/us_counties/4/3/6.mvt',
      'tile with its generation': await tilejson('/tiles/us_counties.json'),
      'tile with columns': '/tiles/us_counties/4/3/6.pbf?columns=name',
      'filtered tile': '/tiles/us_counties/4/3/6.mvt?state_code=48',
      'tile of two layers': '/tiles/us_counties,us_states/4/3/6.mvt',
      'empty tile': '/tiles/us_counties/4/15/15.mvt',
      'choropleth tile': `/gis/choropleth/${choropleth?.id}/tiles/4/3/6.mvt`,
      'choropleth tile with its version': await tilejson(`/gis/choropleth/${choropleth?.id}/tiles.json`),
    };
  });

  const requests: [title: string, method: string, headers: IncomingHttpHeaders][] = [
    ['GET', 'GET', {}],
    ['GET with gzip', 'GET', { 'accept-encoding': 'gzip' }],
    ['GET with brotli', 'GET', { 'accept-encoding': 'gzip, deflate, br' }],
    ['GET from another origin', 'GET', { origin: 'https://maps.example.org' }],
    ['HEAD', 'HEAD', {}],
    ['HEAD with brotli', 'HEAD', { 'accept-encoding': 'br' }],
    ['GET over a connection to be closed', 'GET', { connection: 'close' }],
  ];
  for (const name of [
    'tile',
    'tile with its generation',
    'tile with columns',
    'filtered tile',
    'tile of two layers',
    'empty tile',
    'choropleth tile',
    'choropleth tile with its version',
  ]) {
    it(`answers a ${name} as its route does`, async () => {
      const path = paths[name] ?? '';
      for (const [title, method, headers] of requests) {
        const { routed, hot } = await both(server, path, method, headers);
        assert.equal(routed.status, name === 'empty tile' ? 204 : 200, title);
        assert.deepEqual(hot, routed, title);
        const conditional = { ...headers, 'if-none-match': etagOf(routed) };
        const known = await both(server, path, method, conditional);
        assert.equal(known.routed.status, 304, title);
        assert.deepEqual(known.hot, known.routed, title);
      }
    });
  }

  it('answers as its route does where origins are listed', async () => {
    const listed = await newServer({
      sql: `create table place (id int primary key, geom geometry(Point, 4326));
        insert into place values (1, st_point(10, 10))`,
      environment: { CHOROGRAPH_CORS_ORIGINS: 'https://a.example,https://b.example' },
    });
    const allowed: Record<string, string | undefined> = {
      'https://a.example': 'https://a.example',
      'https://b.example': 'https://b.example',
      'https://c.example': undefined,
      '': undefined,
    };
    for (const [origin, expected] of Object.entries(allowed)) {
      const { routed, hot } = await both(listed, '/tiles/place/0/0/0.mvt', 'GET', origin ? { origin } : {});
      assert.deepEqual(hot, routed, origin);
      const granted = hot.headers.find((header) => header.startsWith('Access-Control-Allow-Origin: '));
      assert.equal(granted?.split(': ')[1], expected);
      assert.ok(hot.headers.includes('Vary: Origin, Accept-Encoding'));
    }
  });

  it('takes a request id from outside, and gives each request another', async () => {
    const path = paths.tile ?? '';
    const id = async (headers: IncomingHttpHeaders) =>
      new Promise<string>((resolve, reject) => {
        get(server.url + path, { headers }, (res) => {
          res.resume().on('end', () => resolve(String(res.headers['x-request-id'])));
        }).on('error', reject);
      });
    await id({});
    assert.equal(await id({ 'x-request-id': 'mine-1' }), 'mine-1');
    const own = await Promise.all(Array.from({ length: 50 }, () => id({ 'x-request-id': 'not allowed!' })));
    assert.equal(new Set(own).size, 50);
    for (const each of own)
      assert.match(each, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('counts what it answers as its route does', async () => {
    const path = paths.tile ?? '';
    const counted = async (): Promise<number[]> => {
      const { text } = await server.api.get('/metrics').expect(200);
      const value = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
      return [
        value(/^chorograph_tiles_total\{layer="us_counties",cache="hit"\} (\d+)$/m),
        value(/^chorograph_cache_requests_total\{outcome="hit"\} (\d+)$/m),
        value(
          /^chorograph_http_requests_total\{route="\/tiles\/:layers\/:z[^"]*",method="GET",status="2xx"\} (\d+)$/m,
        ),
        value(/^chorograph_http_request_duration_seconds_count\{route="\/tiles\/:layers\/:z[^"]*"\} (\d+)$/m),
      ];
    };
    await ask(server, path, 'GET', {});
    const before = await counted();
    await both(server, path); // two by route, one hot; all of them from the cache
    const after = await counted();
    assert.deepEqual(
      after.map((value, i) => value - (before[i] ?? 0)),
      [3, 3, 3, 3],
    );
  });

  it('remembers no URL that anybody could invent', async () => {
    const { hotTiles: hot } = server.ctx;
    for (const query of ['?g=1', '?g=invented', `?g=${'x'.repeat(40)}`]) {
      await ask(server, `/tiles/us_counties/4/3/6.mvt${query}`, 'GET', {});
      assert.equal(hot.get(`/tiles/us_counties/4/3/6.mvt${query}`), undefined);
    }
    const long = `/tiles/us_counties/4/3/6.mvt?${Array.from({ length: 30 }, (_, i) => `state_code=${i + 10}`).join('&')}`;
    await ask(server, long, 'GET', {});
    assert.equal(hot.get(long), undefined);
  });
});

describe('a change of the data', () => {
  it('is never followed by an answer from before it', async () => {
    const server = await newServer({
      sql: `create table place (id int primary key, n int, geom geometry(Point, 4326));
        insert into place values (1, 0, st_point(10, 10))`,
    });
    await server.run(`select chorograph.track('place')`);
    const generation = (): string => server.ctx.generations.of('public.place');
    const until = (old: string): Promise<true> =>
      eventually(() => generation() !== old, 'the change is heard of');
    await until('0');
    const read = async (): Promise<number> => {
      const { status, body } = await ask(server, '/tiles/place/0/0/0.mvt', 'GET', {});
      assert.equal(status, 200);
      return Number(new VectorTile(new PbfReader(body)).layers.place?.feature(0).properties.n);
    };
    for (let n = 1; n <= 5; n++) {
      // Readers all the while: a tile that is being made when the data changes must not stay.
      const reading = Promise.all(Array.from({ length: 10 }, read));
      const before = generation();
      await server.run('update place set n = $1', [n]);
      await until(before);
      for (let again = 0; again < 3; again++) assert.equal(await read(), n);
      await reading;
      assert.equal(await read(), n);
    }
  });
});

describe('a new build of a pyramid', () => {
  it('is seen through the hot path, although no generation of the layer changes with it', async () => {
    const server = await newServer({
      sql: `create table spot (id int primary key, geom geometry(Point, 4326));
        insert into spot select i, st_setsrid(st_point(10 + i / 1000.0, 10), 4326) from generate_series(1, 50) i`,
      maps: 'layers: { spot: { table: spot, pyramid: { below: 6 } } }',
    });
    const { pyramids, catalog, hotTiles } = server.ctx;
    const path = '/tiles/spot/0/0/0.mvt';
    await pyramids.settled();
    const layer = catalog.layer('spot');
    const first = await ask(server, path, 'GET', {});
    assert.ok(hotTiles.get(path), 'it is hot');
    const version = (): string | undefined => tilesVersion(server.ctx, [layer]);
    const before = version();
    await pyramids.build('spot', { force: true });
    assert.notEqual(version(), before);
    const { epoch } = hotTiles.get(path) ?? {};
    const second = await ask(server, path, 'GET', {});
    assert.notEqual(hotTiles.get(path)?.epoch, epoch, 'it was routed again');
    assert.equal(etagOf(second), etagOf(first), 'the same bytes');
  });
});

describe('documents with absolute URLs', () => {
  it('name the host that was asked, and are kept once for all hosts', async () => {
    const server = await demoServer();
    const [choropleth] = server.ctx.choropleths.all();
    const path = `/gis/choropleth/${choropleth?.id}/style.json`;
    const text = async (host: string): Promise<string> =>
      (await ask(server, path, 'GET', { host })).body.toString();
    const first = await text('one.example');
    assert.match(first, /"http:\/\/one\.example\/gis\/choropleth\//);
    const { entries } = server.ctx.cache.stats();
    for (let i = 0; i < 20; i++)
      assert.match(await text(`h${i}.example:8080`), new RegExp(`"http://h${i}.example:8080/gis/`));
    assert.equal(server.ctx.cache.stats().entries, entries);
    assert.equal((await text('two.example')).replaceAll('two.example', 'one.example'), first);
  });

  it('do not let a Host header write into them', async () => {
    const server = await demoServer();
    for (const host of ['a"b', 'a/../b', 'x<y', '[::1', 'host:port']) {
      const { body } = await ask(server, '/tiles/us_counties.json', 'GET', { host });
      const { tiles } = JSON.parse(body.toString()) as { tiles: string[] };
      assert.match(tiles[0] ?? '', /^http:\/\/localhost:\d+\/tiles\//, host);
    }
  });
});
