import assert from 'node:assert/strict';
import type { Polygon } from 'geojson';
import { cameraOf, openingView, tiledBounds } from '../../../server/choropleth/forms/view.ts';
import { worldY } from '../../../server/engine/grid.ts';
import { buildTileIndex } from '../../../server/engine/cutting/tile-index.ts';

function square(west: number, south: number, size = 10): Polygon {
  const [east, north] = [west + size, south + size];
  return {
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
  };
}

function viewOf(geometries: (Polygon | null)[]) {
  const index = buildTileIndex(
    geometries.map((geometry) => ({ geometry })),
    { maxZoom: 4, sharedBorders: true, keepCollapsed: false },
  );
  return openingView(index).map((degrees) => Number(degrees.toFixed(6)));
}

const mainland = [square(0, 0), square(10, 0), square(20, 0), square(0, 10)];

describe('opening view of regions', () => {
  it('shows all regions of a country that is not too wide, islands included', () => {
    assert.deepEqual(viewOf([...mainland, square(60, -40)]), [0, -40, 70, 20]);
  });

  it('shows the mainland where a few regions lie across the world', () => {
    assert.deepEqual(viewOf([...mainland, square(-170, 50), square(165, -20, 5)]), [0, 0, 30, 20]);
  });

  it('joins regions to a mainland through others, in whatever order they come', () => {
    const [a, b, c, d] = mainland as [Polygon, Polygon, Polygon, Polygon];
    assert.deepEqual(viewOf([c, square(-170, 50), d, a, null, b]), [0, 0, 30, 20]);
  });

  it('shows all where most regions are islands', () => {
    const islands = [-170, -100, 100, 160].map((west) => square(west, 40));
    assert.deepEqual(viewOf([square(0, 0), square(10, 0), ...islands, square(60, 0)]), [-170, 0, 170, 50]);
  });

  it('stays on its side of the world where islands lie on both sides of the antimeridian', () => {
    assert.deepEqual(
      viewOf([square(170, -20, 5), square(-175, -10, 5), square(177, -30, 3)]),
      [170, -30, 190, -5],
    );
  });

  it('shows the world where there are no regions', () => {
    assert.deepEqual(viewOf([]), [-180, -85.051129, 180, 85.051129]);
  });
});

describe('the camera of a style', () => {
  /** Whether a box fits a map of 800 by 600 pixels, and fills at least one side of it. */
  function fills([west, south, east, north]: [number, number, number, number]): void {
    const { center, zoom } = cameraOf([west, south, east, north]);
    const world = 512 * 2 ** zoom;
    const width = (world * (east - west)) / 360;
    const height = world * (worldY(south) - worldY(north));
    assert.ok(width <= 800.001 && height <= 600.001, `${width} × ${height}`);
    assert.ok(width > 780 || height > 580, `${width} × ${height}`);
    assert.ok(center[0] >= -180 && center[0] < 180);
    const middle = worldY(center[1]);
    assert.ok(Math.abs(worldY(south) - middle - (middle - worldY(north))) < 1e-9);
  }

  it('fits what is shown, small or far north or across the antimeridian', () => {
    for (const box of [
      [95, -11, 141, 6],
      [106.7, -6.4, 107, -6.1],
      [4, 58, 31, 71],
      [172, -47, 184, -34],
      [-125, 24, -66, 50],
    ] as [number, number, number, number][])
      fills(box);
    assert.deepEqual(cameraOf([172, -47, 184, -34]).center[0], 178);
    assert.deepEqual(cameraOf([170, -47, 194, -34]).center[0], -178);
  });

  it('does not go nearer than there are tiles, nor farther than the world', () => {
    assert.equal(cameraOf([5, 5, 5, 5]).zoom, 14);
    assert.equal(cameraOf([-180, -85, 180, 85]).zoom, 0.23);
  });

  it('has bounds that no tile with regions lies outside of', () => {
    assert.deepEqual(tiledBounds({ bounds: [95, -11, 141, 6] }), [95, -11, 141, 6]);
    assert.deepEqual(tiledBounds({ bounds: [175, -11, 185, 6] }), [-180, -11, 180, 6]);
    assert.deepEqual(tiledBounds({ bounds: [-60, -89, 60, 88] }).map(Math.round), [-60, -85, 60, 85]);
    assert.deepEqual(tiledBounds({ bounds: null }).map(Math.round), [-180, -85, 180, 85]);
  });
});
