import assert from 'node:assert/strict';
import type { VectorTileFeature } from '@mapbox/vector-tile';
import type { TableLayer } from '../../server/catalog/types.ts';
import { tileAt } from '../../server/engine/grid.ts';
import type { TileCoord } from '../../server/engine/types.ts';
import { newServer, onPostgres, serve, type TestServer } from '../support/environment.ts';
import { compareTiles } from '../support/compare-tiles.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { ODD_TABLES } from '../catalog/odd.ts';

const BUFFER = 64;
/** Rings below this area (square units) may be there or not: rounding decides. */
const SPECK = 5;

async function tileOf(server: TestServer, id: string, { z, x, y }: TileCoord, query = ''): Promise<Buffer> {
  const path = `/tiles/${encodeURIComponent(id)}/${z}/${x}/${y}.mvt${query}`;
  const response = await bytesOf(server.api.get(path));
  assert.ok([200, 204].includes(response.status), `${path}: ${response.status} ${String(response.body)}`);
  return response.body as Buffer;
}

/** Everything of a feature but its geometry, to compare features that have no id. */
function about(feature: VectorTileFeature): string {
  return JSON.stringify([feature.id, feature.type, Object.entries(feature.properties).sort()]);
}

function sameFeatures(memory: Buffer, postgis: Buffer, id: string, where: string): void {
  const [first, second] = [memory, postgis].map((tile) => featuresOf(tile, id).map(about).sort());
  assert.deepEqual(first, second, where);
}

function sameOutlines(memory: Buffer, postgis: Buffer, where: string): void {
  for (const difference of compareTiles(memory, postgis, { ignoreArea: SPECK, buffer: BUFFER })) {
    const { layer, moved, ...others } = difference;
    assert.deepEqual(
      others,
      { onlyInFirst: [], onlyInSecond: [], otherType: [], otherProperties: [] },
      `${layer} ${where}`,
    );
    const far = moved.filter(({ distance }) => distance > Math.SQRT2);
    assert.deepEqual(far, [], `${layer} ${where}`);
  }
}

onPostgres('the memory and the postgis engine', () => {
  describe('over the demo data', () => {
    let memory: TestServer;
    let postgis: TestServer;
    before(async () => {
      memory = await newServer({ demo: true });
      postgis = await serve({ ...memory.environment, CHOROGRAPH_MEMORY_VERTICES: '0' }, { demo: true });
    });

    it('are what two servers use', async () => {
      const fits = ({ ctx }: TestServer): Promise<boolean> =>
        ctx.memory.fits(ctx.catalog.tableLayer('us_counties'), 'x');
      assert.deepEqual([await fits(memory), await fits(postgis)], [true, false]);
    });

    const places = [
      [-98, 39],
      [-74, 40.7],
      [-155, 20],
      [179.9, 52],
      [-122.4, 37.8],
    ] as const;
    for (const id of ['us_states', 'us_counties', 'us-airports']) {
      it(`draw ${id} alike`, async () => {
        for (const z of [0, 2, 3, 4, 5, 6, 8, 11]) {
          for (const [longitude, latitude] of places) {
            const coord = tileAt(longitude, latitude, z);
            const tiles = await Promise.all([tileOf(memory, id, coord), tileOf(postgis, id, coord)]);
            if (z === 3) assert.ok(tiles[0].length > 0 || longitude > 0, 'there is something to compare');
            sameOutlines(tiles[0], tiles[1], `${z}/${coord.x}/${coord.y}`);
          }
        }
      });
    }

    it('answer filters and columns alike', async () => {
      const queries = [
        '?state_code=48',
        '?state_code=48&state_code=06&columns=name',
        '?columns=code',
        '?name=none',
      ];
      for (const query of queries) {
        const coord = tileAt(-98, 32, 4);
        const tiles = await Promise.all([
          tileOf(memory, 'us_counties', coord, query),
          tileOf(postgis, 'us_counties', coord, query),
        ]);
        sameFeatures(tiles[0], tiles[1], 'us_counties', query);
        assert.equal(featuresOf(tiles[0], 'us_counties').length > 0, !query.includes('none'));
      }
    });
  });

  describe('over odd tables', () => {
    let memory: TestServer;
    let postgis: TestServer;
    let layers: TableLayer[];
    before(async () => {
      memory = await newServer({ sql: ODD_TABLES });
      postgis = await serve({ ...memory.environment, CHOROGRAPH_MEMORY_VERTICES: '0' });
      layers = memory.ctx.catalog
        .all()
        .filter((layer) => layer.type === 'table')
        .filter(({ id, problem }) => !problem && !/^a_view_that_fails$/.test(id));
    });

    const places = [
      [0, 0],
      [10, 10],
      [106.8, -6.2],
      [179.9, 0],
      [-179.9, 5],
      [-0.1, 51.5],
      [-55, 55],
      [-10, 50],
      [179, 60],
    ] as const;
    for (const z of [0, 1, 4, 5, 7, 10]) {
      it(`draw them alike at zoom ${z}`, async () => {
        for (const { id, key } of layers) {
          for (const [longitude, latitude] of places) {
            const coord = tileAt(longitude, latitude, z);
            const where = `${id} ${z}/${coord.x}/${coord.y}`;
            const tiles = await Promise.all([tileOf(memory, id, coord), tileOf(postgis, id, coord)]);
            sameFeatures(tiles[0], tiles[1], id, where);
            if (key?.integer && !/^key_/.test(id)) sameOutlines(tiles[0], tiles[1], where);
          }
        }
      });
    }

    it('have nothing where a projection describes nothing', async () => {
      for (const id of ['british', 'utm', 'srid_in_data']) {
        for (const coord of [
          { z: 5, x: 0, y: 0 },
          { z: 5, x: 0, y: 16 },
          { z: 5, x: 31, y: 31 },
          { z: 8, x: 200, y: 250 },
          { z: 24, x: 0, y: 0 },
        ]) {
          const tiles = await Promise.all([tileOf(memory, id, coord), tileOf(postgis, id, coord)]);
          assert.deepEqual([tiles[0].length, tiles[1].length], [0, 0], id);
        }
      }
    });

    it('give the values that the table has', async () => {
      for (const server of [memory, postgis]) {
        const [first, second, third] = featuresOf(
          await tileOf(server, 'typed', { z: 0, x: 0, y: 0 }),
          'typed',
        );
        assert.deepEqual(
          { ...first?.properties },
          {
            i2: 7,
            i8: '9007199254740993',
            n: 1.5,
            f4: 0.1,
            f8: 0.1,
            b: true,
            t: 'ä "q" \\ 日本 𠮷',
            c: 'ab',
            j: '{"a": 12345678901234567890, "__proto__": 1}',
            jb: '{"a": [1]}',
            ints: '[1, null, 3]',
            mood: 'happy',
            d: '2024-02-29',
            ts: '2024-02-29T12:34:56.789',
            tz: '2024-02-29T05:34:56.789Z',
            raw: '\\xdeadbeef',
            dom: 11,
            u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
            iv: '1 day 02:00:00',
          },
        );
        assert.deepEqual(
          { ...second?.properties },
          {
            i2: -7,
            i8: '-9007199254740993',
            b: false,
            t: '',
            c: '',
            j: 'null',
            jb: 'null',
            ints: '[]',
            mood: 'sad',
            d: 'infinity',
            ts: '-infinity',
            tz: 'infinity',
            raw: '\\x',
            dom: 12,
          },
        );
        assert.deepEqual({ ...third?.properties }, { i8: 42, f8: 1e300 });
      }
    });

    it('make ids of integer keys, and properties of keys that cannot be ids', async () => {
      for (const server of [memory, postgis]) {
        const read = async (id: string): Promise<string[]> =>
          featuresOf(await tileOf(server, id, { z: 0, x: 0, y: 0 }), id)
            .map(({ id: number, properties }) => JSON.stringify([number, properties]))
            .sort();
        assert.deepEqual(await read('key_bigint'), [
          '[7,{}]',
          '[null,{"id":"9007199254740993"}]',
          '[null,{"id":-5}]',
        ]);
        assert.deepEqual(await read('key_uuid'), ['[null,{"id":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}]']);
        assert.deepEqual(await read('key_nulls'), ['[1,{}]', '[2,{}]', '[4,{}]', '[5,{}]', '[null,{}]']);
      }
    });
  });
});
