import assert from 'node:assert/strict';
import fc from 'fast-check';
import { flattenGroups } from '../../../server/engine/mending/flat.ts';
import { packColumn, PackedColumn } from '../../../server/engine/snapshots/columns.ts';
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
        const column = new PackedColumn(read.sections);
        assert.deepEqual([...column], values);
        assert.deepEqual(
          values.map((_, row) => column.at(row)),
          values,
        );
        assert.deepEqual([column.length, column.at(values.length)], [values.length, undefined]);
      }),
    );
  });

  it('has what is drawn in another way one after the other', () => {
    const groups = [
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
    ];
    assert.deepEqual(flattenGroups(groups), {
      bounds: Float64Array.of(Infinity, Infinity, -Infinity, -Infinity, 0, 0, 2 ** 34, 8),
      polygonStart: Uint32Array.of(0, 0, 2),
      ringStart: Uint32Array.of(0, 2, 3),
      positionStart: Uint32Array.of(0, 6, 12, 18),
      positions: Float64Array.of(0, 0, 2 ** 34, 0, 5, 5, 1, 1, 2, 2, 1, 2, 7, 7, 8, 7, 8, 8),
    });
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
