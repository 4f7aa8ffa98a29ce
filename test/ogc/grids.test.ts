import assert from 'node:assert/strict';
import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile';
import type { Polygon } from 'geojson';
import { PbfReader } from 'pbf';
import { ellipsoidArea } from '../../server/choropleth/regions/ellipsoid.ts';
import { nearbyOf } from '../../server/ogc/place/near.ts';
import { PUBLIC } from '../../server/sight/sight.ts';
import { areaOf, distanceToRing } from '../engine/tiles.ts';
import { newServer, once, onPostgres, type TestServer } from '../support/environment.ts';
import { Asking, CRS84, epsg, linkOf, type Link } from './support.ts';

/** Cells of 2° that share their borders, with vertices every ½°; a world that is one polygon; what crosses the antimeridian. */
const TABLES = `
  create table cells (code text primary key, name text, geom geometry(polygon, 4326));
  insert into cells select x || '/' || y, 'Cell ' || x || '/' || y,
      st_segmentize(st_makeenvelope(x, y, x + 2, y + 2, 4326), 0.5)
    from generate_series(-124, -70, 2) x, generate_series(26, 46, 2) y;
  create table figures (code text, year int, n int);
  insert into figures select code, 2024, row_number() over (order by code) from cells;
  create table loose (id int, geom geometry(polygon, 4326));
  insert into loose select row_number() over (order by code), geom from cells;
  create table wide (id int primary key, geom geometry(geometry, 4326));
  insert into wide values
    (1, st_makeenvelope(-180, -90, 180, 90, 4326)),
    (2, st_makeenvelope(175, -10, 185, 10, 4326)),
    (3, 'SRID=4326;LINESTRING(-150 40, 0 40)'),
    (4, 'SRID=4326;POINT(-100 40)'),
    (5, 'SRID=4326;POINT(100 -40)'),
    (6, 'SRID=4326;LINESTRING(0 0, 10 10)'),
    (7, null);
  create table plots (id int, geom geometry(polygon, 3035));
  insert into plots select i, st_makeenvelope(4000000 + i * 1000, 3000000, 4001000 + i * 1000, 3001000, 3035)
    from generate_series(0, 9) i;
  create table parcels (id int primary key, geom geometry(polygon, 25832));
  insert into parcels select i, case when i % 7 = 0
      then st_setsrid(st_geomfromtext('POLYGON((0 0, 60000 40000, 60000 41000, 0 0))'), 25832)
      else st_makeenvelope(0, 0, 4000, 4000, 25832) end
    from generate_series(0, 899) i;
  update parcels set geom = st_translate(geom, 300000 + (id % 30) * 15000, 5300000 + (id / 30) * 15000);
  insert into parcels values (900, null);
  create table unindexed as select * from parcels;
  alter table unindexed add primary key (id);
  create index on parcels using gist (geom);
  create function maker(z int, x int, y int) returns bytea language sql stable as $$ select ''::bytea $$;
`;

const MAPS = `
grids:
  conus: { title: Equal area of the United States, epsg: 5070, bounds: [-130, 20, -64, 52] }
  europe: { epsg: 3035, bounds: [-16, 32, 40, 72], origin: [2000000, 5500000], cellSize: 8000 }
  ease: { epsg: 6933, bounds: [-180, -84, 180, 84] }
  pacific: { epsg: 3832, bounds: [120, -60, -90, 60] }
  north: { epsg: 3413, bounds: [-180, 50, 180, 90] }
  nowhere: { epsg: 32632, bounds: [-180, -90, 180, 90] }
  unknown: { epsg: 1999, bounds: [0, 0, 1, 1] }
regions:
  cells: { table: cells, code: code, name: name }
choropleths:
  people:
    title: People
    regions: cells
    cube: { view: figures, region: code, dimensions: [year] }
    metrics: { n: { sum: n } }
    classify: { method: equal, classes: 3 }
`;

interface MatrixSet {
  crs: string;
  orderedAxes: string[];
  tileMatrices: {
    id: string;
    scaleDenominator: number;
    cellSize: number;
    pointOfOrigin: number[];
    tileWidth: number;
    matrixWidth: number;
    matrixHeight: number;
  }[];
}

interface Limits {
  tileMatrix: string;
  minTileRow: number;
  maxTileRow: number;
  minTileCol: number;
  maxTileCol: number;
}

/** Other grids than that of Web Mercator (OGC 17-083r4, OGC API – Tiles 1.0). */
once('grids of tiles', () => {
  let server: TestServer;
  let asking: Asking;
  before(async function () {
    server = await newServer({ sql: TABLES, maps: MAPS });
    asking = new Asking(server);
  });

  const get = async (path: string) => {
    const { status, headers, body } = await server.api
      .get(`/ogc/collections/${path}`)
      .buffer(true)
      .responseType('blob');
    return { status, etag: String(headers.etag), bytes: body as Buffer };
  };
  /** Features of a tile by a property, or by id. */
  const featuresIn = (bytes: Buffer, name?: string): Map<string, VectorTileFeature> => {
    const found = new Map<string, VectorTileFeature>();
    for (const layer of Object.values(new VectorTile(new PbfReader(bytes)).layers))
      for (let i = 0; i < layer.length; i++) {
        const feature = layer.feature(i);
        const key = name === undefined ? feature.id : feature.properties[name];
        found.set(String(key), feature);
      }
    return found;
  };
  const tile = async (path: string, name?: string): Promise<Map<string, VectorTileFeature>> => {
    const { status, bytes } = await get(path);
    assert.ok(status === 200 || status === 204, `${path}: ${status} ${bytes.toString()}`);
    return featuresIn(bytes, name);
  };
  const rings = (feature: VectorTileFeature | undefined): number[][] =>
    feature?.loadGeometry().map((ring) => {
      const isClosed = feature.type === 3;
      return (isClosed ? ring.slice(0, -1) : ring).flatMap(({ x, y }) => [x, y]);
    }) ?? [];
  /** The farthest that a vertex of one is from the outline of the other; where they are cut off they may differ by more. */
  const apart = (one: readonly number[][], other: readonly number[][]): number =>
    Math.max(
      0,
      ...[one, other].flatMap((from, i) => {
        const to = i === 0 ? other : one;
        return from.flatMap((ring) =>
          ring.flatMap((x, at) =>
            at % 2 === 0 && isInside(x) && isInside(ring[at + 1]!)
              ? [Math.min(...to.map((line) => distanceToRing(x, ring[at + 1]!, line)))]
              : [],
          ),
        );
      }),
    );
  const isInside = (value: number): boolean => value > -64 && value < 4160;
  const setOf = (id: string): Promise<MatrixSet> => asking.json(`/tileMatrixSets/${id}`);

  it('are listed, as tile matrix sets and as tilesets of every collection; what has no place is told and not there', async () => {
    const ids = ['WebMercatorQuad', 'WorldCRS84Quad', 'conus', 'europe', 'ease', 'pacific', 'north'];
    const { tileMatrixSets } = await asking.json<{ tileMatrixSets: { id: string; links: Link[] }[] }>(
      '/tileMatrixSets',
    );
    assert.deepEqual(
      tileMatrixSets.map(({ id }) => id),
      ids,
    );
    for (const { links } of tileMatrixSets)
      assert.equal((await asking.get(linkOf(links, 'item')?.href ?? '')).status, 200);
    const { tilesets } = await asking.json<{ tilesets: { links: Link[] }[] }>('/collections/cells/tiles');
    assert.equal(tilesets.length, ids.length);
    const { body } = await server.api.get('/health').set('Authorization', 'Bearer none').expect(200);
    assert.match(JSON.stringify(body), /entries of maps\.yaml that do not fit the database: 2/);
    assert.equal(await asking.refused('/collections/cells/tiles/nowhere/0/0/0'), '404 route_not_found');
    const { paths, components } = await asking.json<{
      paths: object;
      components: { parameters: Record<string, { schema: { enum?: string[] } }> };
    }>('/api');
    assert.deepEqual(components.parameters.tileMatrixSetId?.schema.enum, ids);
    assert.ok('/collections/cells/tiles/{tileMatrixSetId}' in paths);
  });

  it('have their sizes as OGC 17-083r4 wants them, corners in the order of the axes', async () => {
    const world = await setOf('WorldCRS84Quad');
    const [first, second] = world.tileMatrices;
    assert.equal(world.crs, CRS84);
    assert.deepEqual(world.orderedAxes, ['Lon', 'Lat']);
    assert.deepEqual([first?.cellSize, first?.pointOfOrigin, first?.tileWidth], [0.703125, [-180, 90], 256]);
    assert.ok(Math.abs(first!.scaleDenominator - 279541132.0143589) < 1e-4);
    assert.deepEqual([first?.matrixWidth, first?.matrixHeight], [2, 1]);
    assert.deepEqual([second?.matrixWidth, second?.matrixHeight], [4, 2]);
    const europe = await setOf('europe');
    assert.equal(europe.crs, epsg(3035));
    assert.deepEqual(europe.orderedAxes, ['N', 'E']); // as EPSG has it
    assert.deepEqual(europe.tileMatrices[0]?.pointOfOrigin, [5500000, 2000000]);
    assert.deepEqual([europe.tileMatrices[1]?.cellSize, europe.tileMatrices[1]?.matrixWidth], [4000, 6]);
    assert.ok(Math.abs(europe.tileMatrices[0]!.scaleDenominator - 8000 / 0.28e-3) < 1e-3);
    const conus = await setOf('conus');
    assert.deepEqual([conus.tileMatrices[0]?.matrixWidth, conus.tileMatrices[0]?.matrixHeight], [1, 1]);
  });

  it('of equal area draw regions as large as they are on earth', async () => {
    for (const grid of ['conus', 'ease']) {
      const { tileMatrices } = await setOf(grid);
      const z = tileMatrices.find(({ cellSize }) => cellSize < 3_000) ?? assert.fail();
      const unit = (z.cellSize * 256) / 4096;
      const areas = new Map<string, number>();
      const { tileMatrixSetLimits } = await asking.json<{ tileMatrixSetLimits: Limits[] }>(
        `/collections/choropleth:people/tiles/${grid}`,
      );
      const limits = tileMatrixSetLimits.find(({ tileMatrix }) => tileMatrix === z.id) ?? assert.fail();
      for (let row = limits.minTileRow; row <= limits.maxTileRow; row++)
        for (let col = limits.minTileCol; col <= limits.maxTileCol; col++) {
          const found = await tile(`choropleth:people/tiles/${grid}/${z.id}/${row}/${col}`, 'code');
          // Whole ones: those that reach into the buffer are drawn in several tiles.
          for (const [code, feature] of found) {
            const drawn = rings(feature);
            const inside = drawn.flat().every(isInside);
            if (inside) areas.set(code, areaOf(drawn) * unit ** 2);
          }
        }
      assert.ok(areas.size > 60, `${grid}: ${areas.size}`);
      const rows = await server.run<{ code: string; geom: string }>(
        'select code, st_asgeojson(geom) as geom from cells',
      );
      for (const { code, geom } of rows) {
        const area = areas.get(code);
        const earth = ellipsoidArea(JSON.parse(geom) as Polygon);
        if (area !== undefined)
          assert.ok(Math.abs(area / earth - 1) < 1e-3, `${grid} ${code}: ${area / earth}`);
      }
    }
  });

  it('keep shared borders shared, and have values and classes as other tiles', async () => {
    const found = await tile('choropleth:people/tiles/conus/2/1/1?year=2024', 'code');
    const mercator = featuresIn(
      (await get('choropleth:people/tiles/WebMercatorQuad/0/0/0?year=2024')).bytes,
      'code',
    );
    const edges = new Map<string, number>();
    for (const [code, feature] of found) {
      assert.deepEqual(feature.properties, mercator.get(code)?.properties);
      for (const ring of rings(feature))
        for (let i = 0; i < ring.length; i += 2) {
          const at = (i + 2) % ring.length;
          const ends = [ring.slice(i, i + 2).join(), ring.slice(at, at + 2).join()].sort().join(' ');
          edges.set(ends, (edges.get(ends) ?? 0) + 1);
        }
    }
    // An edge within the tile that one alone has is the outline of all.
    const cells = [...found.values()].flatMap(rings).length;
    const lone = [...edges].filter(([, count]) => count === 1).length;
    assert.ok(cells > 20 && lone < edges.size / 4, `${cells} cells, ${lone} of ${edges.size} edges`);
    assert.ok([...edges.values()].every((count) => count <= 2));
  });

  it('have what goes over the antimeridian, round a pole and out of them', async () => {
    // The polygon at 175–185 is one piece where the middle of the grid is there.
    const pacific = await tile('wide/tiles/pacific/0/0/0');
    assert.equal(rings(pacific.get('2')).length, 1);
    assert.deepEqual([...pacific.keys()].sort(), ['1', '2', '3', '4']);
    // In degrees it is on both sides, and reaches into the buffer.
    for (const col of [0, 1]) {
      const [ring = []] = rings((await tile(`wide/tiles/WorldCRS84Quad/0/0/${col}`)).get('2'));
      const xs = ring.filter((_, i) => i % 2 === 0);
      assert.deepEqual(col === 0 ? Math.min(...xs) : Math.max(...xs), col === 0 ? -64 : 4160);
    }
    // Everything north of 50° is a disc round the pole.
    const disc = rings((await tile('wide/tiles/north/0/0/0')).get('1'));
    const rim = disc[0]!.flatMap((x, i) =>
      i % 2 === 0 ? [Math.hypot(x - 2048, disc[0]![i + 1]! - 2048)] : [],
    );
    const radius = rim.reduce((sum, one) => sum + one, 0) / rim.length;
    assert.equal(disc.length, 1);
    assert.ok(Math.abs(areaOf(disc) / (Math.PI * radius ** 2) - 1) < 0.01);
    // A line is cut at the bounds, a polygon filled up to them; points outside are nowhere.
    const conus = await tile('wide/tiles/conus/0/0/0');
    assert.deepEqual([...conus.keys()].sort(), ['1', '3', '4']);
    assert.equal(rings(conus.get('3')).length, 1);
    assert.ok(areaOf(rings(conus.get('1'))) > 4096 ** 2 / 3);
  });

  it('have a key of their own in caches: another grid is another tile, the same a 304', async () => {
    const one = await get('cells/tiles/conus/1/0/0');
    const other = await get('cells/tiles/ease/1/0/0');
    assert.notEqual(one.etag, other.etag);
    const again = await get('cells/tiles/conus/1/0/0');
    assert.deepEqual([again.etag, again.bytes], [one.etag, one.bytes]);
    await server.api
      .get('/ogc/collections/cells/tiles/conus/1/0/0')
      .set('If-None-Match', one.etag)
      .expect(304);
    const some = await tile(
      `cells/tiles/conus/0/0/0?filter=${encodeURIComponent("code LIKE '-100/%'")}`,
      'code',
    );
    assert.equal(some.size, 11);
    const { bytes } = await get('cells/tiles/conus/0/0/0?name=Cell%20-100/40');
    assert.deepEqual([...featuresIn(bytes, 'code').keys()], ['-100/40']);
  });

  it('refuse what is no tile of theirs, and functions', async () => {
    assert.equal(
      await asking.refused('/collections/cells/tiles/WorldCRS84Quad/0/1/0'),
      '400 tile_out_of_range',
    );
    assert.equal(await asking.refused('/collections/cells/tiles/conus/0/0/1'), '400 tile_out_of_range');
    assert.equal(await asking.refused('/collections/cells/tiles/conus/24/0/0?x=1'), '400 unknown_parameter');
    assert.equal((await get('cells/tiles/conus/20/0/0')).status, 204);
    const both = await server.api
      .get('/ogc/tiles/conus/0/0/0?collections=cells,wide')
      .buffer(true)
      .responseType('blob');
    assert.deepEqual(Object.keys(new VectorTile(new PbfReader(both.body as Buffer)).layers).sort(), [
      'cells',
      'wide',
    ]);
  });

  it('of degrees: a box finds by an index in another system what it finds without', async () => {
    let used = 0;
    for (let i = 0; i < 24; i++) {
      const [x, y, size] = [6 + ((i * 37) % 80) / 10, 47.8 + ((i * 53) % 40) / 10, 0.05 + (i % 4) * 0.4];
      const bbox = [x, y, x + size, y + size / 2] as const;
      const found = async (collection: string): Promise<unknown[]> =>
        (await asking.ids(collection, `limit=10000&bbox=${bbox.join()}`)).sort();
      assert.deepEqual(await found('parcels'), await found('unindexed'), bbox.join());
      const layer = server.ctx.catalog.tableLayer('parcels', PUBLIC);
      const near = await nearbyOf(server.ctx, layer, { degrees: bbox });
      // A part of the whole, 450 km wide.
      if (near && near[2] - near[0] < 400_000) used++;
    }
    assert.equal(used, 24);
    // Round half of the world, or over the antimeridian, nothing is said.
    const layer = server.ctx.catalog.tableLayer('parcels', PUBLIC);
    for (const degrees of [[-90, 0, 90, 80] as const, [170, 40, -170, 50] as const])
      assert.equal(await nearbyOf(server.ctx, layer, { degrees }), undefined);
    const other = server.ctx.catalog.tableLayer('unindexed', PUBLIC);
    assert.equal(await nearbyOf(server.ctx, other, { degrees: [7, 48, 8, 49] }), undefined);
  });

  onPostgres('beside PostGIS', () => {
    /** The same tile by the functions of PostGIS alone. */
    const oracle = async (table: string, srid: number, box: readonly number[]) => {
      const [row] = await server.run<{ mvt: Buffer }>(
        `select st_asmvt(t, 'l', 4096, 'g', 'n') as mvt from (
           select row_number() over (order by ctid) as n, st_asmvtgeom(st_transform(st_segmentize(geom, 0.1), ${srid}),
             st_makeenvelope(${box.join()}, ${srid}), 4096, 64, true) as g from ${table}) t where g is not null`,
      );
      return featuresIn(row!.mvt);
    };

    it('are tiles as ST_AsMVT has them of ST_Transform, within a unit', async () => {
      const tiles = [
        ['conus', 5070, [0, 0, 0]],
        ['conus', 5070, [2, 1, 1]],
        ['ease', 6933, [2, 0, 0]],
        ['ease', 6933, [3, 0, 1]],
        ['WorldCRS84Quad', 4326, [2, 1, 1]],
        ['WorldCRS84Quad', 4326, [3, 2, 2]],
      ] as const;
      for (const [grid, srid, [z, row, col]] of tiles) {
        const { tileMatrices } = await setOf(grid);
        const { cellSize, pointOfOrigin } = tileMatrices[z]!;
        const [left, top] = pointOfOrigin as [number, number];
        const side = cellSize * 256;
        const box = [left + col * side, top - (row + 1) * side, left + (col + 1) * side, top - row * side];
        const wanted = await oracle('loose', srid, box);
        // Of rows without a key a condition on the geometry is for the database: so PostGIS makes the tile.
        const all = encodeURIComponent('S_INTERSECTS(geom, BBOX(-180,-90,180,90))');
        for (const query of ['', `?filter=${all}`]) {
          const got = await tile(`loose/tiles/${grid}/${z}/${row}/${col}${query}`, 'id');
          assert.ok(
            got.size > 0 && Math.abs(got.size - wanted.size) <= 1,
            `${grid} ${got.size} ${wanted.size}`,
          );
          for (const [id, feature] of got) {
            const other = wanted.get(id);
            if (other) assert.ok(apart(rings(feature), rings(other)) <= 1.5, `${grid}/${z} ${id} ${query}`);
          }
        }
      }
    });

    it("find rows of the grid's own system by its index, and others by degrees", async () => {
      const limits = (
        await asking.json<{ tileMatrixSetLimits: Limits[] }>('/collections/plots/tiles/europe')
      ).tileMatrixSetLimits.find(({ tileMatrix }) => tileMatrix === '6');
      const path = `plots/tiles/europe/6/${limits?.minTileRow}/${limits?.minTileCol}`;
      const all = encodeURIComponent('S_INTERSECTS(geom, BBOX(5,40,15,60))');
      const [inMemory, byDatabase] = [await tile(path, 'id'), await tile(`${path}?filter=${all}`, 'id')];
      assert.ok(inMemory.size > 0);
      assert.deepEqual([...byDatabase.keys()].sort(), [...inMemory.keys()].sort());
      for (const [id, feature] of inMemory)
        assert.ok(apart(rings(feature), rings(byDatabase.get(id))) <= 1.5, id);
      // Two systems, neither of them degrees.
      const cell = await tile(`plots/tiles/ease/0/0/0?filter=${all}`, 'id');
      assert.deepEqual([...cell.keys()], []); // all of them are too small to see
      const near = await tile('wide/tiles/europe/0/0/0');
      assert.ok(near.has('1'));
    });
  });
});
