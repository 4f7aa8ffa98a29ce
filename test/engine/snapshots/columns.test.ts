import assert from 'node:assert/strict';
import fc from 'fast-check';
import { flattenMended, unflattenMended } from '../../../server/engine/mending/flat.ts';
import type { MendedShapes } from '../../../server/engine/mending/mend.ts';
import { packColumn, unpackColumn } from '../../../server/engine/snapshots/columns.ts';
import { headOf, pack, unpack } from '../../../server/engine/snapshots/pack.ts';
import { atOnce } from '../../../server/tools/turns.ts';

const value = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.constantFrom(-0, NaN, Infinity, 2 ** 53),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('a', 'b'),
);

describe('what a layer is kept as', () => {
  it('has every value of a column as it was', () => {
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const packed = atOnce(packColumn(values));
        const file = Buffer.concat(pack({ head: 'any', sections: packed }));
        const read = atOnce(unpack(new Uint8Array(file).slice()));
        assert.ok(read);
        assert.deepEqual(atOnce(unpackColumn(read.sections)), values);
      }),
    );
  });

  it('has what is drawn in another way as it was', () => {
    const mended: MendedShapes = {
      groups: [
        { polygons: [], minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity },
        {
          polygons: [
            [
              [0, 0, 2 ** 34, 0, 5, 5],
              [1, 1, 2, 2, 1, 2],
            ],
            [[7, 7, 8, 7, 8, 8]],
          ],
          minX: 0,
          minY: 0,
          maxX: 2 ** 34,
          maxY: 8,
        },
      ],
      groupOf: Int32Array.of(-1, 1, 0),
      counts: Uint32Array.of(3, 0, 4),
    };
    assert.deepEqual(atOnce(unflattenMended(flattenMended(mended))), mended);
  });

  it('is nothing where it was cut short, or a bit of it is another', () => {
    const sections = { numbers: Float64Array.of(1, 2, 3), bytes: Uint8Array.of(1, 2, 3) };
    const file = Buffer.concat(pack({ head: { key: 'a' }, sections }));
    assert.deepEqual(atOnce(unpack(new Uint8Array(file).slice()))?.sections, sections);
    for (let length = 0; length < file.length; length++)
      assert.equal(headOf(new Uint8Array(file.subarray(0, length)).slice()), undefined);
    for (let at = 0; at < 8 * file.length; at += 7) {
      const other = new Uint8Array(file).slice();
      other[at >> 3]! ^= 1 << (at & 7);
      assert.equal(atOnce(unpack(other)), undefined, `bit ${at}`);
    }
  });
});
