import assert from 'node:assert/strict';
import type { Geometry, Position } from 'geojson';
import fc from 'fast-check';
import { tileAt, tileBounds } from '../../../server/engine/grid.ts';
import { GeometryType } from '../../../server/engine/types.ts';
import { buildMesh } from '../topology/mesh.ts';
import { areaOf, chainsOf, indexOf } from '../tiles.ts';

const BOX_AREA = (4096 + 2 * 64) ** 2;

const country = { columns: 6, rows: 5, west: 20, south: 10, cell: 5, detail: 150, seed: 1 };

describe('small polygons', () => {
  const speck = (longitude: number, latitude: number, size = 0.0001): Position[] => [
    [longitude, latitude],
    [longitude + size, latitude],
    [longitude, latitude + size],
    [longitude, latitude],
  ];
  const geometries: Geometry[] = [
    { type: 'Polygon', coordinates: [speck(10, 10)] },
    { type: 'MultiPolygon', coordinates: [[speck(20, 10)], [speck(50, 10, 4)]] },
    {
      type: 'Polygon',
      coordinates: [
        [
          [30, 10],
          [31, 11],
          [30, 10],
        ],
      ],
    },
  ];

  it('leave the tile when nothing is left of them', () => {
    const geometry = indexOf(geometries).features({ z: 2, x: 2, y: 1 });
    assert.deepEqual(
      geometry.map(({ row }) => row),
      [1],
    );
    assert.equal(chainsOf(geometry, 1).length, 1);
  });

  it('are one square unit at their place where no region may vanish', () => {
    const index = indexOf(geometries, { keepCollapsed: true });
    const geometry = index.features({ z: 2, x: 2, y: 1 });
    assert.deepEqual(
      geometry.map(({ row }) => row),
      [0, 1, 2],
    );
    assert.equal(areaOf(chainsOf(geometry, 0)), 1);
    const [x] = chainsOf(geometry, 0)[0]!;
    assert.equal(x, Math.floor((10.00005 / 90) * 4096));
    assert.ok(areaOf(chainsOf(geometry, 1)) > 1000, 'specks beside a larger part are left out');
    assert.equal(areaOf(chainsOf(geometry, 2)), 1);
  });

  it('are drawn in their own tile only, and as they are where they are large enough', () => {
    const index = indexOf(geometries, { keepCollapsed: true, maxZoom: 20 });
    assert.deepEqual(index.features(tileAt(14, 14, 8)), []);
    const close = index.features(tileAt(10.00001, 10.00001, 20));
    assert.ok(areaOf(chainsOf(close, 0)) > 100);
  });
});

describe('points and lines', () => {
  const [west, south, east, north] = tileBounds({ z: 4, x: 12, y: 7 });
  const unit = (east - west) / 4096;

  it('keeps points up to the buffer', () => {
    const middle = (south + north) / 2;
    const at = (units: number): Geometry => ({ type: 'Point', coordinates: [west + units * unit, middle] });
    const geometry = indexOf([at(-64), at(-64.6), at(0.4), at(4160), at(4160.6), null]).features({
      z: 4,
      x: 12,
      y: 7,
    });
    assert.deepEqual(
      geometry.map(({ row, type }) => [row, type]),
      [
        [0, 1],
        [2, 1],
        [3, 1],
      ],
    );
    assert.deepEqual(
      [0, 2, 3].map((row) => chainsOf(geometry, row)[0]![0]),
      [-64, 0, 4160],
    );
  });

  it('keeps the points of a MultiPoint together, without repeats', () => {
    const coordinates = [
      [west + 10 * unit, north],
      [west + 10.1 * unit, north],
      [west + 20 * unit, north],
    ];
    const geometry = indexOf([{ type: 'MultiPoint', coordinates }]).features({ z: 4, x: 12, y: 7 });
    assert.deepEqual(chainsOf(geometry, 0), [
      [10, 0],
      [20, 0],
    ]);
  });

  it('are in row order, whether a tile has most of them or few', () => {
    // Rows wander over the world, so that neighbours in a tile are far apart in the table.
    const places = Array.from({ length: 2000 }, (_, row) => [
      ((row * 7919) % 3600) / 10 - 180,
      (row % 60) - 30,
    ]);
    const index = indexOf(places.map((coordinates) => ({ type: 'Point', coordinates })));
    for (const coord of [
      { z: 0, x: 0, y: 0 },
      { z: 4, x: 12, y: 7 },
    ]) {
      const [tileWest, tileSouth, tileEast, tileNorth] = tileBounds(coord);
      const inside = places.flatMap(([x = 0, y = 0], row) =>
        x > tileWest && x < tileEast && y > tileSouth && y < tileNorth ? [row] : [],
      );
      const rows = index.features(coord).map(({ row }) => row);
      assert.ok(inside.length > 5 && (coord.z === 0) === inside.length > 2000 / 16);
      assert.deepEqual(
        rows,
        [...rows].sort((a, b) => a - b),
      );
      assert.deepEqual(
        inside.filter((row) => !rows.includes(row)),
        [],
      );
    }
  });

  it('rounds every point to the nearest unit', () => {
    const position = fc.record({ x: fc.double({ min: 0, max: 4096, noNaN: true }) });
    fc.assert(
      fc.property(position, ({ x }) => {
        const index = indexOf([{ type: 'Point', coordinates: [west + x * unit, 0] }]);
        const [at] = chainsOf(index.features({ z: 4, x: 12, y: 7 }), 0)[0]!;
        assert.ok(Math.abs(at! - x) <= 0.5 + 1e-6);
      }),
    );
  });

  it('cuts a line into its parts inside', () => {
    const middle = (south + north) / 2;
    const line: Position[] = [
      [west + 100 * unit, middle],
      [west - 1000 * unit, middle],
      [west - 1000 * unit, north],
      [west + 100 * unit, north],
    ];
    const geometry = indexOf([{ type: 'LineString', coordinates: line }]).features({ z: 4, x: 12, y: 7 });
    assert.equal(geometry[0]!.type, GeometryType.line);
    const lines = chainsOf(geometry, 0);
    assert.deepEqual(
      lines.map(([x]) => x),
      [100, -64],
    );
    assert.deepEqual(
      lines.map((chain) => chain.at(-2)),
      [-64, 100],
    );
  });

  it('draws a mixed layer in row order and the highest dimension of a collection', () => {
    const box: Position[][] = [
      [
        [west, south],
        [east, south],
        [east, north],
        [west, south],
      ],
    ];
    const inside: Position = [west + unit, (south + north) / 2];
    const geometry = indexOf([
      { type: 'Point', coordinates: inside },
      { type: 'Polygon', coordinates: box },
      {
        type: 'GeometryCollection',
        geometries: [
          { type: 'Point', coordinates: inside },
          { type: 'LineString', coordinates: box[0]! },
        ],
      },
      { type: 'MultiPoint', coordinates: [inside] },
      { type: 'GeometryCollection', geometries: [] },
      { type: 'Polygon', coordinates: [] },
    ]).features({ z: 4, x: 12, y: 7 });
    assert.deepEqual(
      geometry.map(({ row, type }) => [row, type]),
      [
        [0, 1],
        [1, 3],
        [2, 2],
        [3, 1],
      ],
    );
  });
});

describe('tile index', () => {
  it('knows its bounds and its vertices', () => {
    const index = indexOf([
      {
        type: 'LineString',
        coordinates: [
          [1, 2],
          [3, 4],
          [3, 4],
        ],
      },
      { type: 'Point', coordinates: [-5, 1] },
    ]);
    const rounded = index.bounds!.map((value) => Math.round(value * 1e9) / 1e9);
    assert.deepEqual(rounded, [-5, 1, 3, 4]);
    assert.equal(index.vertexCount, 3);
    assert.equal(indexOf([null]).bounds, null);
    assert.deepEqual(indexOf([]).features({ z: 0, x: 0, y: 0 }), []);
  });

  it('cuts a tile once while there is room to keep it', () => {
    const regions = buildMesh(country).regions;
    const coord = { z: 3, x: 4, y: 3 };
    const roomy = indexOf(regions);
    assert.equal(roomy.tile(coord), roomy.tile(coord));
    const before = roomy.memoryBytes();
    roomy.features({ z: 4, x: 9, y: 7 });
    assert.ok(roomy.memoryBytes() > before);
    const tight = indexOf(regions, { cacheBytes: 1 });
    assert.notEqual(tight.tile(coord), tight.tile(coord));
    assert.deepEqual(tight.features(coord), roomy.features(coord));
  });

  it('serves zooms beyond the last one with its detail', () => {
    const index = indexOf(buildMesh(country).regions, { maxZoom: 3 });
    const geometry = index.features(tileAt(33, 22, 6));
    const area = geometry.reduce((sum, { row }) => sum + areaOf(chainsOf(geometry, row)), 0);
    assert.equal(area, BOX_AREA);
  });

  it('cuts the same tile of a long ring as of one without chunks to skip', () => {
    // A comb around the tile: many vertices far beyond each side, some inside.
    const ring: Position[] = Array.from({ length: 4000 }, (_, i) => {
      const angle = (2 * Math.PI * i) / 4000;
      const radius = i % 2 === 0 ? 20 : 3;
      return [30 + radius * Math.cos(angle), 20 + radius * Math.sin(angle)];
    });
    const index = indexOf([{ type: 'Polygon', coordinates: [[...ring, ring[0]!]] }], { maxZoom: 14 });
    const coord = tileAt(33.1, 20, 8);
    const wide = indexOf([{ type: 'Polygon', coordinates: [[...ring, ring[0]!]] }], {
      maxZoom: 14,
      extent: 4096 * 64,
      buffer: 64 * 64,
    });
    const scaled = areaOf(chainsOf(wide.features(coord), 0)) / 64 ** 2;
    const area = areaOf(chainsOf(index.features(coord), 0));
    assert.ok(area > 0 && Math.abs(area - scaled) / scaled < 0.01, `${area} and ${scaled}`);
  });
});
