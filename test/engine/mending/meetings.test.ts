import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Meetings } from '../../../server/engine/mending/meetings.ts';

describe('positions where shapes of a row meet', () => {
  it('have the pair that met there first, however many there are', () => {
    // Positions of deep zooms have more than 32 bits.
    const number = fc.oneof(
      fc.integer({ min: -2, max: 2 }),
      fc.constantFrom(2 ** 33, 2 ** 33 + 1, -(2 ** 32)),
    );
    const meeting = fc.tuple(fc.nat(3), number, number, fc.nat(9), fc.nat(9));
    fc.assert(
      fc.property(fc.array(meeting, { maxLength: 60 }), (all) => {
        const meetings = new Meetings(1);
        const known = new Map<string, readonly [number, number]>();
        for (const [row, x, y, one, other] of all) {
          const key = `${row} ${x} ${y}`;
          assert.deepEqual(meetings.add(row, x, y, one, other), known.get(key));
          if (!known.has(key)) known.set(key, [one, other]);
        }
      }),
    );
    const many = new Meetings(10);
    const shapes = Array.from({ length: 5_000 }, (_, i) => i);
    for (const i of shapes) assert.equal(many.add(i % 7, i, 3 * i, i, i + 1), undefined);
    for (const i of shapes) assert.deepEqual(many.add(i % 7, i, 3 * i, 0, 0), [i, i + 1]);
  });
});
