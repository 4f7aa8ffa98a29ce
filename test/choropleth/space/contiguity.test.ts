import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MultiPolygon, Polygon } from 'geojson';
import { topology } from 'topojson-server';
import type { GeometryCollection } from 'topojson-specification';
import { neighboursInTopology, neighboursOf } from '../../../server/choropleth/space/index.ts';
import { square, squares } from './grid.ts';

describe('queen contiguity', () => {
  it('joins squares at edges and corners', () => {
    // 0 1 2
    // 3 4 5
    const { lists, islands } = neighboursOf(squares(3, 2));
    assert.deepEqual(lists, [
      [1, 3, 4],
      [0, 2, 3, 4, 5],
      [1, 4, 5],
      [0, 1, 4],
      [0, 1, 2, 3, 5],
      [1, 2, 4],
    ]);
    assert.deepEqual(islands, []);
  });

  it('reports islands and regions without a geometry', () => {
    const { lists, islands } = neighboursOf([square(0, 0), square(1, 1), square(9, 9), null]);
    assert.deepEqual(lists, [[1], [0], [], []]);
    assert.deepEqual(islands, [2, 3]);
  });

  it('joins by any part and by holes', () => {
    const parts: MultiPolygon = {
      type: 'MultiPolygon',
      coordinates: [square(0, 0).coordinates, square(5, 5).coordinates],
    };
    const around = square(0, 0);
    around.coordinates = [
      [
        [7, 7],
        [12, 7],
        [12, 12],
        [7, 12],
        [7, 7],
      ],
      [...square(9, 9).coordinates[0]!].reverse(),
    ];
    assert.deepEqual(neighboursOf([parts, square(6, 6), square(9, 9), around]).lists, [
      [1],
      [0, 3],
      [3],
      [1, 2],
    ]);
  });

  it('is mutual and never joins a region with itself', () => {
    const plan = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), {
      maxLength: 15,
      selector: ([x, y]) => 10 * x + y,
    });
    fc.assert(
      fc.property(plan, (cells) => {
        const { lists } = neighboursOf(cells.map(([x, y]) => square(x, y)));
        for (const [i, [x, y]] of cells.entries()) {
          const near = cells.flatMap(([a, b], j) =>
            j !== i && Math.max(Math.abs(a - x), Math.abs(b - y)) === 1 ? [j] : [],
          );
          assert.deepEqual(lists[i], near);
        }
      }),
    );
  });

  for (const quantization of [undefined, 1e4]) {
    it(`is the same in a topology${quantization ? ', quantized too' : ''}`, () => {
      const geometries = [...squares(4, 3), square(20, 20)];
      const topo = topology({ regions: collectionOf(geometries) }, quantization);
      const regions = topo.objects['regions'] as GeometryCollection;
      assert.deepEqual(neighboursInTopology(topo, regions.geometries), neighboursOf(geometries));
    });
  }

  it('joins a hole with what fills it in a topology, where the ring is one arc without a junction', () => {
    const around = square(0, 0);
    around.coordinates = [
      [
        [-2, -2],
        [3, -2],
        [3, 3],
        [-2, 3],
        [-2, -2],
      ],
      [...square(0, 0).coordinates[0]!].reverse(),
    ];
    const topo = topology({ regions: collectionOf([around, square(0, 0)]) });
    const regions = topo.objects['regions'] as GeometryCollection;
    assert.deepEqual(neighboursInTopology(topo, regions.geometries).lists, [[1], [0]]);
  });
});

function collectionOf(geometries: Polygon[]) {
  return { type: 'GeometryCollection' as const, geometries };
}
