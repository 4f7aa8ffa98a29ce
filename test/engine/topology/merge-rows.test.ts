import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MultiPolygon, Polygon, Position } from 'geojson';
import { shapesOf } from '../../../server/engine/topology/flat.ts';
import { mergeRows } from '../../../server/engine/topology/merge-rows.ts';
import { simplifyShared } from '../../../server/engine/topology/simplify.ts';
import { buildTopology } from '../../../server/engine/topology/topology.ts';

const SIDE = 5;

/** A cell of a grid near the equator, with a corner at whole degrees. */
function cell(i: number): Polygon {
  const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
  return {
    type: 'Polygon',
    coordinates: [
      [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
        [x, y],
      ],
    ],
  };
}

function polygonsOf(geometry: Polygon | MultiPolygon | null): Position[][][] {
  if (!geometry) return [];
  return geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
}

function inside([x, y]: readonly [number, number], ring: readonly Position[]): boolean {
  let result = false;
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = ring[i - 1] as [number, number];
    const [bx, by] = ring[i] as [number, number];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) result = !result;
  }
  return result;
}

describe('Rows put together', () => {
  it('cover what their parts cover, in simple rings, whatever the parts', () => {
    const rows = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: SIDE * SIDE, maxLength: SIDE * SIDE });
    const repeated = fc.array(fc.integer({ min: 0, max: SIDE * SIDE - 1 }), { maxLength: 3 });
    fc.assert(
      fc.property(rows, repeated, (of, again) => {
        const cells = [...of.keys(), ...again];
        const topology = buildTopology(cells.map(cell), { sharedBorders: true });
        const merged = mergeRows(
          topology,
          cells.map((i) => of[i]!),
          4,
        );
        assert.equal(merged.rows, 4);
        const order = [...merged.shapeRow];
        assert.deepEqual(
          order,
          [...order].sort((a, b) => a - b),
        );
        const geometries = simplifyShared(merged, { zoom: 14 }) as (Polygon | MultiPolygon | null)[];
        for (const [row, geometry] of geometries.entries()) {
          const polygons = polygonsOf(geometry);
          for (const ring of polygons.flat()) {
            const corners = ring.slice(1).map((position) => position.map((n) => n.toFixed(6)).join());
            assert.equal(new Set(corners).size, corners.length, 'a ring touches itself');
          }
          for (const i of of.keys()) {
            const center = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5] as const;
            const holding = polygons.filter(
              ([outer, ...holes]) => inside(center, outer!) && !holes.some((hole) => inside(center, hole)),
            );
            assert.equal(holding.length, of[i] === row ? 1 : 0, `cell ${i} of row ${row}`);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leave single rows and polygons that overlap as they are', () => {
    const wide: Polygon = {
      type: 'Polygon',
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [2, 0],
          [2, 1],
          [0, 1],
          [0, 0],
        ],
      ],
    };
    const topology = buildTopology([cell(0), wide, cell(7), null], { sharedBorders: true });
    const merged = mergeRows(topology, [0, 0, 1, 2], 3);
    assert.deepEqual(
      Array.from(shapesOf(merged), ({ row, chains }) => [row, chains]),
      Array.from(shapesOf(topology), ({ chains }, i) => [i === 2 ? 1 : 0, chains]),
    );
  });
});
