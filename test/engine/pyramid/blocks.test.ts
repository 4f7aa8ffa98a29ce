import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CELLS, INSIDE, partsOf, type CellRange } from '../../../server/engine/pyramid/blocks.ts';
import { cellRange } from '../../../server/engine/pyramid/cells.ts';

/** The number of a cell's place in its tile, drawn: the way round from the north-western corner, and the inside. */
function placeOf(column: number, row: number): number {
  const [x, y] = [column % CELLS, row % CELLS];
  const last = CELLS - 1;
  if (y === 0) return x === 0 ? 0 : x === last ? 2 : 1;
  if (y === last) return x === last ? 4 : x === 0 ? 6 : 5;
  return x === last ? 3 : x === 0 ? 7 : INSIDE;
}

/** How often each cell of the range, by its address round the world, is read. */
function timesRead(range: CellRange): Map<string, number> {
  const side = 2 ** range.z * CELLS;
  const parts = partsOf(range);
  const times = new Map<string, number>();
  for (let column = range.minX; column <= range.maxX; column++) {
    for (let row = range.minY; row <= range.maxY; row++) {
      const x = ((column % side) + side) % side;
      const place = placeOf(x, row);
      const found = parts.filter(
        ({ tileX, tileY, first, last }) =>
          tileX === Math.floor(x / CELLS) &&
          tileY === Math.floor(row / CELLS) &&
          first <= place &&
          place <= last,
      );
      times.set(`${x} ${row}`, found.length);
    }
  }
  return times;
}

describe('what is read of a pyramid', () => {
  it('is every cell of a range, once, whatever of its tiles the range has', () => {
    const tile = fc.integer({ min: 0, max: 3 }).chain((z) =>
      fc.record({
        z: fc.constant(z),
        x: fc.integer({ min: 0, max: 2 ** z - 1 }),
        y: fc.integer({ min: 0, max: 2 ** z - 1 }),
      }),
    );
    const margin = fc.constantFrom(0, 1, 64, 128, 129, 300);
    fc.assert(
      fc.property(tile, margin, fc.integer({ min: 0, max: 1 }), (coord, around, deeper) => {
        const times = timesRead(cellRange(coord, around, coord.z + deeper));
        assert.deepEqual(
          [...times].filter(([, n]) => n !== 1),
          [],
        );
      }),
      { numRuns: 60 },
    );
  });

  it('is of a tile with the usual buffer its own cells and those that lie next to it', () => {
    const parts = partsOf(cellRange({ z: 5, x: 3, y: 7 }, 64));
    const told = parts.map(({ tileX, tileY, first, last }) => `${tileX}/${tileY}: ${first}-${last}`);
    assert.deepEqual(told.sort(), [
      '2/6: 4-4',
      '2/7: 2-4',
      '2/8: 2-2',
      '3/6: 4-6',
      '3/7: 0-8',
      '3/8: 0-2',
      '4/6: 6-6',
      '4/7: 0-0',
      '4/7: 6-7',
      '4/8: 0-0',
    ]);
  });

  it('is the whole of a tile that both ends of a range reach', () => {
    assert.deepEqual(partsOf(cellRange({ z: 0, x: 0, y: 0 }, 64)), [
      { tileX: 0, tileY: 0, first: 0, last: INSIDE },
    ]);
  });
});
