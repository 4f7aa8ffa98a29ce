import assert from 'node:assert/strict';
import type { Geometry, Position } from 'geojson';
import fc from 'fast-check';
import { tileAt, worldY } from '../../../server/engine/grid.ts';
import { buildMesh } from './mesh.ts';
import { areaOf, chainsOf, decoded, distanceToRing, indexOf, type EncodedGeometry } from '../tiles.ts';

const MIN = -64;
const MAX = 4096 + 64;
const BOX_AREA = (MAX - MIN) ** 2;

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
        const geometry = index.features(coord);
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
          const geometry = other.features(tileAt(longitude, latitude, z));
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
    const [ring] = chainsOf(indexOf([outline]).features(coord), 0);
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
      const geometry = indexOf(regions).features({ z: 2, x: 2, y: 1 });
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
      chainsOf(one.features(covered), 0).map((ring) => areaOf([ring])),
      [BOX_AREA],
    );
    assert.deepEqual(one.features(tileAt(22.5, 32.5, 12)), []);
    assert.deepEqual(one.features(tileAt(-20, 30, 6)), []);
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
      const xs = chainsOf(index.features(coord), 0)[0]!.filter((_, i) => i % 2 === 0);
      return [Math.min(...xs), Math.max(...xs)];
    };
    const tenDegrees = Math.round((10 / 90) * 4096);
    assert.deepEqual(spanX({ z: 2, x: 3, y: 1 }), [4096 - tenDegrees, MAX]);
    assert.deepEqual(spanX({ z: 2, x: 0, y: 1 }), [MIN, tenDegrees]);
    assert.deepEqual(chainsOf(index.features({ z: 2, x: 1, y: 1 }), 0), []);
  });

  it('draws both ends in the one tile of zoom 0', () => {
    const xs = chainsOf(index.features({ z: 0, x: 0, y: 0 }), 0).map((ring) =>
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
        const geometry = across.features(tileAt(longitude, 0, z));
        // Regions that end before 180° are not in the buffer of the tiles behind it: nobody sees them there.
        const edges = assertBordersShared(geometry, `zoom ${z} at ${longitude}`, 0);
        assert.ok(z > 6 || edges > 10, `only ${edges} edges were compared`);
      }
    }
  });

  it('puts points on the world', () => {
    assert.deepEqual(chainsOf(index.features({ z: 2, x: 0, y: 2 }), 1), [[Math.round((5 / 90) * 4096), 0]]);
  });
});
