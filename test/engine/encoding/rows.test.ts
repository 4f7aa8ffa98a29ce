import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AttributeTable } from '../../../server/engine/encoding/attributes.ts';
import { encodeCommands } from '../../../server/engine/encoding/commands.ts';
import { kept } from '../../../server/engine/encoding/geometry.ts';
import { encodeLayer } from '../../../server/engine/encoding/mvt.ts';
import { encodeRows, encodeRowsInSteps } from '../../../server/engine/encoding/rows.ts';
import { geometryOf } from '../tiles.ts';
import { atOnce, inTurns } from '../../../server/tools/turns.ts';
import { GeometryType } from '../../../server/engine/types.ts';

const value = fc.oneof(
  fc.constantFrom(null, undefined, NaN, Infinity, 0, -0, 1, '', '1', true, false, 2 ** 53, -(2 ** 53)),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 200, maxLength: 300 }),
);
const key = fc.constantFrom('a', 'b', 'name', '__proto__', 'ключ', '𠀀');
const id = fc.oneof(
  fc.constantFrom(undefined, -1, 0, 1.5, 127, 128, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53),
  fc.nat(),
);
const table = fc.record({
  keys: fc.uniqueArray(key, { maxLength: 5 }),
  rows: fc.array(
    fc.record({ id, cells: fc.array(value, { minLength: 5, maxLength: 5 }), side: fc.nat(5000) }),
    {
      maxLength: 40,
    },
  ),
  caps: fc.record({
    maxFeatures: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    maxBytes: fc.option(fc.integer({ min: 100, max: 20_000 }), { nil: undefined }),
  }),
});

describe('rows of a table as a layer', () => {
  it('are byte for byte what their features are, tile after tile', () => {
    fc.assert(
      fc.property(table, fc.array(fc.boolean(), { maxLength: 40 }), ({ keys, rows, caps }, drawn) => {
        const attributes = new AttributeTable(
          keys.map((name, i) => [`column ${name}`, name, (row) => rows[row]?.cells[i]]),
          rows.length,
        );
        const ids = rows.map((row) => row.id);
        const columns = keys.map((name) => attributes.position(`column ${name}`));
        const geometries = rows.map(({ side }, row) => {
          const ring = [0, 0, side, 0, side, side + 1, 0, side];
          const commands = encodeCommands(GeometryType.polygon, [ring]);
          return { row, type: GeometryType.polygon, commands };
        });
        // All, some, and all again: what one tile leaves behind must not show in the next.
        for (const shown of [geometries, geometries.filter((_, i) => drawn[i]), geometries]) {
          const features = shown.map(({ row, type, commands }) => {
            const properties = Object.create(null) as Record<string, never>;
            keys.forEach((name, i) => (properties[name] = rows[row]?.cells[i] as never));
            return { id: ids[row], type, commands, properties };
          });
          const expected = encodeLayer({ name: 'layer', features, ...caps });
          const own = { name: 'layer', ids, attributes, columns, ...caps };
          const positions = Uint32Array.from(shown, ({ row }) => row);
          for (const made of [
            encodeRows({ ...own, geometry: geometryOf(shown) }),
            encodeRows({ ...own, geometry: kept(geometryOf(geometries)), shown: positions }),
            atOnce(encodeRowsInSteps({ ...own, geometry: geometryOf(geometries), shown: positions })),
          ]) {
            assert.deepEqual([...made.bytes], [...expected.bytes]);
            assert.deepEqual([made.features, made.truncated], [expected.features, expected.truncated]);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('hold more values than any tile before', () => {
    const count = 5000;
    const attributes = new AttributeTable([['n', 'n', (row) => row * 3]], count);
    const commands = encodeCommands(GeometryType.point, [[1, 1]]);
    const rows = Array.from({ length: count }, (_, row) => ({ row, type: GeometryType.point, commands }));
    const features = rows.map(({ row, type }) => ({ type, commands, properties: { n: row * 3 } }));
    const made = encodeRows({ name: 'many', geometry: geometryOf(rows), ids: [], attributes, columns: [0] });
    assert.deepEqual(Buffer.from(made.bytes), Buffer.from(encodeLayer({ name: 'many', features }).bytes));
  });

  it('have more columns than a byte tells', () => {
    const names = Array.from({ length: 150 }, (_, i) => `column ${i}`);
    const attributes = new AttributeTable(
      names.map((name, i) => [name, name, (row) => (row + i) % 7]),
      20,
    );
    const commands = encodeCommands(GeometryType.point, [[1, 1]]);
    const rows = Array.from({ length: 20 }, (_, row) => ({ row, type: GeometryType.point, commands }));
    const ids = rows.map(({ row }) => row);
    for (const width of [30, 31, 32, 62, 63, 64, 128, 150]) {
      const columns = names.slice(0, width).map((_, i) => i);
      const features = rows.map(({ row, type }) => {
        const properties = Object.fromEntries(columns.map((i) => [names[i], (row + i) % 7]));
        return { id: row, type, commands, properties };
      });
      const made = encodeRows({ name: 'wide', geometry: geometryOf(rows), ids, attributes, columns });
      const expected = encodeLayer({ name: 'wide', features });
      assert.deepEqual(Buffer.from(made.bytes), Buffer.from(expected.bytes));
    }
  });

  it('are written in turns of the event loop where they are many, as they would be at once', async () => {
    const count = 60_000;
    const table = (): AttributeTable =>
      new AttributeTable(
        [
          ['n', 'n', (row) => row * 3],
          ['text', 'text', (row) => `row ${row}`],
        ],
        count,
      );
    const commands = encodeCommands(GeometryType.point, [[1, 1]]);
    const rows = Array.from({ length: count }, (_, row) => ({ row, type: GeometryType.point, commands }));
    for (const caps of [{}, { maxBytes: 500_000 }, { maxFeatures: 20_000, maxBytes: 400_000 }]) {
      const input = { name: 'many', geometry: geometryOf(rows), ids: [], columns: [0, 1], ...caps };
      let turns = 0;
      let next = setImmediate(function turn() {
        turns++;
        next = setImmediate(turn);
      });
      const made = await inTurns(encodeRowsInSteps({ ...input, attributes: table() }));
      clearImmediate(next);
      assert.ok(turns > 0, `${turns} turns`);
      const expected = encodeRows({ ...input, attributes: table() });
      assert.ok(Buffer.from(made.bytes).equals(expected.bytes));
      assert.deepEqual([made.features, made.truncated], [expected.features, expected.truncated]);
    }
  });
});
