import assert from 'node:assert/strict';
import type { Polygon } from 'geojson';
import { openingView } from '../../server/choropleth/view.ts';
import { buildTileIndex } from '../../server/engine/index.ts';

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

  it('shows the world where there are no regions', () => {
    assert.deepEqual(viewOf([]), [-180, -85.051129, 180, 85.051129]);
  });
});
