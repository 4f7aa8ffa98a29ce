import assert from 'node:assert/strict';
import { tileAt } from '../../../server/engine/grid.ts';
import type { TileCoord } from '../../../server/engine/types.ts';
import { demoServer, newServer, once, type TestServer } from '../../support/environment.ts';
import { decode, isOwn, tileFeatures, total } from './support.ts';

const JAVA = { z: 7, x: 103, y: 66 };
const PATH = `/tiles/santri-points/${JAVA.z}/${JAVA.x}/${JAVA.y}.mvt`;

once('tiles of a layer with a pyramid', () => {
  let server: TestServer;

  before(async function () {
    server = await demoServer();
    await server.ctx.pyramids.settled();
  });

  const count = async (where = 'true'): Promise<number> =>
    (await server.run<{ n: number }>(`select count(*) as n from santri_map where ${where}`))[0]!.n;

  /** A tile with something in it. */
  const somewhere = async (z: number, table = 'santri_map'): Promise<TileCoord> => {
    const [place] = await server.run<{ lon: number; lat: number }>(
      `select st_x(lokasi) as lon, st_y(lokasi) as lat from ${table} order by id limit 1`,
    );
    return tileAt(place!.lon, place!.lat, z);
  };

  it('are cells below the switch zoom', async () => {
    const response = await server.api.get(PATH).responseType('blob').expect(200);
    const cells = decode(response.body as Buffer, 'santri-points');
    assert.ok(cells.length > 20);
    for (const { properties, type, id } of cells) {
      assert.equal(type, 1);
      assert.ok(Number.isSafeInteger(id));
      const { count_sangat_miskin, count_miskin, count_rentan, count_tidak_miskin } = properties;
      const categories = [count_sangat_miskin, count_miskin, count_rentan, count_tidak_miskin].map(Number);
      assert.ok(categories.every((n) => n >= 0));
      assert.ok(categories.reduce((a, b) => a + b) <= Number(properties.count));
      assert.ok(!('nama' in properties));
    }
  });

  it('are the points from the switch zoom on', async () => {
    const [cell] = await tileFeatures(server, 'santri-points', await somewhere(9));
    assert.ok(cell && 'count' in cell.properties);
    const points = await tileFeatures(server, 'santri-points', await somewhere(10));
    assert.ok(points.length > 0);
    assert.ok(points.every(({ properties }) => 'nama' in properties && !('count' in properties)));
  });

  it('switch where each layer says', async () => {
    const [cell] = await tileFeatures(server, 'pesantren-points', await somewhere(7, 'pesantren_map'));
    const [point] = await tileFeatures(server, 'pesantren-points', await somewhere(8, 'pesantren_map'));
    assert.ok(cell && 'sum_jumlah_santri' in cell.properties);
    assert.ok(point && 'nama' in point.properties);
  });

  it('count the whole table at zoom 0', async () => {
    const cells = await tileFeatures(server, 'santri-points', { z: 0, x: 0, y: 0 });
    assert.equal(total(cells.filter(isOwn)), await count());
  });

  it('are the same bytes with a strong ETag, another one than that of the points', async () => {
    const first = await server.api.get(PATH).expect(200);
    const etag = String(first.headers.etag);
    await server.api.get(PATH).set('If-None-Match', etag).expect(304);
    const hexagons = await server.api.get(`${PATH}?grid=hex`).expect(200);
    assert.notEqual(hexagons.headers.etag, etag);
  });

  describe('columns=', () => {
    const keysWith = async (columns: string[]): Promise<string[]> => {
      const cells = await tileFeatures(server, 'santri-points', JAVA, {}, columns);
      return [...new Set(cells.flatMap(({ properties }) => Object.keys(properties)))].sort();
    };
    it('chooses what cells say of these columns', async () => {
      assert.deepEqual(await keysWith(['skor_terakhir']), [
        'count',
        'mean_skor_terakhir',
        'n_skor_terakhir',
        'sum_skor_terakhir',
      ]);
    });
    it('leaves the count where cells say nothing of a column', async () => {
      assert.deepEqual(await keysWith(['nama']), ['count']);
    });
    it('is refused for a column that the points do not have', async () => {
      await server.api.get(`${PATH}?columns=count`).expect(400);
    });
  });

  describe('filters', () => {
    it('on the category are answered from its counts', async () => {
      const query = { kategori_kemiskinan: 'Sangat Miskin' };
      const cells = await tileFeatures(server, 'santri-points', { z: 0, x: 0, y: 0 }, query);
      assert.equal(total(cells.filter(isOwn)), await count(`kategori_kemiskinan = 'Sangat Miskin'`));
      for (const { properties } of cells) {
        assert.deepEqual(Object.keys(properties).sort(), ['count', 'count_sangat_miskin']);
        assert.equal(properties.count, properties.count_sangat_miskin);
        assert.notEqual(properties.count, 0);
      }
    });

    it('on several categories add up', async () => {
      const query = { kategori_kemiskinan: ['Miskin', 'Rentan'] };
      const cells = await tileFeatures(server, 'santri-points', { z: 0, x: 0, y: 0 }, query);
      assert.equal(total(cells.filter(isOwn)), await count(`kategori_kemiskinan in ('Miskin', 'Rentan')`));
    });

    it('on a category that there is not leave nothing', async () => {
      await server.api.get(`${PATH}?kategori_kemiskinan=Kaya`).expect(204);
    });

    it('on another column are answered with the points where they fit in a tile', async () => {
      const all = await tileFeatures(server, 'santri-points', JAVA, { cluster: 'false' });
      const kabupaten = all[0]!.properties.kabupaten as string;
      const points = await tileFeatures(server, 'santri-points', JAVA, { kabupaten });
      assert.ok(points.length > 0 && points.length < all.length);
      assert.ok(points.every(({ properties }) => properties.kabupaten === kabupaten && properties.nama));
    });

    it('on another column cannot be drawn as areas', async () => {
      const { body } = await server.api.get(`${PATH}?grid=hex&provinsi=Jawa%20Barat`).expect(400);
      assert.match((body as { detail: string }).detail, /below zoom 10.*not by provinsi/);
    });
  });

  describe('cluster=false', () => {
    it('asks for the points themselves', async () => {
      const points = await tileFeatures(server, 'santri-points', JAVA, { cluster: 'false' });
      const cells = (await tileFeatures(server, 'santri-points', JAVA)).filter(isOwn);
      // A point within a unit of the edge may be drawn on either side of it.
      const within = (from: number, to: number): number =>
        points.filter((point) => {
          const { x, y } = point.loadGeometry()[0]![0]!;
          return Math.min(x, y) >= from && Math.max(x, y) <= to;
        }).length;
      assert.ok(within(1, 4095) <= total(cells) && total(cells) <= within(0, 4096));
      assert.ok(total(cells) > 1000);
      assert.ok(points.every(({ properties }) => 'nama' in properties));
    });
    it('changes nothing where points are served anyway', async () => {
      const coord = await somewhere(10);
      const asked = await tileFeatures(server, 'santri-points', coord, { cluster: 'false' });
      assert.equal(asked.length, (await tileFeatures(server, 'santri-points', coord)).length);
      assert.ok(asked.length > 0);
    });
    for (const query of ['cluster=maybe', 'cluster=false&grid=hex', 'grid=triangle', 'grid=hex&grid=hex']) {
      it(`refuses ${query}`, async () => {
        const { body } = await server.api.get(`${PATH}?${query}`).expect(400);
        assert.equal((body as { code: string }).code, 'invalid_parameter');
      });
    }
  });

  describe('grid=', () => {
    it('square draws each cell as its square', async () => {
      const cells = (await tileFeatures(server, 'santri-points', JAVA)).filter(isOwn);
      const squares = await tileFeatures(server, 'santri-points', JAVA, { grid: 'square' });
      assert.deepEqual(
        squares.map(({ id, properties }) => [id, properties]),
        cells.map(({ id, properties }) => [id, properties]),
      );
      for (const [i, square] of squares.entries()) {
        assert.equal(square.type, 3);
        const xs = square.loadGeometry()[0]!.map(({ x }) => x);
        const { x } = cells[i]!.loadGeometry()[0]![0]!;
        assert.ok(Math.min(...xs) <= x && x < Math.max(...xs));
      }
    });

    for (const z of [0, 5, 9]) {
      it(`hex counts every point of zoom ${z} once`, async () => {
        const [box] = await server.run<Record<'w' | 's' | 'e' | 'n', number>>(
          'select st_xmin(b) as w, st_ymin(b) as s, st_xmax(b) as e, st_ymax(b) as n from (select st_extent(lokasi) as b from santri_map) x',
        );
        // All tiles of zoom 9 would be thousands: those around Jakarta must agree with their cells.
        const hexagons = new Map<number, number>();
        const from = z === 9 ? { x: 405, y: 264 } : tileAt(box!.w, box!.n, z);
        const to = z === 9 ? { x: 408, y: 266 } : tileAt(box!.e, box!.s, z);
        let own = 0;
        for (let x = from.x; x <= to.x; x++) {
          for (let y = from.y; y <= to.y; y++) {
            for (const { id, properties } of await tileFeatures(
              server,
              'santri-points',
              { z, x, y },
              { grid: 'hex' },
            )) {
              const known = hexagons.get(id!);
              assert.ok(known === undefined || known === properties.count, 'the same in every tile');
              hexagons.set(id!, Number(properties.count));
            }
            own += total((await tileFeatures(server, 'santri-points', { z, x, y })).filter(isOwn));
          }
        }
        const counted = [...hexagons.values()].reduce((a, b) => a + b, 0);
        if (z < 9) assert.deepEqual([counted, own], [await count(), await count()]);
        // Hexagons at the edge of the block have points outside of it.
        else assert.ok(counted >= own && own > 0);
      });
    }

    it('is refused where the points are served', async () => {
      const { body } = await server.api.get('/tiles/santri-points/10/830/530.mvt?grid=hex').expect(400);
      assert.match((body as { detail: string }).detail, /grid must be left out from zoom 10 on/);
    });

    it('is an unknown column for a layer without a pyramid', async () => {
      await server.api.get('/tiles/us-airports/3/1/3.mvt?grid=hex').expect(400);
    });
  });

  it('TileJSON says which fields there are at which zoom', async () => {
    const { body } = await server.api.get('/tiles/santri-points.json').expect(200);
    const [layer] = (body as { vector_layers: Record<'fields' | 'descriptions', Record<string, string>>[] })
      .vector_layers;
    assert.deepEqual(
      [layer?.fields.count, layer?.fields.mean_skor_terakhir, layer?.fields.nama],
      ['Number', 'Number', 'String'],
    );
    assert.deepEqual(Object.keys(layer?.fields ?? {}), Object.keys(layer?.descriptions ?? {}));
    assert.match(layer?.descriptions.count ?? '', /^zoom 0–9: points in the cell/);
    assert.match(layer?.descriptions.mean_skor_terakhir ?? '', /^zoom 0–9: mean of skor_terakhir/);
    assert.match(
      layer?.descriptions.count_sangat_miskin ?? '',
      /^zoom 0–9: .*kategori_kemiskinan = Sangat Miskin/,
    );
    assert.match(layer?.descriptions.nama ?? '', /^from zoom 10: /);
  });

  it('tiles named by the TileJSON are immutable', async () => {
    const { body } = await server.api.get('/tiles/santri-points.json').expect(200);
    const url = new URL((body as { tiles: string[] }).tiles[0]!.replace('{z}/{x}/{y}', '7/103/66'));
    const { headers } = await server.api.get(url.pathname + url.search).expect(200);
    assert.match(String(headers['cache-control']), /immutable/);
  });

  it('stand beside other layers in one tile', async () => {
    const { body } = await server.api
      .get(`/tiles/santri-points,provinsi/${JAVA.z}/${JAVA.x}/${JAVA.y}.mvt`)
      .responseType('blob')
      .expect(200);
    assert.ok(decode(body as Buffer, 'santri-points').length > 0);
    assert.ok(decode(body as Buffer, 'provinsi').length > 0);
  });
});

once('tiles with more points than a tile holds', () => {
  let server: TestServer;

  before(async function () {
    server = await newServer({
      sql: `create table spots (id int primary key, geom geometry(Point, 4326), kind int, size int);
        insert into spots select i, st_setsrid(st_makepoint(10 + i * 0.01, 50), 4326), i % 20, i % 3 from generate_series(1, 500) i;`,
      maps: 'layers: { spots: { table: spots, pyramid: { below: 8, countBy: kind } } }',
      environment: { CHOROGRAPH_TILE_MAX_FEATURES: '200' },
    });
    await server.ctx.pyramids.settled();
  });

  it('refuse cluster=false kindly', async () => {
    const { body } = await server.api.get('/tiles/spots/3/4/2.mvt?cluster=false').expect(400);
    const { detail, points, maxFeatures } = body as { detail: string; points: number; maxFeatures: number };
    assert.deepEqual([points, maxFeatures], [500, 200]);
    assert.match(detail, /tile 3\/4\/2 of spots has 500 points.*deeper zoom.*\/features\/spots/);
  });
  it('have the points where they are few enough', async () => {
    const points = await tileFeatures(server, 'spots', { z: 7, x: 67, y: 43 }, { cluster: 'false' });
    assert.ok(points.length > 0 && points.length <= 200);
    assert.ok(points.every(({ properties }) => 'size' in properties));
  });
  it('refuse a filter that cells cannot answer, and say which they can', async () => {
    const { body } = await server.api.get('/tiles/spots/3/4/2.mvt?size=1').expect(400);
    assert.match(
      (body as { detail: string }).detail,
      /filtered by the frequent values of kind alone, not by size/,
    );
  });
  it('answer a filter on a value that is counted by itself', async () => {
    const cells = await tileFeatures(server, 'spots', { z: 3, x: 4, y: 2 }, { kind: '0' });
    assert.equal(total(cells), 25);
  });
  it('cannot answer one on a value that is counted among the others', async () => {
    const { body } = await server.api.get('/tiles/spots/3/4/2.mvt?kind=9').expect(400);
    assert.match((body as { detail: string }).detail, /frequent values of kind/);
  });
});
