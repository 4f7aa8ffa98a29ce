import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mapped } from '../../server/tools/slices.ts';
import { sorted } from '../../server/tools/sorted.ts';
import { atOnce } from '../../server/tools/turns.ts';

/** How often work stops to let others have their turn. */
function stopsOf(work: Generator): number {
  let stops = 0;
  while (!work.next().done) stops++;
  return stops;
}

const many = Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 1_000);

describe('work in steps', () => {
  it('sorts as arrays do, equal ones in the order in which they came', () => {
    const items = fc.array(fc.record({ key: fc.nat(40), id: fc.nat() }), { maxLength: 1_700, size: 'max' });
    fc.assert(
      fc.property(items, (list) => {
        const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
        assert.deepEqual(atOnce(sorted(list, compare)), [...list].sort(compare));
      }),
      { numRuns: 30, seed: 8 },
    );
  });

  it('maps as arrays do, with positions', () => {
    const of = (item: number, position: number): number => 10_000 * item + position;
    assert.deepEqual(atOnce(mapped(many, of)), many.map(of));
    assert.deepEqual(atOnce(mapped([], of)), []);
  });

  it('stops after every few hundred items', () => {
    assert.ok(stopsOf(mapped(many, (item) => item)) >= 10);
    // Each item is sorted once and merged four times.
    assert.ok(stopsOf(sorted(many, (a, b) => a - b)) >= 50);
  });
});
