import assert from 'node:assert/strict';
import type { Feature, FeatureCollection, Geometry, Polygon, Position } from 'geojson';
import { newServer, type TestServer } from '../support/environment.ts';
import { ODD_TABLES } from '../catalog/odd.ts';

const TABLES = `${ODD_TABLES}
  create table grid (id int primary key, name text, geom geometry(point, 4326));
  insert into grid select i, 'p' || i % 10, st_setsrid(st_point(i % 20, i / 20), 4326) from generate_series(0, 399) i;
  create table shapes (id int primary key, geom geometry(geometry, 4326));
  insert into shapes values
    (1, 'SRID=4326;POLYGON((0 0, 0 10, 10 10, 10 0, 0 0), (2 2, 8 2, 8 8, 2 8, 2 2))'),
    (2, 'SRID=4326;MULTIPOLYGON(((0 0, 0 1, 1 1, 1 0, 0 0)), ((5 5, 6 5, 6 6, 5 6, 5 5)))'),
    (3, 'SRID=4326;POINT(1.123456789 -2.000000001)'),
    (4, 'SRID=4326;POINT(0.00000012 1e-9)'),
    (5, 'SRID=4326;GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(3 4, 5 6))');
  create table ways (id int primary key, geom geometry(LineString, 4326));
  insert into ways values (1, 'SRID=4326;LINESTRING(0 0, 1 2, 3 0)');
  create table many_ways (id int primary key, geom geometry(MultiLineString, 3857));
  insert into many_ways values (1, st_transform('SRID=4326;MULTILINESTRING((0 0, 1 2), (5 5, 4 4, 3 5))'::geometry, 3857));
  create table any_ways (id int primary key, geom geometry(geometry, 4326));
  insert into any_ways select id, geom from ways
    union all values (2, 'SRID=4326;GEOMETRYCOLLECTION(LINESTRING(0 0, 1 1), POLYGON((0 0, 0 1, 1 1, 0 0)))'::geometry);
`;

interface Page extends FeatureCollection<Geometry | null> {
  numberReturned: number;
  links?: { rel: string; href: string }[];
  warning?: string;
}

describe('features', () => {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: TABLES, environment: { CHOROGRAPH_FEATURES_MAX: '250' } });
  });

  const page = async (path: string): Promise<Page> => {
    const { status, text, body, headers } = await server.api.get(`/features/${path}`).buffer(true);
    assert.equal(status, 200, `${path}: ${text}`);
    assert.match(String(headers['content-type']), /^application\/geo\+json/);
    return (text ? JSON.parse(text) : body) as Page;
  };
  const next = (collection: Page): string | undefined =>
    collection.links?.find(({ rel }) => rel === 'next')?.href.replace(`${server.url}/features/`, '');
  const ids = (collection: Page): unknown[] => collection.features.map(({ id }) => id);

  it('are a FeatureCollection with ids, geometry and properties', async () => {
    const { features, ...others } = await page('grid?limit=2');
    assert.deepEqual(features, [
      {
        type: 'Feature',
        id: 0,
        geometry: { type: 'Point', coordinates: [0, 0] },
        properties: { id: 0, name: 'p0' },
      },
      {
        type: 'Feature',
        id: 1,
        geometry: { type: 'Point', coordinates: [1, 0] },
        properties: { id: 1, name: 'p1' },
      },
    ]);
    assert.deepEqual(
      [others.type, others.numberReturned, others.bbox],
      ['FeatureCollection', 2, [0, 0, 1, 0]],
    );
  });

  it('are 100 unless told otherwise, and at most the cap', async () => {
    assert.equal((await page('grid')).features.length, 100);
    const capped = await page('grid?limit=10000000');
    assert.equal(capped.features.length, 250);
    assert.ok(next(capped));
    await server.api.get('/features/grid?limit=0').expect(400);
  });

  it('have seven decimals, rings by the right hand, and no CRS (RFC 7946)', async () => {
    const collection = await page('shapes');
    assert.equal('crs' in collection, false);
    const [polygon, multi, point, tiny, mixed] = collection.features.map(({ geometry }) => geometry);
    const area = (ring: Position[]): number =>
      ring.reduce((sum, [x = 0, y = 0], i) => {
        const [nextX = 0, nextY = 0] = ring[(i + 1) % ring.length] ?? [];
        return sum + x * nextY - nextX * y;
      }, 0);
    const [exterior, hole] = (polygon as Polygon).coordinates;
    assert.ok(area(exterior ?? []) > 0, 'the exterior runs counter-clockwise');
    assert.ok(area(hole ?? []) < 0, 'a hole runs clockwise');
    assert.ok(multi?.type === 'MultiPolygon' && multi.coordinates.every(([ring]) => area(ring ?? []) > 0));
    assert.deepEqual(point, { type: 'Point', coordinates: [1.1234568, -2] });
    const [x = 1, y = 1] = (tiny as { coordinates: Position }).coordinates;
    assert.ok(Math.abs(x) < 2e-7 && Math.abs(y) < 2e-7);
    assert.deepEqual(mixed, {
      type: 'GeometryCollection',
      geometries: [
        { type: 'Point', coordinates: [1, 2] },
        // prettier-ignore
        { type: 'LineString', coordinates: [[3, 4], [5, 6]] },
      ],
    });
    assert.deepEqual(collection.bbox, [0, -2, 10, 10]);
  });

  // prettier-ignore
  it('keep the direction of lines, alone and among others', async () => {
    const shown = async (path: string) => (await page(path)).features.map(({ geometry }) => geometry);
    const way = { type: 'LineString', coordinates: [[0, 0], [1, 2], [3, 0]] };
    assert.deepEqual(await shown('ways'), [way]);
    assert.deepEqual(await shown('many_ways'), [
      { type: 'MultiLineString', coordinates: [[[0, 0], [1, 2]], [[5, 5], [4, 4], [3, 5]]] },
    ]);
    assert.deepEqual(await shown('any_ways'), [
      way,
      {
        type: 'GeometryCollection',
        geometries: [
          { type: 'LineString', coordinates: [[0, 0], [1, 1]] },
          { type: 'Polygon', coordinates: [[[0, 0], [1, 1], [0, 1], [0, 0]]] },
        ],
      },
    ]);
    const northing = 'crs=http://www.opengis.net/def/crs/EPSG/0/4326';
    const { body } = await server.api.get(`/ogc/collections/any_ways/items?${northing}`).expect(200);
    assert.deepEqual((body as Page).features[0]?.geometry, { type: 'LineString', coordinates: [[0, 0], [2, 1], [0, 3]] });
    const { text } = await server.api.get('/features/ways.csv').expect(200);
    assert.match(text, /LINESTRING\(0 0,1 2,3 0\)/);
  });

  it('have null where there is no geometry, or an empty one', async () => {
    const { features } = await page('mixed_types');
    assert.deepEqual(
      features.filter(({ geometry }) => geometry === null).map(({ id }) => id),
      [7, 8, 9],
    );
    const nowhere = await page('mixed_types?id=7');
    assert.equal('bbox' in nowhere, false);
  });

  it('have two dimensions and no arcs', async () => {
    const { features } = await page('solid');
    assert.equal((features[0]?.geometry as Polygon).coordinates[0]?.[0]?.length, 2);
    const curved = (await page('mixed_types?id=5')).features[0]?.geometry;
    assert.equal(curved?.type, 'Polygon');
  });

  it('are within the world: what crosses the antimeridian is cut there', async () => {
    const { features, bbox } = await page('pacific');
    const kinds = features.map(({ id, geometry }) => [id, geometry?.type]);
    assert.deepEqual(kinds.slice(0, 5), [
      [1, 'MultiPolygon'],
      [2, 'MultiPolygon'],
      [3, 'Point'],
      [4, 'Point'],
      [5, 'Polygon'],
    ]);
    assert.deepEqual((features[2]?.geometry as { coordinates: Position }).coordinates, [-175, 0]);
    assert.ok((bbox?.[0] ?? -999) >= -180);
  });

  it('carry the columns asked for', async () => {
    assert.deepEqual((await page('grid?limit=1&columns=name')).features[0]?.properties, { name: 'p0' });
    await server.api.get('/features/grid?columns=nope').expect(400);
  });

  it('are filtered by equality', async () => {
    assert.deepEqual(ids(await page('grid?id=7&id=9')), [7, 9]);
    assert.deepEqual(ids(await page('grid?name=p3&limit=2')), [3, 13]);
    assert.deepEqual(ids(await page('grid?name=p3&id=4')), []);
  });

  it('have values as JSON: structures as such, numbers beyond a double untouched', async () => {
    const { text } = await server.api
      .get('/features/typed?id=1')
      .buffer(true)
      .parse((res, done) => {
        let all = '';
        res.on('data', (chunk: Buffer) => (all += chunk.toString()));
        res.on('end', () => done(null, all));
      })
      .then(({ body }) => ({ text: body as string }));
    assert.match(text, /"j":\{"a": 12345678901234567890, "__proto__": 1\}/);
    assert.match(text, /"ints":\[1, null, 3\]/);
    assert.match(text, /"i8":"9007199254740993"/);
    const { features } = await page('typed');
    const second = features[1]?.properties as Record<string, unknown>;
    assert.deepEqual(
      [second.n, second.f4, second.f8, second.d, second.j, second.ints],
      [null, null, null, 'infinity', null, []],
    );
  });

  it('keep a column called __proto__', async () => {
    const { features } = await page('__proto__');
    assert.deepEqual(Object.entries(features[0]?.properties ?? {}), [
      ['id', 1],
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  describe('of a box', () => {
    const cases: [layer: string, bbox: string, expected: unknown[]][] = [
      ['grid', '0,0,1,1', [0, 1, 20, 21]],
      ['grid', '18.5,18.5,180,90', [399]],
      ['grid', '-180,-90,180,90', Array.from({ length: 100 }, (_, i) => i)],
      ['grid', '50,50,60,60', []],
      ['shapes', '4,4,5.5,5.5', [2, 5]],
      ['shapes', '9,5,9,9.5', [1]],
      ['shapes', '9,9,9,9', [1]],
      ['pacific', '179,-5,-179,5', [1]],
      ['pacific', '-176,-1,-174,1', [1, 3]],
      ['pacific', '174,-1,176,1', [1]],
      ['pacific', '-11,49,-9,51', [4]],
      ['pacific', '-60,50,-50,60', [5]],
      ['globe', '9,9,11,11', [1]],
      ['globe', '170,-85,-165,-75', [2]],
      ['utm', '106,-7,107,-6', [1]],
      ['utm', '0,0,1,1', []],
      ['british', '-1,51,1,52', [1]],
      ['no_srid', '15,15,25,25', [2]],
    ];
    for (const [layer, bbox, expected] of cases) {
      it(`${layer} ${bbox}`, async () => {
        assert.deepEqual(ids(await page(`${layer}?bbox=${bbox}`)), expected);
      });
    }
    for (const bbox of [
      '1,2,3',
      '1,2,3,4,5',
      '0,10,10,0',
      'a,b,c,d',
      '0,0,181,0',
      'NaN,0,1,1',
      '1e999,0,1,1',
      '',
    ]) {
      it(`refuses ${bbox || 'nothing'}`, async () => {
        const { body } = await server.api.get(`/features/grid?bbox=${bbox}`).expect(400);
        assert.equal(body.errors[0].parameter, 'bbox');
      });
    }
  });

  describe('page by page', () => {
    const walk = async (path: string, between?: (seen: Page[]) => Promise<void>): Promise<Page[]> => {
      const pages: Page[] = [];
      for (let at: string | undefined = path; at !== undefined;) {
        const one = await page(at);
        pages.push(one);
        assert.ok(pages.length < 100, 'it ends');
        await between?.(pages);
        at = next(one);
      }
      return pages;
    };
    const walked: [layer: string, count: number][] = [
      ['grid?limit=70', 400],
      ['grid?limit=100', 400],
      ['grid?limit=3&name=p3', 40],
      ['grid?limit=7&bbox=0,0,10,10', 121],
      ['key_text?limit=1', 3],
      ['key_uuid?limit=1', 1],
      ['key_bigint?limit=1', 3],
      ['key_date?limit=1', 2],
      ['key_char?limit=1', 2],
      ['key_composite?limit=3', 10],
      ['key_nulls?limit=2', 5],
      ['key_nulls?limit=4', 5],
      ['key_nulls?limit=5', 5],
      ['awkward_names?limit=1', 2],
      ['empty_table?limit=1', 0],
    ];
    for (const [path, count] of walked) {
      it(`${path}: every feature once`, async () => {
        const all = (await walk(path)).flatMap(({ features }) =>
          features.map((feature) => JSON.stringify(feature)),
        );
        assert.deepEqual([all.length, new Set(all).size], [count, count]);
      });
    }

    it('a layer without a key is given at once, and says when there is more', async () => {
      const collection = await page('key_none?limit=1');
      assert.equal(next(collection), undefined);
      assert.match(collection.warning ?? '', /unique key/);
      assert.equal((await page('key_none?limit=2')).warning, undefined);
    });

    it('stays right while rows are inserted and deleted', async () => {
      await server.run(`drop table if exists moving; create table moving (id int primary key, geom geometry(point, 4326));
        insert into moving select i * 10, 'SRID=4326;POINT(1 1)' from generate_series(1, 50) i`);
      await server.ctx.catalog.reload();
      const pages = await walk('moving?limit=10', async (seen) => {
        const last = Number(seen.at(-1)?.features.at(-1)?.id ?? 0);
        await server.run('delete from moving where id in ($1, $2)', [last, last - 50]);
        await server.run(
          `insert into moving values ($1, 'SRID=4326;POINT(1 1)'), ($2, 'SRID=4326;POINT(1 1)')`,
          [last - 5, last + 5],
        );
      });
      const seen = pages.flatMap(ids) as number[];
      assert.deepEqual(
        seen,
        [...new Set(seen)].sort((a, b) => a - b),
      );
      const original = Array.from({ length: 50 }, (_, i) => (i + 1) * 10);
      assert.deepEqual(
        original.filter((id) => !seen.includes(id)),
        [],
        'what was there all the time is there',
      );
      assert.ok(
        seen.some((id) => id % 10 === 5),
        'what came ahead is seen',
      );
    });

    it('refuses cursors that are not its own', async () => {
      const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const bad: [layer: string, cursor: string][] = [
        ['grid', 'nonsense'],
        ['grid', ''],
        ['grid', cursor(['x'])],
        ['grid', cursor(['1', '2'])],
        ['grid', cursor([1])],
        ['grid', cursor(['99999999999'])],
        ['grid', cursor({ 0: '1', length: 1 })],
        ['grid', cursor(null)],
        ['key_uuid', cursor(['x'])],
        ['key_text', cursor(['a\u0000'])],
        ['key_none', cursor(['1'])],
      ];
      for (const [layer, value] of bad) {
        const { body, status } = await server.api.get(`/features/${layer}?cursor=${value}`);
        assert.equal(status, 400, `${layer} ${value}`);
        assert.equal(body.code, 'invalid_parameter');
      }
      // Any text is a value of a key that is compared as text.
      await page(`key_date?cursor=${cursor(['2023-02-30'])}`);
    });
  });

  describe('one by its key', () => {
    const found: [path: string, id: unknown][] = [
      ['grid/7', 7],
      ['key_text/a%2Fb%20c', 'a/b c'],
      ['key_text/42', '42'],
      ['key_uuid/A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
      ['key_bigint/9007199254740993', '9007199254740993'],
      ['key_bigint/-5', -5],
      ['key_date/2024-02-29', '2024-02-29'],
      ['key_char/ab', 'ab'],
      ['key_nulls/2', 2],
      ['awkward_names/2', 2],
    ];
    for (const [path, id] of found) {
      it(path, async () => {
        const { body } = await server.api.get(`/features/${path}`).expect(200).expect('ETag', /^"/);
        const feature = body as Feature;
        assert.deepEqual([feature.type, feature.id], ['Feature', id]);
      });
    }
    const missing = [
      'grid/400',
      'grid/x',
      'grid/99999999999999999999',
      'grid/1.0',
      'grid/NaN',
      'key_uuid/x',
      'key_date/2023-02-30',
      'key_composite/1',
      'key_none/1',
      'key_nulls/null',
      'nope/1',
    ];
    for (const path of missing) {
      it(`${path} is 404`, async () => {
        const { body } = await server.api.get(`/features/${path}`).expect(404);
        assert.match(String(body.code), /_not_found$/);
      });
    }
  });
});
