import assert from 'node:assert/strict';
import { againstGoal, measureTile, type MeasuredTile } from '../../scripts/bench/tile-goal.ts';

const tile = (ms: number, bytes = 1_000): MeasuredTile => ({ firstMs: 2 * ms, ms, bytes });

describe('what tiles of a large layer have to keep', () => {
  it('is kept at the bound itself, zoom by zoom and of all together', () => {
    const { lines, missed } = againstGoal(
      new Map([
        [0, [tile(15)]],
        [1, [tile(1, 200_000), tile(2)]],
      ]),
    );
    assert.deepEqual(missed, []);
    assert.deepEqual(
      lines.map(([name, tiles]) => [name, tiles.length]),
      [
        ['z0', 1],
        ['z1', 2],
        ['all', 3],
      ],
    );
  });

  it('is missed at a zoom although it is kept by all together, and by a single tile that is too large', () => {
    const many = Array.from({ length: 199 }, () => tile(1));
    assert.deepEqual(
      againstGoal(
        new Map([
          [0, [tile(15.1)]],
          [1, many],
        ]),
      ).missed,
      ['z0'],
    );
    assert.deepEqual(againstGoal(new Map([[7, [...many, tile(1, 200_001)]]])).missed, ['z7', 'all']);
  });

  it('takes the fastest of three, and tells the first', async () => {
    const asked: number[] = [];
    const measured = await measureTile(() => Promise.resolve(asked.push(1)));
    assert.equal(asked.length, 3);
    assert.equal(measured.bytes, 3);
    assert.ok(measured.ms <= measured.firstMs);
  });
});
