import assert from 'node:assert/strict';
import GeoJSONVT from 'geojson-vt';
import { tileAt } from '../../../server/engine/grid.ts';
import { buildMesh } from '../topology/mesh.ts';
import { areaOf, chainsOf, indexOf } from '../tiles.ts';

/** Area of rings, holes counting as negative whichever way they run: the first ring is the outer one. */
function netArea(rings: readonly (readonly (readonly [number, number])[])[]): number {
  return Math.abs(areaOf(rings.map((ring) => ring.slice(0, -1).flat())));
}

/** Length around a feature: what rounding each vertex by half a unit may change of its area, at most. */
function around(chains: readonly (readonly number[])[]): number {
  let length = 0;
  for (const chain of chains) {
    for (let i = 0; i < chain.length; i += 2) {
      const next = (i + 2) % chain.length;
      length += Math.hypot(chain[next]! - chain[i]!, chain[next + 1]! - chain[i + 1]!);
    }
  }
  return length;
}

describe('tiles beside those of geojson-vt', () => {
  const mesh = buildMesh({ columns: 6, rows: 5, west: 10, south: 40, cell: 2, detail: 60, seed: 5 });
  const index = indexOf(mesh.regions);
  // Nothing simplified, so that only slicing is compared.
  const reference = new GeoJSONVT(
    {
      type: 'FeatureCollection',
      features: mesh.regions.map((geometry, row) => ({ type: 'Feature', id: row, properties: {}, geometry })),
    },
    { maxZoom: 14, tolerance: 0, extent: 4096, buffer: 64 },
  );

  for (const z of [3, 5, 6, 8, 10]) {
    it(`hold the same regions with the same areas at zoom ${z}`, () => {
      let compared = 0;
      for (const [longitude, latitude] of [
        [12.1, 42.2],
        [16, 45],
        [21.7, 49.5],
      ] as const) {
        const coord = tileAt(longitude, latitude, z);
        const theirs = new Map(
          reference
            .getTile(coord.z, coord.x, coord.y)
            ?.features.map((feature) => [Number(feature.id), feature]),
        );
        const ours = index.features(coord);
        for (const { row } of ours) {
          const chains = chainsOf(ours, row);
          const area = Math.abs(areaOf(chains));
          const other = theirs.get(row);
          const allowed = around(chains) + 4;
          const theirArea = other?.type === 3 ? netArea(other.geometry) : 0;
          assert.ok(Math.abs(area - theirArea) <= allowed, `region ${row}: ${area} and ${theirArea}`);
          compared++;
        }
        const drawn = new Set(ours.map(({ row }) => row));
        for (const [row, feature] of theirs) {
          if (feature.type !== 3 || drawn.has(row)) continue;
          assert.ok(netArea(feature.geometry) < 200, `region ${row} is missing`);
        }
      }
      assert.ok(compared > 3);
    });
  }
});
