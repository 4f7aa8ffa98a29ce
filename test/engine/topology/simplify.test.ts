import assert from 'node:assert/strict';
import type { Geometry, Polygon, Position } from 'geojson';
import { simplifyShared } from '../../../server/engine/topology/simplify.ts';
import { buildTopology } from '../../../server/engine/topology/topology.ts';
import { buildMesh } from './mesh.ts';

const country = { columns: 6, rows: 5, west: 20, south: 10, cell: 5, detail: 150, seed: 7 };
const mesh = buildMesh(country);
const topology = buildTopology(mesh.regions, { sharedBorders: true });

function ringsOf(geometry: Geometry | null): Position[][] {
  if (geometry?.type === 'Polygon') return geometry.coordinates;
  if (geometry?.type === 'MultiPolygon') return geometry.coordinates.flat();
  throw new Error(`not a polygon: ${geometry?.type}`);
}

/** Signed area in square degrees: positive counter-clockwise. */
function area(ring: readonly Position[]): number {
  let twice = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    twice += ring[i]![0]! * ring[i + 1]![1]! - ring[i + 1]![0]! * ring[i]![1]!;
  }
  return twice / 2;
}

function edges(geometries: readonly (Geometry | null)[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const ring of geometries.flatMap(ringsOf)) {
    for (let i = 0; i + 1 < ring.length; i++) {
      const key = `${ring[i]} → ${ring[i + 1]}`;
      found.set(key, (found.get(key) ?? 0) + 1);
    }
  }
  return found;
}

describe('simplified geometry', () => {
  for (const zoom of [0, 1, 2, 4, 6, 20]) {
    it(`keeps borders shared at zoom ${zoom}`, () => {
      const simplified = simplifyShared(topology, { zoom });
      const found = edges(simplified);
      const seaEdges = new Set(mesh.regions[mesh.sea]!.coordinates[0]!.map(([x]) => x));
      let shared = 0;
      for (const [edge, count] of found) {
        const [a, b] = edge.split(' → ');
        assert.equal(count, 1, `${edge} occurs ${count} times`);
        if (found.has(`${b} → ${a}`)) shared++;
        else assert.ok(seaEdges.has(Math.round(Number(a!.split(',')[0]))), `${edge} has no neighbour`);
      }
      assert.ok(shared > 100);
    });
  }

  it('has less detail at lower zooms', () => {
    const counts = [0, 2, 4, 6].map((zoom) => edges(simplifyShared(topology, { zoom })).size);
    assert.deepEqual(
      counts,
      [...counts].sort((a, b) => a - b),
    );
    assert.ok(counts[0]! < counts[3]! / 5, counts.join());
  });

  it('keeps every region, with rings as RFC 7946 has them', () => {
    for (const zoom of [-4, 0, 3]) {
      for (const [row, geometry] of simplifyShared(topology, { zoom }).entries()) {
        const [exterior, ...holes] = ringsOf(geometry);
        assert.ok(area(exterior!) > 0, `region ${row} at zoom ${zoom}`);
        assert.ok(exterior!.length >= 4);
        for (const ring of [exterior!, ...holes]) assert.deepEqual(ring[0], ring.at(-1));
        for (const hole of holes) assert.ok(area(hole) < 0);
      }
    }
  });

  it('gives all vertices that matter back where they were', () => {
    const region = mesh.regions[mesh.island]!;
    const geometry = simplifyShared(topology, { zoom: 24 })[mesh.island] as Polygon;
    assert.equal(geometry.coordinates[0]!.length, region.coordinates[0]!.length);
    const distance = ([x, y]: Position): number =>
      Math.min(...region.coordinates[0]!.map((place) => Math.hypot(place[0]! - x!, place[1]! - y!)));
    assert.ok(Math.max(...geometry.coordinates[0]!.map(distance)) < 1e-9);
  });

  it('leaves specks beside a larger part out, and keeps other geometry', () => {
    const square = (x: number, size: number): Position[] => [
      [x, 0],
      [x + size, 0],
      [x + size, size],
      [x, size],
      [x, 0],
    ];
    const line: Position[] = [
      [0, 0],
      [5, 0.0001],
      [10, 0],
    ];
    const geometries: (Geometry | null)[] = [
      { type: 'MultiPolygon', coordinates: [[square(0, 10)], [square(20, 0.001)]] },
      { type: 'MultiPolygon', coordinates: [[square(30, 0.001)], [square(40, 0.0001)]] },
      { type: 'LineString', coordinates: line },
      {
        type: 'MultiPoint',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
      { type: 'Point', coordinates: [1, 2] },
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 1],
            [0, 0],
          ],
        ],
      },
      null,
    ];
    const simplified = simplifyShared(buildTopology(geometries, { sharedBorders: true }), { zoom: 1 });
    const types = simplified.map((geometry) => geometry?.type ?? null);
    assert.deepEqual(types, ['Polygon', 'Polygon', 'LineString', 'MultiPoint', 'Point', null, null]);
    assert.equal(ringsOf(simplified[1]!)[0]!.length, 4);
    assert.equal((simplified[2] as { coordinates: Position[] }).coordinates.length, 2);
  });
});
