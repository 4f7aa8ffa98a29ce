import assert from 'node:assert/strict';
import { encodeLayer } from '../../server/engine/encoding/mvt.ts';
import { GeometryType } from '../../server/engine/types.ts';
import { bytesOf, layersOf } from '../support/decode.ts';
import { newServer, type TestServer } from '../support/environment.ts';

/** Bytes that one layer of a tile may have here; a function's, and all layers together, four times as many. */
const CAP = 1_000;
const LAYERS = ['t1', 't2', 't3', 't4', 't5', 't6', 't7'];

/** A vector tile of exactly so many bytes. */
function tileOf(bytes: number): string {
  const made = (filling: number): Uint8Array =>
    encodeLayer({
      name: 'made',
      features: [
        {
          type: GeometryType.point,
          commands: Uint8Array.of(9, 128, 32, 128, 32),
          properties: { a: 'x'.repeat(filling) },
        },
      ],
    }).bytes;
  const around = made(bytes - 100).length - (bytes - 100);
  const tile = Buffer.from(made(bytes - around));
  assert.equal(tile.length, bytes);
  return `decode('${tile.toString('hex')}', 'hex')`;
}

describe('the bytes of a tile', () => {
  let server: TestServer;
  before(async () => {
    const makes = (name: string, bytes: number): string =>
      `create function ${name}(z int, x int, y int) returns bytea immutable language sql as $$ select ${tileOf(bytes)} $$;`;
    server = await newServer({
      sql: `${makes('fits', 4 * CAP)} ${makes('too_large', 4 * CAP + 1)}
        ${LAYERS.map(
          (name) => `create table ${name} (id int primary key, t text, geom geometry(point, 4326));
            insert into ${name} values (1, repeat('x', 850), 'SRID=4326;POINT(10 50)');`,
        ).join('')}`,
      environment: { CHOROGRAPH_TILE_MAX_KB: '1' },
    });
  });
  const get = (path: string) => bytesOf(server.api.get(`/tiles/${path}/0/0/0.mvt`));

  it('of a function are at most four times those of a layer', async () => {
    const { status, body } = await get('fits');
    assert.deepEqual([status, (body as Buffer).length], [200, 4 * CAP]);
    const refused = await get('too_large');
    assert.equal(refused.status, 502);
    const problem = JSON.parse(String(refused.body)) as { code: string; reason: string; detail: string };
    assert.equal(problem.reason, 'unsupported_result');
  });

  it('of many layers together are bounded: what no longer fits is left out, and a header says so', async () => {
    const { status, body, headers } = await get(LAYERS.join());
    assert.equal(status, 200);
    assert.deepEqual(layersOf(body as Buffer), LAYERS.slice(0, 5));
    assert.equal(headers['x-tile-truncated'], 'true');
    assert.ok((body as Buffer).length <= 5 * CAP);
    const few = await get(LAYERS.slice(0, 4).join());
    assert.equal(few.headers['x-tile-truncated'], undefined);
    assert.deepEqual(layersOf(few.body as Buffer), LAYERS.slice(0, 4));
  });

  it('of a function leave no room for the layers behind it', async () => {
    const { body, headers } = await get('fits,t1');
    assert.deepEqual(layersOf(body as Buffer), ['made']);
    assert.equal(headers['x-tile-truncated'], 'true');
  });
});
