import assert from 'node:assert/strict';
import { encodeCommands } from '../../server/engine/encoding/commands.ts';
import { encodeLayer } from '../../server/engine/encoding/mvt.ts';
import { GeometryType, type LayerFeature } from '../../server/engine/types.ts';
import { differenceOf, isSame } from '../../scripts/bench/suite/same-tile.ts';

function square(
  id: number | undefined,
  [x, y]: readonly [number, number],
  height: number,
  width = height,
): LayerFeature {
  const ring = [x, y, x + width, y, x + width, y + height, x, y + height];
  const commands = encodeCommands(GeometryType.polygon, [ring]);
  return { id, type: GeometryType.polygon, commands, properties: {} };
}

function point(id: number, x: number, y: number): LayerFeature {
  return {
    id,
    type: GeometryType.point,
    commands: encodeCommands(GeometryType.point, [[x, y]]),
    properties: {},
  };
}

function tile(
  features: readonly LayerFeature[],
  options: { name?: string; extent?: number } = {},
): Uint8Array {
  return encodeLayer({ name: 'layer', ...options, features }).bytes;
}

const seen = [square(1, [100, 100], 400), square(2, [2000, 2000], 400)];

describe('tiles of two servers', () => {
  it('are the same whatever the layer is called, its extent is, and where the id is', () => {
    const other = [
      { ...square(undefined, [200, 200], 800), properties: { id: 1 } },
      { ...square(undefined, [4000, 4000], 800), properties: { id: 2 } },
    ];
    const found = differenceOf(tile(seen), tile(other, { name: 'public.layer', extent: 8192 }));
    assert.ok(isSame(found), JSON.stringify(found));
    assert.equal(found.features, 2);
  });

  it('may differ in the buffer, in specks and by a few units', () => {
    const first = [...seen, point(3, -20, 50), square(4, [700, 700], 1), square(5, [4000, 100], 160)];
    const second = [square(1, [102, 101], 400), seen[1] as LayerFeature, square(5, [4000, 100], 160, 100)];
    const found = differenceOf(tile(first), tile(second));
    assert.ok(isSame(found), JSON.stringify(found));
  });

  it('differ by features, values, places and attributes', () => {
    const named = (name: string | number, feature: LayerFeature): LayerFeature => ({
      ...feature,
      properties: typeof name === 'string' ? { name, kind: 'a' } : { name },
    });
    const first = [
      named('x', square(1, [100, 100], 400)),
      named('y', square(2, [2000, 2000], 400)),
      point(3, 9, 9),
    ];
    const second = [
      named(7, square(1, [110, 100], 400)),
      named(7, square(2, [2000, 2000], 400)),
      point(4, 9, 9),
    ];
    const { distance, ...found } = differenceOf(tile(first), tile(second));
    assert.deepEqual(found, { features: 3, missing: 1, extra: 1, values: 2, moved: 1, lacking: ['kind'] });
    assert.ok(Math.abs(distance - 10) < 1e-9);
    assert.ok(!isSame({ ...found, distance }));
  });

  it('differ where one of them is empty', () => {
    assert.equal(differenceOf(tile(seen), new Uint8Array(0)).missing, 2);
    assert.equal(differenceOf(new Uint8Array(0), tile(seen)).extra, 2);
    assert.ok(isSame(differenceOf(new Uint8Array(0), tile([point(1, 4130, 5)]))));
  });
});
