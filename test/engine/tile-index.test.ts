import assert from 'node:assert/strict';
import type { Geometry, Position } from 'geojson';
import fc from 'fast-check';
import { tileAt, tileBounds, worldY } from '../../server/engine/grid.ts';
import { buildTileIndex } from '../../server/engine/index.ts';
import type { TileIndex, TileIndexOptions } from '../../server/engine/index.ts';
import type { EncodedGeometry } from '../../server/engine/types.ts';
import { GeometryType } from '../../server/engine/types.ts';
import { buildMesh } from './mesh.ts';
import { areaOf, chainsOf, decoded, distanceToRing } from './tiles.ts';

const MIN = -64;
const MAX = 4096 + 64;
const BOX_AREA = (MAX - MIN) ** 2;

function indexOf(geometries: (Geometry | null)[], options: Partial<TileIndexOptions> = {}): TileIndex {
  const features = geometries.map((geometry) => ({ geometry }));
  return buildTileIndex(features, { maxZoom: 14, sharedBorders: true, keepCollapsed: false, ...options });
}

/** How often each directed edge of any ring occurs, without those along the clip boundary. */
function borderEdges(geometry: readonly EncodedGeometry[]): Map<string, number> {
  const edges = new Map<string, number>();
  const isBoundary = (a: number, b: number): boolean => a === b && (a === MIN || a === MAX);
  for (const feature of decoded(geometry).values()) {
    for (const ring of feature.loadGeometry()) {
      for (let i = 0; i + 1 < ring.length; i++) {
        const a = ring[i]!;
        const b = ring[i + 1]!;
        if (isBoundary(a.x, b.x) || isBoundary(a.y, b.y)) continue;
        const key = `${a.x} ${a.y} ${b.x} ${b.y}`;
        edges.set(key, (edges.get(key) ?? 0) + 1);
      }
    }
  }
  return edges;
}

/** Checks the edges that reach `from` units east of the tile's corner or farther; their number. */
function assertBordersShared(geometry: readonly EncodedGeometry[], tile: string, from = MIN): number {
  const edges = borderEdges(geometry);
  for (const [edge, count] of edges) {
    const [a, b, c, d] = edge.split(' ');
    if (Math.max(Number(a), Number(c)) < from) continue;
    assert.equal(count, 1, `${tile}: edge ${edge} is drawn ${count} times`);
    assert.equal(edges.get(`${c} ${d} ${a} ${b}`), 1, `${tile}: edge ${edge} has no neighbour`);
  }
  return edges.size;
}

const country = { columns: 6, rows: 5, west: 20, south: 10, cell: 5, detail: 150, seed: 1 };

describe('shared borders', () => {
  const mesh = buildMesh(country);
  const index = indexOf(mesh.regions);
  const places: Position[] = [
    [20.3, 34.8],
    [33, 22],
    [35.1, 15],
    [45, 12.5],
    [15, 15],
    [22.4, 32.6],
  ];

  for (const z of [2, 3, 4, 5, 6, 7, 9, 12]) {
    it(`has neither gap nor overlap at zoom ${z}`, () => {
      let edges = 0;
      for (const [longitude, latitude] of places) {
        const coord = tileAt(longitude!, latitude!, z);
        const geometry = index.tile(coord);
        edges += assertBordersShared(geometry, `${coord.z}/${coord.x}/${coord.y}`);
        const area = geometry.reduce((sum, { row }) => sum + areaOf(chainsOf(geometry, row)), 0);
        assert.equal(area, BOX_AREA, 'the regions cover the tile exactly once');
      }
      assert.ok(z >= 9 || edges > 100, `only ${edges} edges were compared`);
    });
  }

  it('holds for any country and any tile of it', () => {
    const countries = fc.record({ seed: fc.nat(), detail: fc.integer({ min: 2, max: 150 }) });
    const place = fc.record({
      longitude: fc.double({ min: 14, max: 54, noNaN: true }),
      latitude: fc.double({ min: 8, max: 38, noNaN: true }),
      z: fc.integer({ min: 2, max: 11 }),
    });
    fc.assert(
      fc.property(countries, fc.array(place, { minLength: 1, maxLength: 4 }), (options, tiles) => {
        const other = indexOf(buildMesh({ ...country, ...options }).regions);
        for (const { longitude, latitude, z } of tiles) {
          const geometry = other.tile(tileAt(longitude, latitude, z));
          const area = geometry.reduce((sum, { row }) => sum + areaOf(chainsOf(geometry, row)), 0);
          assert.equal(area, BOX_AREA);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('drops vertices that nobody can see, and stays within a unit of the outline', () => {
    const circle = Array.from({ length: 10_000 }, (_, i): Position => {
      const angle = (2 * Math.PI * i) / 10_000;
      return [45 + 5 * Math.cos(angle), 5 * Math.sin(angle)];
    });
    const outline: Geometry = { type: 'Polygon', coordinates: [[...circle, circle[0]!]] };
    const coord = { z: 2, x: 2, y: 1 };
    const [ring] = chainsOf(indexOf([outline]).tile(coord), 0);
    assert.ok(ring!.length / 2 < 300, `${ring!.length / 2} vertices`);

    const distances = circle
      .filter(([, latitude]) => latitude! > 0)
      .map(([longitude, latitude]) => {
        const x = (longitude! / 90) * 4096;
        const y = (worldY(latitude!) - 0.25) * 4 * 4096;
        return distanceToRing(x, y, ring!);
      });
    assert.ok(Math.max(...distances) <= 1, `${Math.max(...distances)} units away`);
  });

  it('winds exteriors clockwise on screen and holes the other way, whatever came in', () => {
    const reversed = mesh.regions.map(({ type, coordinates }) => ({
      type,
      coordinates: coordinates.map((ring) => [...ring].reverse()),
    }));
    for (const regions of [mesh.regions, reversed]) {
      const geometry = indexOf(regions).tile({ z: 2, x: 2, y: 1 });
      const [exterior, ...holes] = chainsOf(geometry, mesh.sea);
      assert.ok(areaOf([exterior!]) > 0);
      assert.equal(holes.length, 2);
      for (const hole of holes) assert.ok(areaOf([hole]) < 0);
    }
  });

  it('is one full square where a region covers the tile, and nothing where the tile is in a hole', () => {
    const [west, south, east, north] = [22, 32, 23, 33];
    const hole = [
      [west, south],
      [west, north],
      [east, north],
      [east, south],
      [west, south],
    ];
    const world = [
      [0, 0],
      [60, 0],
      [60, 60],
      [0, 60],
      [0, 0],
    ];
    const one = indexOf([{ type: 'Polygon', coordinates: [world, hole] }]);
    const covered = tileAt(40, 30, 9);
    assert.deepEqual(
      chainsOf(one.tile(covered), 0).map((ring) => areaOf([ring])),
      [BOX_AREA],
    );
    assert.deepEqual(one.tile(tileAt(22.5, 32.5, 12)), []);
    assert.deepEqual(one.tile(tileAt(-20, 30, 6)), []);
  });
});

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
    const geometry = indexOf(geometries).tile({ z: 2, x: 2, y: 1 });
    assert.deepEqual(
      geometry.map(({ row }) => row),
      [1],
    );
    assert.equal(chainsOf(geometry, 1).length, 1);
  });

  it('are one square unit at their place where no region may vanish', () => {
    const index = indexOf(geometries, { keepCollapsed: true });
    const geometry = index.tile({ z: 2, x: 2, y: 1 });
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
    assert.deepEqual(index.tile(tileAt(14, 14, 8)), []);
    const close = index.tile(tileAt(10.00001, 10.00001, 20));
    assert.ok(areaOf(chainsOf(close, 0)) > 100);
  });
});

describe('antimeridian', () => {
  const beyond: Geometry = {
    type: 'Polygon',
    coordinates: [
      [
        [170, -10],
        [190, -10],
        [190, 10],
        [170, 10],
        [170, -10],
      ],
    ],
  };
  const index = indexOf([beyond, { type: 'Point', coordinates: [185, 0] }]);

  it('draws what reaches past 180° on the other side too', () => {
    const spanX = (coord: { z: number; x: number; y: number }): number[] => {
      const xs = chainsOf(index.tile(coord), 0)[0]!.filter((_, i) => i % 2 === 0);
      return [Math.min(...xs), Math.max(...xs)];
    };
    const tenDegrees = Math.round((10 / 90) * 4096);
    assert.deepEqual(spanX({ z: 2, x: 3, y: 1 }), [4096 - tenDegrees, MAX]);
    assert.deepEqual(spanX({ z: 2, x: 0, y: 1 }), [MIN, tenDegrees]);
    assert.deepEqual(chainsOf(index.tile({ z: 2, x: 1, y: 1 }), 0), []);
  });

  it('draws both ends in the one tile of zoom 0', () => {
    const xs = chainsOf(index.tile({ z: 0, x: 0, y: 0 }), 0).map((ring) =>
      Math.min(...ring.filter((_, i) => i % 2 === 0)),
    );
    assert.deepEqual(xs, [MIN, 4096 - Math.round((10 / 360) * 4096)]);
  });

  it('keeps a country across 180° without gaps', () => {
    const sea = [150, -60, 210, 60] as const;
    const mesh = buildMesh({ ...country, columns: 4, rows: 3, west: 170, south: -8, sea });
    const across = indexOf(mesh.regions);
    for (const longitude of [178, -178]) {
      for (const z of [4, 6, 8]) {
        const geometry = across.tile(tileAt(longitude, 0, z));
        // Regions that end before 180° are not in the buffer of the tiles behind it: nobody sees them there.
        const edges = assertBordersShared(geometry, `zoom ${z} at ${longitude}`, 0);
        assert.ok(z > 6 || edges > 10, `only ${edges} edges were compared`);
      }
    }
  });

  it('puts points on the world', () => {
    assert.deepEqual(chainsOf(index.tile({ z: 2, x: 0, y: 2 }), 1), [[Math.round((5 / 90) * 4096), 0]]);
  });
});

describe('points and lines', () => {
  const [west, south, east, north] = tileBounds({ z: 4, x: 12, y: 7 });
  const unit = (east - west) / 4096;

  it('keeps points up to the buffer', () => {
    const middle = (south + north) / 2;
    const at = (units: number): Geometry => ({ type: 'Point', coordinates: [west + units * unit, middle] });
    const geometry = indexOf([at(-64), at(-64.6), at(0.4), at(4160), at(4160.6), null]).tile({
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
    const geometry = indexOf([{ type: 'MultiPoint', coordinates }]).tile({ z: 4, x: 12, y: 7 });
    assert.deepEqual(chainsOf(geometry, 0), [
      [10, 0],
      [20, 0],
    ]);
  });

  it('rounds every point to the nearest unit', () => {
    const position = fc.record({ x: fc.double({ min: 0, max: 4096, noNaN: true }) });
    fc.assert(
      fc.property(position, ({ x }) => {
        const index = indexOf([{ type: 'Point', coordinates: [west + x * unit, 0] }]);
        const [at] = chainsOf(index.tile({ z: 4, x: 12, y: 7 }), 0)[0]!;
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
    const geometry = indexOf([{ type: 'LineString', coordinates: line }]).tile({ z: 4, x: 12, y: 7 });
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
    ]).tile({ z: 4, x: 12, y: 7 });
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
    assert.deepEqual(indexOf([]).tile({ z: 0, x: 0, y: 0 }), []);
  });

  it('cuts a tile once while there is room to keep it', () => {
    const regions = buildMesh(country).regions;
    const coord = { z: 3, x: 4, y: 3 };
    const roomy = indexOf(regions);
    assert.equal(roomy.tile(coord), roomy.tile(coord));
    const before = roomy.memoryBytes();
    roomy.tile({ z: 4, x: 9, y: 7 });
    assert.ok(roomy.memoryBytes() > before);
    const tight = indexOf(regions, { cacheBytes: 1 });
    assert.notEqual(tight.tile(coord), tight.tile(coord));
    assert.deepEqual(tight.tile(coord), roomy.tile(coord));
  });

  it('serves zooms beyond the last one with its detail', () => {
    const index = indexOf(buildMesh(country).regions, { maxZoom: 3 });
    const geometry = index.tile(tileAt(33, 22, 6));
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
    const scaled = areaOf(chainsOf(wide.tile(coord), 0)) / 64 ** 2;
    const area = areaOf(chainsOf(index.tile(coord), 0));
    assert.ok(area > 0 && Math.abs(area - scaled) / scaled < 0.01, `${area} and ${scaled}`);
  });
});
