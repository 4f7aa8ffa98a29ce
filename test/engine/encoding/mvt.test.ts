import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import type { VectorTileLayer } from '@mapbox/vector-tile';
import fc from 'fast-check';
import { PbfReader } from 'pbf';
import { decodeCommands, encodeCommands, measureCommands } from '../../../server/engine/encoding/commands.ts';
import { encodeLayer } from '../../../server/engine/encoding/mvt.ts';
import { GeometryType } from '../../../server/engine/types.ts';
import type { LayerFeature, Properties } from '../../../server/engine/types.ts';

function point(properties: Properties, id?: number): LayerFeature {
  return {
    id,
    type: GeometryType.point,
    commands: encodeCommands(GeometryType.point, [[25, 17]]),
    properties,
  };
}

function square(id: number, side: number): LayerFeature {
  const commands = encodeCommands(GeometryType.polygon, [[0, 0, side, 0, side, side, 0, side]]);
  return { id, type: GeometryType.polygon, commands, properties: { side, text: `square of ${side}` } };
}

function decode(bytes: Uint8Array, name = 'layer'): VectorTileLayer {
  const layer = new VectorTile(new PbfReader(bytes)).layers[name];
  assert.ok(layer, `no layer ${name}`);
  return layer;
}

function ids(layer: VectorTileLayer): (number | undefined)[] {
  return Array.from({ length: layer.length }, (_, i) => layer.feature(i).id);
}

describe('geometry commands', () => {
  it('encodes the examples of the MVT specification', () => {
    assert.deepEqual([...encodeCommands(GeometryType.point, [[25, 17]])], [9, 50, 34]);
    assert.deepEqual(
      [
        ...encodeCommands(GeometryType.point, [
          [5, 7],
          [3, 2],
        ]),
      ],
      [17, 10, 14, 3, 9],
    );
    assert.deepEqual(
      [...encodeCommands(GeometryType.line, [[2, 2, 2, 10, 10, 10]])],
      [9, 4, 4, 18, 0, 16, 16, 0],
    );
    assert.deepEqual(
      [
        ...encodeCommands(GeometryType.line, [
          [2, 2, 2, 10, 10, 10],
          [1, 1, 3, 5],
        ]),
      ],
      [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8],
    );
    assert.deepEqual(
      [...encodeCommands(GeometryType.polygon, [[3, 6, 8, 12, 20, 34]])],
      [9, 6, 12, 18, 10, 12, 24, 44, 15],
    );
  });

  it('decodes what it encodes', () => {
    const unit = fc.integer({ min: -(2 ** 29), max: 2 ** 29 });
    const chain = fc
      .array(fc.tuple(unit, unit), { minLength: 3, maxLength: 40 })
      .map((pairs) => pairs.flat());
    const chains = fc.array(chain, { minLength: 1, maxLength: 5 });
    const types = fc.constantFrom(GeometryType.line, GeometryType.polygon);
    fc.assert(
      fc.property(types, chains, (type, input) => {
        assert.deepEqual(decodeCommands(encodeCommands(type, input)), input);
      }),
    );
  });

  it('measures areas without holes, lengths, and nothing for points', () => {
    const ring = [0, 0, 10, 0, 10, 10, 0, 10];
    const hole = [2, 2, 2, 4, 4, 4, 4, 2];
    const measure = (type: GeometryType, chains: number[][]): number =>
      measureCommands(type, encodeCommands(type, chains));
    assert.equal(measure(GeometryType.polygon, [ring, hole]), 96);
    assert.equal(measure(GeometryType.line, [[0, 0, 3, 4, 3, 10]]), 11);
    assert.equal(measure(GeometryType.point, [[3, 4]]), 0);
  });
});

describe('MVT layer', () => {
  it('keeps values as they are', () => {
    const properties = {
      text: 'Kabupaten Bandung — ünïcode',
      empty: '',
      yes: true,
      no: false,
      zero: 0,
      count: 42,
      large: 2 ** 40 + 1,
      largest: Number.MAX_SAFE_INTEGER,
      negative: -7,
      lowest: Number.MIN_SAFE_INTEGER,
      ratio: 0.1,
      huge: 2 ** 70,
      one: 1,
      oneAsText: '1',
    };
    const layer = decode(encodeLayer({ name: 'layer', features: [point(properties)] }).bytes);
    assert.deepEqual({ ...layer.feature(0).properties }, properties);
    assert.equal(layer.version, 2);
    assert.equal(layer.extent, 4096);
  });

  it('leaves out what a tile cannot hold', () => {
    const nothing = { a: null, b: undefined, c: NaN, d: Infinity, e: -Infinity };
    const layer = decode(encodeLayer({ name: 'layer', features: [point({ ...nothing, f: 1 })] }).bytes);
    assert.deepEqual({ ...layer.feature(0).properties }, { f: 1 });
  });

  it('round-trips any properties', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const key = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
    const rows = fc.array(fc.dictionary(key, value, { noNullPrototype: true }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(rows, (all) => {
        const layer = decode(encodeLayer({ name: 'layer', features: all.map((row) => point(row)) }).bytes);
        all.forEach((row, i) => {
          // A tile has one zero.
          const expected = Object.fromEntries(Object.entries(row).map(([k, v]) => [k, v === 0 ? 0 : v]));
          assert.deepEqual({ ...layer.feature(i).properties }, expected);
        });
      }),
    );
  });

  it('writes each key and value once', () => {
    const row = { category: 'a long value that is repeated in every feature' };
    const one = encodeLayer({ name: 'layer', features: [point(row)] }).bytes.length;
    const hundred = encodeLayer({ name: 'layer', features: Array.from({ length: 100 }, () => point(row)) });
    assert.ok(hundred.bytes.length < one + 100 * 20, `${hundred.bytes.length} bytes`);
  });

  it('writes only ids that MVT has', () => {
    const features = [0, 7, Number.MAX_SAFE_INTEGER, -1, 1.5, 2 ** 60, undefined].map((id) => point({}, id));
    const layer = decode(encodeLayer({ name: 'layer', features }).bytes);
    assert.deepEqual(ids(layer), [0, 7, Number.MAX_SAFE_INTEGER, undefined, undefined, undefined, undefined]);
  });

  it('is empty bytes without features', () => {
    const layer = encodeLayer({ name: 'layer', features: [] });
    assert.deepEqual(layer, { bytes: new Uint8Array(0), features: 0, truncated: false });
  });

  it('makes a tile of several layers by concatenation', () => {
    const a = encodeLayer({ name: 'a', extent: 512, features: [point({ n: 1 })] }).bytes;
    const b = encodeLayer({ name: 'b', features: [point({ n: 2 }), point({ n: 3 })] }).bytes;
    const tile = Buffer.concat([a, b]);
    assert.equal(decode(tile, 'a').extent, 512);
    assert.equal(decode(tile, 'b').feature(1).properties['n'], 3);
  });

  it('drops the smallest features over the feature cap, keeping the order of the rest', () => {
    const features = [3, 9, 1, 5, 7].map((side, i) => square(i, side));
    const layer = encodeLayer({ name: 'layer', features, maxFeatures: 3 });
    assert.deepEqual(ids(decode(layer.bytes)), [1, 3, 4]);
    assert.deepEqual([layer.features, layer.truncated], [3, true]);
    assert.equal(encodeLayer({ name: 'layer', features, maxFeatures: 5 }).truncated, false);
    assert.equal(encodeLayer({ name: 'layer', features, maxFeatures: 0 }).bytes.length, 0);
  });

  it('stays under the byte cap with the largest features', () => {
    const sides = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sides, fc.integer({ min: 1, max: 4000 }), (all, maxBytes) => {
        const features = all.map((side, i) => square(i, side));
        const layer = encodeLayer({ name: 'layer', features, maxBytes });
        const full = encodeLayer({ name: 'layer', features }).bytes.length;
        assert.ok(layer.bytes.length <= maxBytes);
        assert.equal(layer.truncated, full > maxBytes);
        const kept = layer.features === 0 ? [] : ids(decode(layer.bytes)).map((id) => all[id!]!);
        assert.equal(kept.length, layer.features);
        const sorted = [...all].sort((x, y) => y - x);
        assert.deepEqual(
          kept.sort((x, y) => y - x),
          sorted.slice(0, kept.length),
        );
      }),
    );
  });

  it('uses most of the byte cap', () => {
    const features = Array.from({ length: 500 }, (_, i) => square(i, 10 + i));
    const full = encodeLayer({ name: 'layer', features }).bytes.length;
    const half = encodeLayer({ name: 'layer', features, maxBytes: full / 2 });
    assert.ok(half.features > 200, `${half.features} features`);
  });
});
