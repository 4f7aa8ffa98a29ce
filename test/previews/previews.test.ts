import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { createKey } from '../../server/security/keys.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { newServer, once, serve, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';

const KEY = 'a-key-of-sixteen-and-more';
const GEOJSON = 'application/geo+json';

/** A row of squares a degree wide from 100° east, with a number each. */
function squares(count: number, more: object = {}): string {
  const features = Array.from({ length: count }, (_, i) => {
    const [west, south] = [100 + (i % 20), -8 + Math.floor(i / 20)];
    const ring = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
    ].map(([x, y]) => [west + x!, south + y!]);
    return {
      type: 'Feature',
      geometry: { type: 'Polygon', coordinates: [ring] },
      properties: { n: i, name: `Region ${i}`, ...more },
    };
  });
  return JSON.stringify({ type: 'FeatureCollection', features });
}

interface Made {
  id: string;
  tiles: string[];
  features: number;
  stats: Record<string, { type: string; min?: number; max?: number }>;
}

once('previews of GeoJSON', () => {
  let server: TestServer;
  let dataDir: string;
  const post = (body: string | Buffer, type = GEOJSON, key = KEY) =>
    server.api
      .post('/previews')
      .set('X-API-Key', key)
      .set('Content-Type', type)
      .serialize((all) => all as string)
      .send(body);
  const made = async (body: string | Buffer): Promise<Made> => (await post(body).expect(201)).body as Made;
  const files = (): string[] => readdirSync(join(dataDir, 'previews')).sort();

  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'chorograph-previews-'));
    server = await newServer({
      environment: {
        CHOROGRAPH_API_KEY: KEY,
        CHOROGRAPH_PREVIEW_BYTES: '100000',
        CHOROGRAPH_DATA_DIR: dataDir,
      },
    });
  });
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  it('are maps: TileJSON with fields, tiles, classes and a style', async () => {
    const answer = await post(squares(20)).expect(201);
    const { id, tiles, stats, features } = answer.body as Made;
    assert.equal(answer.headers.location, `/previews/${id}`);
    assert.deepEqual([features, stats.n?.min, stats.n?.max, stats.name?.type], [20, 0, 19, 'String']);
    const again = await server.api.get(`/previews/${id}`).expect(200);
    assert.deepEqual({ id, ...(again.body as object) }, answer.body);
    assert.deepEqual((again.body as { bounds: number[] }).bounds, [100, -8, 120, -7]);

    const tile = new URL(tiles[0]!.replace('{z}', '4').replace('{x}', '12').replace('{y}', '8')).pathname;
    const { body: bytes } = await bytesOf(server.api.get(tile)).expect(200);
    const found = featuresOf(bytes as Buffer, 'preview');
    const names = found.map(({ properties }) => properties.name as string).sort();
    // The tile is from 90° to 112.5° east: twelve squares, and the thirteenth to its middle.
    assert.deepEqual(names, Array.from({ length: 13 }, (_, i) => `Region ${i}`).sort());
    const ring = found.find(({ properties }) => properties.n === 4)!.loadGeometry()[0]!;
    const xs = ring.map(({ x }) => x);
    assert.deepEqual([Math.min(...xs), Math.max(...xs)], [2549, 2731]); // (104 − 90) / 22.5 × 4096
    await server.api.get(`/previews/${id}/4/0/0.mvt`).expect(204);
    await server.api.get(`/previews/${id}/4/16/0.mvt`).expect(400);

    const asked = 'column=n&method=equal&classes=4&scheme=Blues';
    const { body: classes } = await server.api.get(`/previews/${id}/classes?${asked}&locale=id`).expect(200);
    const { breaks, classes: list } = classes as {
      breaks: number[];
      classes: { count: number; color: string }[];
    };
    assert.deepEqual(breaks, [4.75, 9.5, 14.25, 19]);
    assert.deepEqual(
      list.map(({ count }) => count),
      [5, 5, 5, 5],
    );
    const { body: style } = await server.api
      .get(`/previews/${id}/style.json?${asked}&theme=dark`)
      .expect(200);
    assert.deepEqual(validateStyleMin(style as never), []);
    const text = JSON.stringify(style);
    for (const { color } of list) assert.ok(text.includes(color), color);
    const { body: plain } = await server.api.get(`/previews/${id}/style.json`).expect(200);
    assert.deepEqual(validateStyleMin(plain as never), []);
    for (const query of [
      'column=name',
      'column=toString',
      'column=n&method=manual',
      'column=n&scheme=None',
      '',
    ])
      await server.api.get(`/previews/${id}/classes?${query}`).expect(400);

    await server.api.delete(`/previews/${id}`).expect(401);
    await server.api.delete(`/previews/${id}`).set('X-API-Key', KEY).expect(204);
    for (const path of ['', '/4/12/8.mvt', '/classes?column=n', '/style.json'])
      assert.equal((await server.api.get(`/previews/${id}${path}`)).status, 404, path);
  });

  it('need a key that may make them, a body of GeoJSON and a size that is taken', async () => {
    await server.api.post('/previews').set('Content-Type', GEOJSON).send(squares(1)).expect(401);
    const [refresh, preview] = await Promise.all(
      (['refresh', 'preview'] as const).map((scope) =>
        createKey(server.ctx.db, { name: scope, scopes: [scope] }),
      ),
    );
    await post(squares(1), GEOJSON, refresh!.key).expect(403);
    await post(squares(1), GEOJSON, preview!.key).expect(201);
    await post(gzipSync(squares(2)))
      .set('Content-Encoding', 'gzip')
      .expect(201);
    await post('a,b', 'text/csv').expect(415);
    await post(squares(1)).set('Content-Encoding', 'br').expect(415);
    await post(squares(1)).set('Content-Encoding', 'gzip').expect(400);
    const { body } = await post('{"type":"FeatureCollection",\n"features":[}').expect(400);
    assert.deepEqual((body as { place: object }).place, { line: 2, column: 13 });
    await server.api.get('/previews/..%2F..%2Fetc').expect(400);
    await server.api.get(`/previews/${'x'.repeat(22)}`).expect(404);
    assert.deepEqual(
      files().filter((name) => name.endsWith('.part')),
      [],
      'nothing is left of what was refused',
    );
  });

  it('of more than 50 MB are refused while they come, whether they say so or not', async () => {
    const piece = Buffer.alloc(1 << 20, ' ');
    const send = (headers: http.OutgoingHttpHeaders): Promise<{ status: number; sent: number }> =>
      new Promise((resolve, reject) => {
        let sent = 0;
        const req = http.request(`${server.url}/previews`, {
          method: 'POST',
          headers: { 'Content-Type': GEOJSON, 'X-API-Key': KEY, ...headers },
        });
        req.on('response', (res) => {
          res.resume();
          resolve({ status: res.statusCode ?? 0, sent });
          req.destroy();
        });
        req.on('error', reject);
        const more = (): void => {
          while (!req.destroyed && sent < 200) {
            sent++;
            if (!req.write(piece)) return void req.once('drain', more);
          }
        };
        more();
      });
    // Who goes on writing to what was closed may miss the answer.
    const answer = (headers: http.OutgoingHttpHeaders) =>
      eventually(() =>
        send(headers).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'EPIPE' || error.code === 'ECONNRESET') return undefined;
          throw error;
        }),
      );
    const chunked = await answer({});
    assert.equal(chunked.status, 413);
    assert.ok(chunked.sent >= 50 && chunked.sent < 200, `${chunked.sent} MB were sent`);
    assert.equal((await answer({ 'Content-Length': 60 << 20 })).status, 413);
  });

  it('take no more room than they may: the oldest go, and one that is too large by itself is refused', async () => {
    const [first, second] = [await made(squares(200)), await made(squares(200))];
    const old = new Date(Date.now() - 60_000);
    for (const ending of ['json', 'geojsonl'])
      utimesSync(join(dataDir, 'previews', `${first.id}.${ending}`), old, old);
    const third = await made(squares(200));
    await server.api.get(`/previews/${first.id}`).expect(404);
    for (const { id } of [second, third]) await server.api.get(`/previews/${id}`).expect(200);
    const { body } = await post(squares(400, { more: 'x'.repeat(200) })).expect(507);
    assert.equal((body as { code: string }).code, 'preview_no_room');
    await server.api.get(`/previews/${third.id}`).expect(200);
    // As it is when their hour is over.
    const hours = new Date(Date.now() - 3_700_000);
    for (const name of files()) utimesSync(join(dataDir, 'previews', name), hours, hours);
    await server.ctx.previews.tidy();
    assert.deepEqual(files(), []);
  });

  it('are found by whichever process of the data directory is asked', async () => {
    const { id } = await made(squares(3));
    const other = await serve({ ...server.environment, PORT: '0' }, {}, undefined, server.opened);
    const { body } = await bytesOf(other.api.get(`/previews/${id}/0/0/0.mvt`)).expect(200);
    assert.equal(featuresOf(body as Buffer, 'preview').length, 3);
  });
});
