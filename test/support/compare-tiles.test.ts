import assert from 'node:assert/strict';
import { encodeCommands } from '../../server/engine/encoding/commands.ts';
import { encodeLayer } from '../../server/engine/encoding/mvt.ts';
import { GeometryType } from '../../server/engine/types.ts';
import type { Properties } from '../../server/engine/types.ts';
import { compareTiles } from './compare-tiles.ts';

type Row = [id: number, ring: number[], properties?: Properties];

function tile(...rows: Row[]): Uint8Array {
  const features = rows.map(([id, ring, properties = {}]) => ({
    id,
    type: GeometryType.polygon,
    commands: encodeCommands(GeometryType.polygon, [ring]),
    properties,
  }));
  return encodeLayer({ name: 'regions', features }).bytes;
}

const square = [0, 0, 100, 0, 100, 100, 0, 100];

describe('comparison of tiles', () => {
  it('finds nothing between a tile and itself, wherever its rings start', () => {
    const [difference] = compareTiles(tile([1, square]), tile([1, [100, 0, 100, 100, 0, 100, 0, 0]]));
    assert.deepEqual(difference, {
      layer: 'regions',
      onlyInFirst: [],
      onlyInSecond: [],
      otherType: [],
      otherProperties: [],
      moved: [],
    });
  });

  it('finds features, properties and outlines that differ', () => {
    const first = tile([1, square, { n: 1 }], [2, square], [3, square]);
    const second = tile([1, square, { n: 2 }], [3, [0, 0, 104, 0, 100, 100, 0, 100]], [4, square]);
    const [difference] = compareTiles(first, second);
    assert.deepEqual(difference!.onlyInFirst, [2]);
    assert.deepEqual(difference!.onlyInSecond, [4]);
    assert.deepEqual(difference!.otherProperties, [1]);
    assert.deepEqual(
      difference!.moved.map(({ id }) => id),
      [3],
    );
    assert.ok(Math.abs(difference!.moved[0]!.distance - 4) < 1e-9);
  });

  it('ignores specks, slivers and what is outside the buffer when told to', () => {
    const sliver = [0, 0, 100, 0, 100, 50, 140, 51, 100, 51, 100, 100, 0, 100];
    const outside = [0, 0, 100, 0, 100, 100, -64, 140, -64, 120, 0, 100];
    const inside = [0, 0, 100, 0, 100, 100, -64, 130, 0, 100];
    const speck = [0, 0, 1, 0, 1, 1];
    const first = tile([1, square], [2, outside], [3, speck]);
    const second = tile([1, sliver], [2, inside]);
    const [difference] = compareTiles(first, second, { ignoreArea: 2, buffer: 64 });
    assert.deepEqual(difference!.onlyInFirst, []);
    assert.deepEqual(
      difference!.moved.filter(({ distance }) => distance > 1),
      [],
    );
    assert.deepEqual(compareTiles(first, second, { buffer: 64 })[0]!.onlyInFirst, [3]);
  });

  it('compares a missing layer with none', () => {
    assert.deepEqual(compareTiles(tile([1, square]), new Uint8Array(0))[0]!.onlyInFirst, [1]);
    assert.deepEqual(compareTiles(new Uint8Array(0), tile([1, square]))[0]!.onlyInSecond, [1]);
  });
});
