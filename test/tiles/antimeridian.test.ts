import assert from 'node:assert/strict';
import type { VectorTileFeature } from '@mapbox/vector-tile';
import type { Feature, FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson';
import { worldX, worldY } from '../../server/engine/grid.ts';
import { worldRegions } from '../choropleth/forms/world.ts';
import { compareTiles } from '../support/compare-tiles.ts';
import { bytesOf, featuresOf } from '../support/decode.ts';
import { backend, newServer, serve, type TestServer } from '../support/environment.ts';

const STITCHED = ['Russia', 'Fiji'];
/** Of a zoom, those at ±180°, north of the equator and south of it. */
const AT_EDGE = ['0/0/0', '1/0/0', '1/1/0', '1/1/1', '2/3/1', '2/0/1', '4/15/6', '4/0/6', '4/15/9'];
const BUFFER = 64;

describe('at the antimeridian', function () {
  const countries = worldRegions().filter(({ code }) => STITCHED.includes(code));
  let servers: TestServer[];

  before(async () => {
    const memory = await newServer({
      sql: `create table stitched (id int primary key, geom geometry(geometry, 4326));
        insert into stitched values ${countries
          .map(({ geometry }, i) => `(${i}, st_geomfromgeojson('${JSON.stringify(geometry)}'))`)
          .join()};
        create table metric (id int primary key, geom geometry(polygon, 3857));
        insert into metric values (1, st_makeenvelope(-20037508.3428, -5e6, 20037508.343, -4e6, 3857)),
          (2, st_makeenvelope(19e6, 1e6, 21037508.342789244, 2e6, 3857));
        create table globe (id int primary key, geom geography(polygon));
        insert into globe values (1, 'POLYGON((175 30, -175 30, -175 40, 175 40, 175 30))');
        create table across (id int primary key, geom geometry(geometry, 4326));
        insert into across values
          (1, 'SRID=4326;POLYGON((175 30, 185 30, 190 40, 172 40, 175 30))'),
          (2, 'SRID=4326;POLYGON((-187 20, -172 20, -172 28, -187 28, -187 20), (-181 22, -181 26, -178 26, -178 22, -181 22))'),
          (3, 'SRID=4326;LINESTRING(170 10, 181 12, 200 30)'),
          (4, 'SRID=4326;MULTIPOLYGON(((170 -40, 180 -40, 180 -35, 170 -40)), ((350 -20, 365 -20, 365 -10, 350 -20)))'),
          (5, 'SRID=4326;POLYGON((178 45, 184 50, 184 45, 178 50, 178 45))'),
          (6, 'SRID=4326;POLYGON((170 60, 200 60, 200 89.95, 170 89.95, 170 60))');`,
    });
    servers = [memory];
    if (backend === 'postgres')
      servers.push(await serve({ ...memory.environment, CHOROGRAPH_MEMORY_VERTICES: '0' }));
  });

  async function tile({ api }: TestServer, layer: string, coord: string): Promise<Buffer> {
    const { body, status } = await bytesOf(api.get(`/tiles/${layer}/${coord}.mvt`));
    assert.ok([200, 204].includes(status), `${layer} ${coord}: ${status} ${String(body)}`);
    return body as Buffer;
  }

  it('countries stitched together there are as large as they are, in every engine', async () => {
    for (const server of servers) {
      const drawn = featuresOf(await tile(server, 'stitched', '0/0/0'), 'stitched');
      assert.equal(drawn.length, countries.length);
      for (const feature of drawn) {
        const { code, geometry } = countries[Number(feature.id)]!;
        const expected = areaCountedOn(geometry as Polygon | MultiPolygon);
        const ratio = areaInWorld(feature) / expected;
        // Fiji is some units large.
        assert.ok(Math.abs(ratio - 1) < (expected > 1000 ? 0.01 : 0.3), `${code}: ${ratio}`);
      }
      // The meridian of Greenwich is far from both.
      assert.equal((await tile(server, 'stitched', '4/7/5')).length, 0);
    }
  });

  it('what web mercator has beyond the world, by a rounding or by far, is not on the other side of it', async () => {
    const [{ api }] = servers as [TestServer];
    const boxOf = async (id: number): Promise<[string, ...number[]]> => {
      const { body } = await api.get(`/features/metric/${id}`).expect(200);
      const { geometry } = body as Feature<Polygon | MultiPolygon>;
      const xs = (geometry.coordinates.flat(3) as number[]).filter((_, i) => i % 2 === 0);
      const all = geometry.type === 'Polygon' ? geometry.coordinates.flat().map(([x]) => x!) : xs;
      return [geometry.type, Math.min(...all), Math.max(...all)];
    };
    assert.deepEqual(await boxOf(1), ['Polygon', -180, 180]);
    const [type, west, east] = await boxOf(2);
    assert.deepEqual([type, west, east], ['MultiPolygon', -180, 180]);
    const { body } = await api.get('/features/metric/2').expect(200);
    const { coordinates } = (body as Feature<MultiPolygon>).geometry;
    const widths = coordinates.map(([ring]) => {
      const longitudes = ring!.map(([x]) => x!);
      return Math.round((Math.max(...longitudes) - Math.min(...longitudes)) * 100) / 100;
    });
    assert.deepEqual(widths.sort(), [8.98, 9.32]);
    for (const server of servers) {
      // The whole of a band round the world, and nothing in the middle of it of what lies across its edge.
      for (const coord of ['3/0/4', '3/4/4', '3/7/4'])
        assert.deepEqual(
          featuresOf(await tile(server, 'metric', coord), 'metric').map(({ id }) => id),
          [1],
          coord,
        );
      const across = featuresOf(await tile(server, 'metric', '4/15/7'), 'metric');
      assert.deepEqual(
        across.map(({ id }) => id),
        [2],
      );
      assert.equal((await tile(server, 'metric', '4/7/7')).length, 0);
    }
    const turned = featuresOf(await tile(servers[0]!, 'metric', '4/0/7'), 'metric');
    assert.deepEqual(
      turned.map(({ id }) => id),
      [2],
    );
  });

  it('GeoJSON has them cut, as RFC 7946 asks', async () => {
    const { text } = await servers[0]!.api.get('/features/stitched').expect(200);
    for (const { geometry } of (JSON.parse(text) as FeatureCollection).features as Feature<MultiPolygon>[]) {
      assert.equal(geometry.type, 'MultiPolygon');
      for (const [ring] of geometry.coordinates) {
        const longitudes = ring!.map(([x]) => x!);
        assert.ok(longitudes.every((x) => Math.abs(x) <= 180));
        assert.ok(Math.max(...longitudes) - Math.min(...longitudes) < 180);
      }
    }
  });

  it('a geography goes the short way', async () => {
    for (const server of servers) {
      assert.equal((await tile(server, 'globe', '2/2/1')).length, 0);
      const [feature] = featuresOf(await tile(server, 'globe', '2/3/1'), 'globe');
      assert.ok(feature, 'drawn west of it');
      const [west, , east] = boxOf(feature);
      assert.deepEqual([west, east], [Math.round((4096 * 85) / 90), 4096 + BUFFER]);
    }
  });

  it('outlines go on into the buffer, alike in both engines, and are valid', async () => {
    for (const coord of AT_EDGE) {
      const tiles: Buffer[] = [];
      for (const server of servers) {
        const bytes = await tile(server, 'across', coord);
        tiles.push(bytes);
        await assertValid(coord, featuresOf(bytes, 'across'));
      }
      if (tiles.length < 2) continue;
      const [difference] = compareTiles(tiles[0]!, tiles[1]!, { buffer: BUFFER, ignoreArea: 5 });
      const { onlyInFirst = [], onlyInSecond = [], otherType = [], moved = [] } = difference ?? {};
      const far = moved.filter(({ distance }) => distance > Math.SQRT2);
      assert.deepEqual({ onlyInFirst, onlyInSecond, otherType, far }, NO_DIFFERENCE, coord);
    }
    const [feature] = featuresOf(await tile(servers.at(-1)!, 'across', '4/15/6'), 'across');
    assert.equal(boxOf(feature!)[2], 4096 + BUFFER, 'up to the end of the buffer');
  });

  it('a hole at the edge of a buffer leaves a valid polygon, in every engine', async () => {
    for (const server of servers) {
      for (const coord of ['4/15/7', '4/0/7', '3/7/3', '5/31/13', '5/0/13'])
        await assertValid(coord, featuresOf(await tile(server, 'across', coord), 'across'));
    }
  });

  async function assertValid(where: string, features: readonly VectorTileFeature[]): Promise<void> {
    const texts = features.filter(({ type }) => type === 3).map(asText);
    const invalid = await servers[0]!.run<{ reason: string }>(
      `select st_isvalidreason(st_geomfromtext(shape)) as reason from unnest($1::text[]) shape
        where not st_isvalid(st_geomfromtext(shape))`,
      [texts],
    );
    assert.deepEqual(invalid, [], where);
  }
});

const NO_DIFFERENCE = { onlyInFirst: [], onlyInSecond: [], otherType: [], far: [] };

function asText(feature: VectorTileFeature): string {
  const polygons: string[][] = [];
  for (const ring of feature.loadGeometry()) {
    const text = `(${ring.map(({ x, y }) => `${x} ${y}`).join()})`;
    if (signedArea(ring.map(({ x, y }) => [x, y])) > 0) polygons.push([text]);
    else polygons.at(-1)!.push(text);
  }
  return `MULTIPOLYGON(${polygons.map((rings) => `(${rings.join()})`).join()})`;
}

function boxOf(feature: VectorTileFeature): number[] {
  return feature.bbox();
}

/** Square units of tile 0/0/0 within the world: what is in the buffer is there twice. */
function areaInWorld(feature: VectorTileFeature): number {
  const clamp = (value: number): number => Math.max(0, Math.min(4096, value));
  return feature
    .loadGeometry()
    .reduce((sum, ring) => sum + signedArea(ring.map(({ x, y }) => [clamp(x), y])), 0);
}

/** The same of polygons whose rings jump over the antimeridian, counted on beyond it. */
function areaCountedOn({ type, coordinates }: Polygon | MultiPolygon): number {
  const polygons = type === 'Polygon' ? [coordinates] : coordinates;
  return polygons.reduce((sum, [ring]) => {
    const jumps = ring!.some(([x], i) => i > 0 && Math.abs(x! - ring![i - 1]![0]!) > 180);
    const on = ring!.map(([x, y]): Position => [
      4096 * worldX(jumps && x! < 0 ? x! + 360 : x!),
      4096 * worldY(y!),
    ]);
    return sum + Math.abs(signedArea(on));
  }, 0);
}

function signedArea(ring: readonly Position[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!;
    return sum + (x! * nextY! - nextX! * y!) / 2;
  }, 0);
}
