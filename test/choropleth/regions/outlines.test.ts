import assert from 'node:assert/strict';
import { union } from '@turf/turf';
import type { Feature, FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson';
import { demoServer, once, onPostgres, type TestServer } from '../../support/environment.ts';

type Outline = Feature<Polygon | MultiPolygon, { code: string; parent: string }>;

/** Area in square degrees: gaps and overlaps are measured in the plane in which they would be drawn. */
function planar({ geometry }: Feature<Polygon | MultiPolygon>): number {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const ring = (positions: Position[]): number =>
    positions.slice(1).reduce((sum, [x = 0, y = 0], i) => {
      const [px = 0, py = 0] = positions[i]!;
      return sum + (px * y - x * py) / 2;
    }, 0);
  return polygons.reduce((sum, rings) => sum + rings.reduce((area, r) => area + ring(r), 0), 0);
}

function holes({ geometry }: Feature<Polygon | MultiPolygon>): number {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  return polygons.reduce((sum, rings) => sum + rings.length - 1, 0);
}

once('Outlines of regions at a zoom and a precision', () => {
  let server: TestServer;
  before(async () => void (server = await demoServer()));

  const outlines = async (query: Record<string, string>): Promise<Outline[]> => {
    const { body } = await server.api.get('/gis/choropleth/us-unemployment').query(query);
    return (body as FeatureCollection).features as Outline[];
  };

  for (const zoom of ['3', '5', '8']) {
    for (const precision of ['2', '4', '6']) {
      // States without coast, lakes or cities enclosed by a county: nothing but gaps would be a hole in them.
      for (const state of ['20', '19', '08']) {
        it(`neither gap nor overlap in state ${state}, zoom ${zoom}, ${precision} decimals`, async () => {
          const counties = await outlines({ parent: state, zoom, precision });
          assert.ok(counties.length > 60);
          const whole = union({ type: 'FeatureCollection', features: counties }) as Feature<
            Polygon | MultiPolygon
          >;
          const sum = counties.reduce((total, county) => total + planar(county), 0);
          assert.ok(
            Math.abs(sum - planar(whole)) < 1e-9 * sum,
            `${sum} in parts, ${planar(whole)} as a whole`,
          );
          assert.deepEqual([whole.geometry.type, holes(whole)], ['Polygon', 0]);
        });
      }
    }
  }

  // Thousands of unions are too much for the embedded database.
  onPostgres('all together', () => {
    it('neither gap nor overlap between all counties, as PostGIS measures', async () => {
      for (const [zoom, precision] of [
        ['4', '3'],
        ['6', '4'],
      ] as const) {
        const counties = await outlines({ zoom, precision });
        const [row] = await server.run<{ parts: number; whole: number }>(
          `with g as (select st_makevalid(st_geomfromgeojson(value::text)) as g from jsonb_array_elements($1::jsonb))
         select sum(st_area(g)) as parts, st_area(st_union(g)) as whole from g`,
          [JSON.stringify(counties.map(({ geometry }) => geometry))],
        );
        assert.ok(
          Math.abs(row!.parts / row!.whole - 1) < 1e-6,
          `zoom ${zoom}: ${row!.parts} and ${row!.whole}`,
        );
      }
    });
  });

  it('every region keeps an outline, with closed rings of at least four positions', async () => {
    for (const [zoom, precision] of [
      ['0', '1'],
      ['2', '2'],
      ['7', '5'],
    ] as const) {
      for (const { geometry, properties } of await outlines({ zoom, precision })) {
        const rings = geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat();
        assert.ok(rings.length > 0, properties.code);
        for (const ring of rings) {
          assert.ok(ring.length >= 4, properties.code);
          assert.deepEqual(ring[0], ring.at(-1), properties.code);
          for (const degrees of ring.flat())
            assert.equal(degrees, Number(degrees.toFixed(Number(precision))), properties.code);
        }
      }
    }
  });
});
