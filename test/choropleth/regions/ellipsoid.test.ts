import assert from 'node:assert/strict';
import type { Polygon } from 'geojson';
import { ellipsoidArea } from '../../../server/choropleth/regions/ellipsoid.ts';

/** All of WGS 84, in m². */
const EARTH = 510_065_621_724_088;

const box = (west: number, south: number, east: number, north: number): Polygon => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ],
});

describe('areas on the ellipsoid', () => {
  // ST_Area(geography) of PostGIS 3.3 (PROJ's geodesics), in m², and how near ours is: edges of a degree or less are
  // what regions have.
  for (const [west, south, east, north, expected, within] of [
    [0, 0, 1, 1, 12_308_778_361.469454, 1e-6],
    [10, 50, 11, 51, 7_892_061_583.206543, 1e-6],
    [0, 0, 10, 10, 1_227_877_191_609.627, 2e-5],
    [0, 60, 20, 70, 1_035_082_269_630.4238, 5e-5],
    [10, 80, 30, 85, 159_551_410_744.97266, 1e-5],
  ] as const) {
    it(`of a box from ${west}, ${south} to ${east}, ${north} is that of its geodesics`, () => {
      const area = ellipsoidArea(box(west, south, east, north));
      assert.ok(Math.abs(area / expected - 1) < within, `${area}`);
    });
  }

  it('of both halves of the world, however drawn, is that of the ellipsoid', () => {
    assert.ok(Math.abs(ellipsoidArea(box(-180, -90, 180, 90)) / EARTH - 1) < 1e-9);
    const halves = ellipsoidArea(box(-180, -90, 180, 0)) + ellipsoidArea(box(-180, 0, 180, 90));
    assert.ok(Math.abs(halves / EARTH - 1) < 1e-9);
    const quarters = [-180, -90, 0, 90].map((west) => ellipsoidArea(box(west, -90, west + 90, 0)));
    for (const quarter of quarters) assert.ok(Math.abs(quarter / (EARTH / 8) - 1) < 1e-9);
  });

  it('does not depend on the direction of rings, takes holes away and adds parts', () => {
    const outer = box(10, 50, 12, 52).coordinates[0]!;
    const hole = box(10.5, 50.5, 11, 51).coordinates[0]!;
    const whole = ellipsoidArea({ type: 'Polygon', coordinates: [outer] });
    const missing = ellipsoidArea({ type: 'Polygon', coordinates: [hole] });
    for (const ring of [hole, [...hole].reverse()]) {
      const left = ellipsoidArea({ type: 'Polygon', coordinates: [[...outer].reverse(), ring] });
      assert.ok(Math.abs(left - (whole - missing)) < 1);
    }
    const parts = ellipsoidArea({ type: 'MultiPolygon', coordinates: [[outer], [hole]] });
    assert.ok(Math.abs(parts - (whole + missing)) < 1);
    assert.equal(ellipsoidArea({ type: 'Point', coordinates: [1, 1] }), 0);
  });
});
