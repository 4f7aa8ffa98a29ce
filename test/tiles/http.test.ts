import assert from 'node:assert/strict';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { backend, newServer, serve, type TestServer } from '../support/environment.ts';
import { bytesOf, featuresOf, layersOf } from '../support/decode.ts';
import { queriesDuring } from '../support/queries.ts';

const TABLES = `
  create table points (id int primary key, name text, n int, geom geometry(point, 4326));
  insert into points select i, 'point ' || i, i % 5, st_setsrid(st_point(i % 100, i / 100), 4326)
    from generate_series(1, 2000) i;
  create table squares (id int primary key, name text, "select" text, geom geometry(polygon, 4326));
  insert into squares select i, 'square ' || i, 'x', st_makeenvelope(0, 0, i, i, 4326) from generate_series(1, 40) i;
  comment on table squares is 'Squares of growing size';
  create table unseen (id int primary key, geom geometry(point, 4326));
  insert into unseen values (1, 'SRID=4326;POINT(1 1)');
`;

/** One raw request: supertest would decompress what it gets. */
async function raw(server: TestServer, path: string, headers: Record<string, string> = {}) {
  const { get } = await import('node:http');
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      get(`${server.url}${path}`, { headers }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('end', () =>
          resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }),
        );
      }).on('error', reject);
    },
  );
}

describe('tiles over HTTP', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLES });
  });

  it('are vector tiles, under both extensions', async () => {
    const [mvt, pbf] = await Promise.all(
      ['mvt', 'pbf'].map((format) => bytesOf(server.api.get(`/tiles/points/0/0/0.${format}`).expect(200))),
    );
    assert.equal(mvt?.headers['content-type'], 'application/vnd.mapbox-vector-tile');
    assert.deepEqual(mvt?.body, pbf?.body);
    const features = featuresOf(mvt?.body as Buffer, 'points');
    assert.equal(features.length, 2000);
    assert.equal(features[0]?.extent, 4096);
    assert.deepEqual({ ...features.find(({ id }) => id === 7)?.properties }, { name: 'point 7', n: 2 });
  });

  it('are 204 where nothing lies, with an ETag', async () => {
    const { status, body, headers } = await raw(server, '/tiles/points/5/0/0.mvt');
    assert.deepEqual([status, body.length, typeof headers.etag], [204, 0, 'string']);
    const again = await raw(server, '/tiles/points/5/0/0.mvt', { 'if-none-match': String(headers.etag) });
    assert.equal(again.status, 304);
  });

  it('answer HEAD as GET, without a body', async () => {
    const [head, get] = [
      await server.api.head('/tiles/points/0/0/0.mvt').set('Accept-Encoding', 'identity').expect(200),
      await raw(server, '/tiles/points/0/0/0.mvt'),
    ];
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control', 'vary'])
      assert.equal(head.headers[name], get.headers[name], name);
  });

  describe('are compressed as the client accepts', () => {
    const cases: [accept: string | undefined, encoding: string | undefined][] = [
      [undefined, undefined],
      ['gzip', 'gzip'],
      ['gzip, deflate, br', 'br'],
      ['br;q=0.1, gzip;q=0.9', 'gzip'],
      ['*', 'br'],
      ['gzip;q=0, *;q=0.5', 'br'],
      ['identity', undefined],
      ['identity;q=0, gzip', 'gzip'],
      ['deflate', undefined],
    ];
    for (const [accept, encoding] of cases) {
      it(`${accept ?? 'nothing said'} → ${encoding ?? 'as it is'}`, async () => {
        const plain = await raw(server, '/tiles/points/0/0/0.mvt');
        const { headers, body, status } = await raw(
          server,
          '/tiles/points/0/0/0.mvt',
          accept === undefined ? {} : { 'accept-encoding': accept },
        );
        assert.equal(status, 200);
        assert.equal(headers['content-encoding'], encoding);
        assert.match(String(headers.vary), /Accept-Encoding/i);
        assert.equal(Number(headers['content-length']), body.length);
        const decoded =
          encoding === 'br' ? brotliDecompressSync(body) : encoding === 'gzip' ? gunzipSync(body) : body;
        assert.deepEqual(decoded, plain.body);
      });
    }
  });

  it('have one strong ETag for each encoding, and are 304 to who has it', async () => {
    const tags = new Set<string>();
    for (const accept of ['identity', 'gzip', 'br']) {
      const { headers } = await raw(server, '/tiles/points/0/0/0.mvt', { 'accept-encoding': accept });
      const etag = String(headers.etag);
      assert.match(etag, /^"[^"]+"$/);
      tags.add(etag);
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await raw(server, '/tiles/points/0/0/0.mvt', {
          'accept-encoding': accept,
          'if-none-match': known,
        });
        assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, etag], known);
      }
      const other = await raw(server, '/tiles/points/0/0/0.mvt', {
        'accept-encoding': accept,
        'if-none-match': '"other"',
      });
      assert.equal(other.status, 200);
    }
    assert.equal(tags.size, 3);
  });

  it('have other ETags for other columns and filters', async () => {
    const tags = await Promise.all(
      ['', '?columns=name', '?columns=n', '?n=1', '?n=2', '?n=1&n=2'].map(
        async (query) => (await raw(server, `/tiles/points/0/0/0.mvt${query}`)).headers.etag,
      ),
    );
    assert.equal(new Set(tags).size, tags.length);
    const swapped = await raw(server, '/tiles/points/0/0/0.mvt?n=2&n=1&n=1');
    assert.equal(swapped.headers.etag, tags.at(-1));
  });

  it('are immutable only under the generation of their TileJSON', async () => {
    const { body } = await server.api.get('/tiles/points.json').expect(200);
    const template = new URL((body as { tiles: string[] }).tiles[0] ?? '');
    assert.ok(template.searchParams.get('g'));
    const path = decodeURIComponent(template.pathname).replace(/\{\w\}/g, '0') + template.search;
    const cacheControl = async (url: string): Promise<string> =>
      String((await raw(server, url)).headers['cache-control']);
    assert.match(await cacheControl(path), /max-age=31536000, immutable/);
    assert.doesNotMatch(await cacheControl('/tiles/points/0/0/0.mvt?g=old'), /immutable/);
    assert.doesNotMatch(await cacheControl('/tiles/points/0/0/0.mvt'), /immutable/);
  });

  it('carry the columns asked for', async () => {
    const tile = await bytesOf(server.api.get('/tiles/points/0/0/0.mvt?columns=n').expect(200));
    assert.deepEqual(Object.keys(featuresOf(tile.body as Buffer, 'points')[0]?.properties ?? {}), ['n']);
    const { body } = await server.api.get('/tiles/points/0/0/0.mvt?columns=n,nope').expect(400);
    assert.equal(body.code, 'invalid_parameter');
  });

  it('filter by equality, by one of several values, and by several columns', async () => {
    const count = async (query: string): Promise<number> => {
      const { body } = await bytesOf(server.api.get(`/tiles/points/0/0/0.mvt?${query}`));
      return featuresOf(body as Buffer, 'points').length;
    };
    assert.equal(await count('n=1'), 400);
    assert.equal(await count('n=1&n=2'), 800);
    assert.equal(await count('n=1&name=point%201'), 1);
    assert.equal(await count('n=1&name=point%202'), 0);
    assert.equal(await count('id=5&id=6'), 2);
  });

  it('of several layers are one tile, in the order asked for', async () => {
    const tile = await bytesOf(server.api.get('/tiles/squares,points/0/0/0.mvt').expect(200));
    assert.deepEqual(layersOf(tile.body as Buffer), ['squares', 'points']);
    const alone = await Promise.all(
      ['squares', 'points'].map((id) => bytesOf(server.api.get(`/tiles/${id}/0/0/0.mvt`))),
    );
    assert.deepEqual(tile.body, Buffer.concat(alone.map(({ body }) => body as Buffer)));
    const partly = await bytesOf(server.api.get('/tiles/squares,points/0/0/0.mvt?columns=n').expect(200));
    assert.equal(featuresOf(partly.body as Buffer, 'squares').length > 0, true);
    await server.api.get('/tiles/squares,nope/0/0/0.mvt').expect(404);
    await server.api.get('/tiles/squares,points/0/0/0.mvt?columns=nope').expect(400);
  });

  it('refuse addresses that are none, and unknown layers, without a query', async () => {
    const refused: [path: string, status: number, code: string][] = [
      ['/tiles/unseen/25/0/0.mvt', 400, 'tile_out_of_range'],
      ['/tiles/unseen/0/1/0.mvt', 400, 'tile_out_of_range'],
      ['/tiles/unseen/3/0/8.mvt', 400, 'tile_out_of_range'],
      ['/tiles/unseen/24/16777216/0.mvt', 400, 'tile_out_of_range'],
      ['/tiles/unseen/-1/0/0.mvt', 400, 'invalid_parameter'],
      ['/tiles/unseen/0/0/0.5.mvt', 400, 'invalid_parameter'],
      ['/tiles/unseen/a/b/c.mvt', 400, 'invalid_parameter'],
      ['/tiles/unseen/1e1/0/0.mvt', 400, 'invalid_parameter'],
      ['/tiles/unseen/99999999999999999999/0/0.mvt', 400, 'invalid_parameter'],
      ['/tiles/unseen/0/0/0.png', 400, 'invalid_parameter'],
      ['/tiles/unseen/0/0/0.mvt?nope=1', 400, 'unknown_parameter'],
      ['/tiles/unseen/0/0/0.mvt?id=x', 400, 'invalid_parameter'],
      ['/tiles/nope/0/0/0.mvt', 404, 'layer_not_found'],
      ['/tiles/__proto__/0/0/0.mvt', 404, 'layer_not_found'],
    ];
    const queries = await queriesDuring(server, 'unseen', async () => {
      for (const [path, status, code] of refused) {
        const { body } = await server.api.get(path).expect(status);
        assert.equal(body.code, code, path);
      }
    });
    assert.deepEqual(queries, []);
    const made = await queriesDuring(server, 'unseen', () =>
      server.api.get('/tiles/unseen/0/0/0.mvt').expect(200),
    );
    assert.ok(made.length > 0, 'the spy sees queries');
  });

  it('share one computation when 200 ask for a cold one at once', async () => {
    const engines = [await serve1({})];
    if (backend === 'postgres') engines.push(await serve1({ CHOROGRAPH_MEMORY_VERTICES: '0' }));
    for (const cold of engines) {
      // Counters of rows written just now come late; a token that changes meanwhile would ask for another tile.
      await cold.run('begin; commit');
      await cold.ctx.generations.poll();
      const queries = await queriesDuring(cold, 'points', async () => {
        const answers = await Promise.all(
          Array.from({ length: 200 }, () => raw(cold, '/tiles/points/1/1/0.mvt')),
        );
        assert.ok(answers.every(({ status, body }) => status === 200 && body.equals(answers[0]!.body)));
      });
      const [size, ...others] = queries;
      // Of a layer in memory its rows are looked at first, of another beside its tiles; and it is counted again where counters came later still.
      const work = others.filter((text) => !/'not_finite'|^select count\(\*\)/.test(text));
      assert.match(size ?? '', /st_npoints/);
      assert.equal(work.length, 1, work.join('\n'));
    }
  });

  /** Another server over the same tables: on the embedded database, over tables like them. */
  function serve1(environment: Record<string, string>): Promise<TestServer> {
    return backend === 'postgres'
      ? serve({ ...server.environment, ...environment })
      : newServer({ sql: TABLES, environment });
  }

  describe('are cut to their caps', () => {
    const engines = backend === 'postgres' ? ['2000000', '0'] : ['2000000'];
    for (const vertices of engines) {
      const name = vertices === '0' ? 'by PostGIS' : 'in memory';
      let capped: TestServer;
      before(async () => {
        capped = await serve1({
          CHOROGRAPH_MEMORY_VERTICES: vertices,
          CHOROGRAPH_TILE_MAX_FEATURES: '30',
          CHOROGRAPH_TILE_MAX_KB: '1',
          CHOROGRAPH_TILE_BUFFER: '8',
        });
      });

      it(`of features, ${name}: the largest stay, and a header says so`, async () => {
        const { headers, body } = await bytesOf(
          capped.api.get('/tiles/squares/2/2/1.mvt?columns=select').expect(200),
        );
        const ids = featuresOf(body as Buffer, 'squares').map(({ id }) => id ?? 0);
        assert.equal(headers['x-tile-truncated'], 'true');
        assert.deepEqual(
          ids.sort((a, b) => a - b),
          Array.from({ length: 30 }, (_, i) => i + 11),
        );
      });

      it(`of bytes, ${name}`, async () => {
        const { headers, body } = await bytesOf(capped.api.get('/tiles/squares/2/2/1.mvt').expect(200));
        const features = featuresOf(body as Buffer, 'squares');
        assert.equal(headers['x-tile-truncated'], 'true');
        assert.ok((body as Buffer).length <= 1000, `${(body as Buffer).length} bytes`);
        assert.ok(features.length > 5 && features.length < 30, `${features.length} features`);
        assert.ok(features.every(({ id }) => (id ?? 0) > 40 - features.length));
      });

      it(`not when they fit, ${name}`, async () => {
        const { headers } = await bytesOf(capped.api.get('/tiles/squares/2/2/1.mvt?id=3').expect(200));
        assert.equal(headers['x-tile-truncated'], undefined);
      });

      it(`and keep the configured buffer, ${name}`, async () => {
        const { body } = await bytesOf(capped.api.get('/tiles/squares/4/8/7.mvt?id=40').expect(200));
        const [ring] = featuresOf(body as Buffer, 'squares')[0]?.loadGeometry() ?? [];
        const xs = ring?.map(({ x }) => x) ?? [];
        assert.deepEqual([Math.min(...xs), Math.max(...xs)], [0, 4104]);
      });
    }
  });
});
