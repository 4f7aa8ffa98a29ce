import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PositionList, RingClipper, clipLine } from '../../../server/engine/cutting/clip.ts';
import { areaOf } from '../tiles.ts';

const box = { min: -64, max: 4160 };

function ringOf(positions: readonly number[]): PositionList {
  const ring = new PositionList();
  for (let i = 0; i < positions.length; i += 2) ring.addToRing(positions[i]!, positions[i + 1]!);
  ring.closeRing();
  return ring;
}

function clipRing(positions: readonly number[]): number[] {
  const { data, length } = new RingClipper(box).clip(ringOf(positions));
  return [...data.slice(0, length)];
}

function clipPath(positions: readonly number[]): number[][] {
  const line = new PositionList();
  for (let i = 0; i < positions.length; i += 2) line.add(positions[i]!, positions[i + 1]!);
  const pieces: number[][] = [];
  clipLine(line, box, new PositionList(), ({ data, length }) => pieces.push([...data.slice(0, length)]));
  return pieces;
}

/** The same ring from wherever it starts, for comparison. */
function fromLowest(ring: readonly number[]): number[] {
  const positions = Array.from({ length: ring.length / 2 }, (_, i) => ring.slice(2 * i, 2 * i + 2));
  const start = positions.reduce((best, [x, y], i) => {
    const [bestX, bestY] = positions[best]!;
    return y! < bestY! || (y === bestY && x! < bestX!) ? i : best;
  }, 0);
  return [...positions.slice(start), ...positions.slice(0, start)].flat();
}

const unit = fc.integer({ min: -12000, max: 16000 });
const path = fc.array(fc.tuple(unit, unit), { minLength: 3, maxLength: 30 }).map((pairs) => pairs.flat());

describe('ring clipping', () => {
  it('cuts at the buffer', () => {
    const cases: [name: string, ring: number[], expected: number[]][] = [
      ['inside', [0, 0, 10, 0, 10, 10], [0, 0, 10, 0, 10, 10]],
      ['outside', [-100, 0, -80, 0, -80, 10], []],
      ['over the left side', [-100, 0, 100, 0, 100, 50, -100, 50], [-64, 0, 100, 0, 100, 50, -64, 50]],
      [
        'over a corner',
        [4000, 4000, 5000, 4000, 5000, 5000, 4000, 5000],
        [4000, 4000, 4160, 4000, 4160, 4160, 4000, 4160],
      ],
      [
        'all around',
        [-9000, -9000, 9000, -9000, 9000, 9000, -9000, 9000],
        [-64, -64, 4160, -64, 4160, 4160, -64, 4160],
      ],
      ['beyond a corner', [4100, 4300, 4300, 4100, 4300, 4300], []],
    ];
    for (const [name, ring, expected] of cases) assert.deepEqual(fromLowest(clipRing(ring)), expected, name);
  });

  it('has nothing left of a tile in the bay of a ring', () => {
    const bay = [
      -9000, -9000, 9000, -9000, 9000, 9000, 8000, 9000, 8000, -8000, -8000, -8000, -8000, 9000, -9000, 9000,
    ];
    assert.equal(areaOf([clipRing(bay)]), 0);
  });

  it('stays inside the buffer', () => {
    fc.assert(
      fc.property(path, (ring) => {
        for (const value of clipRing(ring))
          assert.ok(value >= box.min && value <= box.max && Number.isInteger(value));
      }),
    );
  });

  it('turns around with its ring: neighbours get the same border', () => {
    // Where the border crosses the side is exactly between two units, but for the error of the division.
    for (const [a, b, c, d] of [
      [-199, 7, 111, 100],
      [-167, 7, 19, 100],
    ] as const) {
      const above = clipRing([c, d, a, b, a, -50, c, -50]);
      const below = clipRing([a, b, c, d, c, 200, a, 200]);
      const crossing = (ring: number[]): number | undefined =>
        ring.find((y, i) => i % 2 === 1 && ring[i - 1] === box.min && y > 0 && y < 200);
      assert.equal(crossing(above), crossing(below));
    }
    fc.assert(
      fc.property(path, (ring) => {
        const reversed = Array.from({ length: ring.length / 2 }, (_, i) =>
          ring.slice(-2 * i - 2, ring.length - 2 * i),
        ).flat();
        assert.equal(areaOf([clipRing(reversed)]), -areaOf([clipRing(ring)]) + 0);
      }),
    );
  });

  it('takes spikes out, over the end of the ring too', () => {
    const cases: number[][] = [
      [0, 0, 10, 0, 20, 0, 10, 0, 10, 10],
      [20, 0, 10, 0, 10, 10, 0, 0, 10, 0],
      [10, 0, 10, 10, 0, 0, 10, 0, 20, 0],
      [10, 0, 10, 0, 10, 10, 0, 0, 0, 0, 10, 0],
      [10, 10, 0, 0, 10, 0, 20, 0, 30, 0, 20, 0, 10, 0],
    ];
    for (const ring of cases) {
      const { data, length } = ringOf(ring);
      assert.deepEqual(fromLowest([...data.slice(0, length)]), [0, 0, 10, 0, 10, 10], ring.join());
    }
    assert.ok(ringOf([0, 0, 10, 0, 20, 0, 10, 0]).length < 6);
  });
});

describe('line clipping', () => {
  it('cuts lines into the pieces inside', () => {
    const cases: [name: string, line: number[], expected: number[][]][] = [
      ['inside', [0, 0, 10, 10, 20, 0], [[0, 0, 10, 10, 20, 0]]],
      ['outside', [-100, 0, -100, 100], []],
      ['through', [-1000, 100, 5000, 100], [[-64, 100, 4160, 100]]],
      [
        'out and in again',
        [0, 0, 0, -1000, 50, -1000, 50, 0],
        [
          [0, 0, 0, -64],
          [50, -64, 50, 0],
        ],
      ],
      ['along the edge', [-64, 0, -64, 50], [[-64, 0, -64, 50]]],
      ['touching a corner', [-128, 0, 0, -128], []],
      ['past a corner', [-200, 0, 0, -200], []],
    ];
    for (const [name, line, expected] of cases) assert.deepEqual(clipPath(line), expected, name);
  });

  it('stays inside the buffer', () => {
    fc.assert(
      fc.property(path, (line) => {
        for (const value of clipPath(line).flat())
          assert.ok(value >= box.min && value <= box.max && Number.isInteger(value));
      }),
    );
  });
});
