import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeCommands } from '../../../server/engine/encoding/commands.ts';
import { DEFAULT_BUFFER } from '../../../server/engine/grid.ts';
import { encodeLayer } from '../../../server/engine/encoding/mvt.ts';
import { CELLS } from '../../../server/engine/pyramid/blocks.ts';
import { CELL_UNITS, cellRange, readCells, type Cell } from '../../../server/engine/pyramid/cells.ts';
import { sumFields } from '../../../server/engine/pyramid/definition.ts';
import { figureProperties, pointFeatures, squareFeatures } from '../../../server/engine/pyramid/features.ts';
import { HEXAGON_MARGIN, hexagonFeatures } from '../../../server/engine/pyramid/hexagons.ts';
import type { TileCoord } from '../../../server/engine/types.ts';

const BARE = { sums: [], categories: [] };
const NO_COLUMNS = { sums: [], categories: 0, hasOther: false };

/** A cell with one point, at a position of the world in tile units. */
function cellAt(x: number, y: number, count = 1): Cell {
  const [column, row] = [Math.floor(x / CELL_UNITS), Math.floor(y / CELL_UNITS)];
  return { column, row, count, x, y, sums: [], categories: [] };
}

describe('range of cells', () => {
  it('is the tile itself without a margin', () => {
    assert.deepEqual(cellRange({ z: 3, x: 2, y: 5 }, 0), { z: 3, minX: 64, maxX: 95, minY: 160, maxY: 191 });
  });
  it('goes round the world but not over the poles', () => {
    assert.deepEqual(cellRange({ z: 0, x: 0, y: 0 }, 64), { z: 0, minX: -1, maxX: 32, minY: 0, maxY: 31 });
  });
  it('has four times the cells at the next zoom', () => {
    assert.deepEqual(cellRange({ z: 1, x: 1, y: 0 }, 128, 2), {
      z: 2,
      minX: 62,
      maxX: 129,
      minY: 0,
      maxY: 65,
    });
  });
});

describe('cells from the database', () => {
  it('are read with sums and categories', () => {
    const range = cellRange({ z: 1, x: 0, y: 0 }, 0);
    const columns = { sums: [0], categories: 1, hasOther: true };
    assert.deepEqual(readCells('3,4,7,400,600,-12.5,6,5,1', range, columns), [
      { column: 3, row: 4, count: 7, x: 400, y: 600, sums: [-12.5, 6], categories: [5, 1] },
    ]);
  });
  it('are none where the aggregate is NULL', () => {
    assert.deepEqual(readCells(null, cellRange({ z: 1, x: 0, y: 0 }, 0), NO_COLUMNS), []);
  });
  it('are by rows and columns, however they come', () => {
    const range = cellRange({ z: 2, x: 3, y: 1 }, 64);
    const found = readCells('96,33,1,0,0;0,32,1,0,0;127,64,1,0,0;95,32,1,0,0;96,32,1,0,0', range, NO_COLUMNS);
    assert.deepEqual(
      found.map(({ column, row }) => [column, row]),
      [
        [95, 32],
        [96, 32],
        [128, 32],
        [96, 33],
        [127, 64],
      ],
    );
  });
  it('keep their mean inside, whatever rounding made of it', () => {
    const [cell] = readCells('3,4,7,512,511', cellRange({ z: 1, x: 0, y: 0 }, 0), NO_COLUMNS);
    assert.deepEqual([cell?.x, cell?.y], [511, 512]);
  });
  it('stand at both ends of a range wider than the world', () => {
    const range = cellRange({ z: 0, x: 0, y: 0 }, 64);
    const cells = readCells('0,9,1,5,1160;31,9,2,4090,1160', range, NO_COLUMNS);
    assert.deepEqual(
      cells.map(({ column, x, count }) => [column, x, count]),
      [
        [-1, -6, 2],
        [0, 5, 1],
        [31, 4090, 2],
        [32, 4101, 1],
      ],
    );
  });
});

describe('cells as points', () => {
  it('belong to exactly one tile, and neighbours within the buffer show them too', () => {
    const world = fc.integer({ min: 0, max: 2 ** 3 * 4096 - 1 });
    fc.assert(
      fc.property(world, world, (x, y) => {
        const owners: string[] = [];
        for (let tx = 0; tx < 8; tx++) {
          for (let ty = 0; ty < 8; ty++) {
            const [feature] = pointFeatures([cellAt(x, y)], { z: 3, x: tx, y: ty }, BARE, 64);
            const near = (v: number, t: number): boolean => v >= t * 4096 - 64 && v < (t + 1) * 4096 + 64;
            assert.equal(feature !== undefined, near(x, tx) && near(y, ty));
            if (!feature) continue;
            const [[px = NaN, py = NaN] = []] = decodeCommands(feature.commands);
            assert.deepEqual([px + tx * 4096, py + ty * 4096], [x, y]);
            if (px >= 0 && px < 4096 && py >= 0 && py < 4096) owners.push(`${tx}/${ty}`);
          }
        }
        assert.deepEqual(owners, [`${Math.floor(x / 4096)}/${Math.floor(y / 4096)}`]);
      }),
    );
  });

  it('have the same id wherever they are shown, and no two share one', () => {
    const own = pointFeatures([cellAt(10, 10)], { z: 2, x: 0, y: 0 }, BARE, 64);
    const round: Cell = { ...cellAt(10, 10), column: 4 * CELLS, x: 4 * 4096 + 10 };
    const beyond = pointFeatures([round], { z: 2, x: 3, y: 0 }, BARE, 64);
    assert.equal(beyond[0]?.id, own[0]?.id);
    const cells = [cellAt(10, 10), cellAt(200, 10), cellAt(10, 200)];
    const ids = pointFeatures(cells, { z: 2, x: 0, y: 0 }, BARE, 64).map(({ id }) => id);
    assert.equal(new Set(ids).size, 3);
  });
});

describe('the fullest tile there can be', () => {
  it('with two sums and eleven categories has less than 150 kB', () => {
    const cells = Array.from({ length: (CELLS + 2) ** 2 }, (_, i): Cell => {
      const [column, row] = [CELLS - 1 + (i % (CELLS + 2)), CELLS - 1 + Math.floor(i / (CELLS + 2))];
      // Figures that hardly repeat, as those cost most; categories cannot exceed the count.
      const count = 1000 + 37 * i;
      const categories = Array.from({ length: 11 }, (_, j) => (count * (j + 3)) % Math.ceil(count / 11));
      const sums = [count * 51, count - i, count * 3 + 0.25, count - 2 * i];
      return {
        column,
        row,
        count,
        x: column * CELL_UNITS + (i % 100),
        y: row * CELL_UNITS,
        sums,
        categories,
      };
    });
    const recipe = {
      sums: [sumFields('skor_terakhir'), sumFields('jumlah_santri')],
      categories: Array.from({ length: 11 }, (_, i) => `count_category_${i}`),
    };
    const features = pointFeatures(cells, { z: 9, x: 1, y: 1 }, recipe, DEFAULT_BUFFER);
    const { bytes } = encodeLayer({ name: 'points', features });
    assert.ok(features.length > CELLS ** 2);
    assert.ok(bytes.length < 150_000, `${bytes.length} bytes`);
  });
});

describe('cells as squares', () => {
  it('fill their part of the tile and nothing beside it', () => {
    const [feature] = squareFeatures([cellAt(4096 + 130, 4096 * 2 + 10)], { z: 2, x: 1, y: 2 }, BARE);
    assert.deepEqual(decodeCommands(feature!.commands), [[128, 0, 256, 0, 256, 128, 128, 128]]);
  });
});

describe('cells as hexagons', () => {
  const z = 2;
  const side = 2 ** z * 4096;
  const position = fc.tuple(fc.integer({ min: 0, max: side - 1 }), fc.integer({ min: 0, max: side - 1 }));

  /** Features of every tile, each made of the cells that a query for that tile would find. */
  function everyTile(
    cells: readonly Cell[],
  ): { coord: TileCoord; id: number; count: number; ring: number[] }[] {
    const found = [];
    for (let x = 0; x < 2 ** z; x++) {
      for (let y = 0; y < 2 ** z; y++) {
        const coord = { z, x, y };
        const { minX, maxX, minY, maxY } = cellRange(coord, HEXAGON_MARGIN);
        const around = [-1, 0, 1].flatMap((turn) =>
          cells.map((cell) => ({
            ...cell,
            column: cell.column + turn * 2 ** z * CELLS,
            x: cell.x + turn * side,
          })),
        );
        const inRange = around.filter(
          ({ column, row }) => column >= minX && column <= maxX && row >= minY && row <= maxY,
        );
        for (const { id, properties, commands } of hexagonFeatures(inRange, coord, BARE, z)) {
          found.push({ coord, id: id!, count: Number(properties.count), ring: decodeCommands(commands)[0]! });
        }
      }
    }
    return found;
  }

  it('count every point once, with the same figures in every tile that shows them', () => {
    fc.assert(
      fc.property(fc.array(position, { minLength: 1, maxLength: 30 }), (positions) => {
        const counts = new Map<number, Set<number>>();
        for (const { id, count } of everyTile(positions.map(([x, y]) => cellAt(x, y)))) {
          counts.set(id, (counts.get(id) ?? new Set()).add(count));
        }
        assert.ok([...counts.values()].every((seen) => seen.size === 1));
        const sum = [...counts.values()].reduce((all, seen) => all + [...seen][0]!, 0);
        assert.equal(sum, positions.length);
      }),
      { numRuns: 50 },
    );
  });

  it('have their points inside', () => {
    // The last rows of the world take the points south of them.
    const inside = fc.tuple(
      fc.integer({ min: 0, max: side - 1 }),
      fc.integer({ min: 0, max: side - 1 - HEXAGON_MARGIN }),
    );
    fc.assert(
      fc.property(inside, ([x, y]) => {
        const own = everyTile([cellAt(x, y)]).filter(
          ({ coord }) => coord.x === Math.floor(x / 4096) && coord.y === Math.floor(y / 4096),
        );
        const holds = own.some(({ coord, ring }) =>
          inConvexRing(ring, x - coord.x * 4096, y - coord.y * 4096, 1),
        );
        assert.ok(holds, `no hexagon around ${x}, ${y}`);
      }),
      { numRuns: 200 },
    );
  });

  it('fit together without a gap: corners are shared', () => {
    const cells = Array.from({ length: 1600 }, (_, i) =>
      cellAt(4096 + (i % 40) * 100, 4096 + Math.floor(i / 40) * 100),
    );
    const features = hexagonFeatures(cells, { z, x: 1, y: 1 }, BARE, z);
    const corners = new Map<string, number>();
    for (const { commands } of features) {
      const ring = decodeCommands(commands)[0]!;
      for (let i = 0; i < ring.length; i += 2) {
        const key = `${ring[i]},${ring[i + 1]}`;
        corners.set(key, (corners.get(key) ?? 0) + 1);
      }
    }
    const inner = [...corners].filter(([key]) =>
      key.split(',').every((v) => Number(v) > 600 && Number(v) < 3400),
    );
    assert.ok(inner.length > 100);
    assert.deepEqual(
      inner.filter(([, count]) => count !== 3),
      [],
    );
  });
});

describe('properties of a cell', () => {
  const figures = { count: 10, sums: [25, 4, 0, 0], categories: [3, 0, 5] };
  const sums = [
    { sum: 'sum_a', n: 'n_a', mean: 'mean_a' },
    { sum: 'sum_b', n: 'n_b', mean: 'mean_b' },
  ];
  const categories = ['count_x', 'count_y', 'count_other'];

  it('are counts, sums and means; a sum of no values is missing, a count of none is 0', () => {
    assert.deepEqual(figureProperties(figures, { sums, categories }), {
      count: 10,
      sum_a: 25,
      n_a: 4,
      mean_a: 6.25,
      n_b: 0,
      count_x: 3,
      count_y: 0,
      count_other: 5,
    });
  });
  it('are of the chosen categories where a filter chose some', () => {
    assert.deepEqual(figureProperties(figures, { sums: [], categories, chosen: [0, 1] }), {
      count: 3,
      count_x: 3,
      count_y: 0,
    });
  });
  it('are none where no point is left', () => {
    assert.equal(figureProperties(figures, { sums: [], categories, chosen: [1] }), undefined);
    assert.equal(figureProperties(figures, { sums: [], categories, chosen: [] }), undefined);
  });
});

function inConvexRing(ring: readonly number[], x: number, y: number, slack: number): boolean {
  for (let i = 0; i < ring.length; i += 2) {
    const [ax, ay] = [ring[i]!, ring[i + 1]!];
    const [bx, by] = [ring[(i + 2) % ring.length]!, ring[(i + 3) % ring.length]!];
    const length = Math.hypot(bx - ax, by - ay);
    // Clockwise on screen: the inside is to the right of every edge.
    if (((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / length < -slack) return false;
  }
  return true;
}
