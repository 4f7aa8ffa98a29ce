import assert from 'node:assert/strict';
import type { Geometry } from 'geojson';
import { buildTileIndex, type TileIndex } from '../../../server/engine/cutting/tile-index.ts';

const square = (x: number): { geometry: Geometry } => ({
  geometry: {
    type: 'Polygon',
    coordinates: [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]],
  },
}); // prettier-ignore
const newIndex = (): TileIndex =>
  buildTileIndex([0, 1, 2].map(square), { maxZoom: 14, sharedBorders: true, keepCollapsed: true });

const isSettled = (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 30, false))]);

describe('zooms that somebody else prepares', () => {
  it('are waited for, and cut as if they were prepared here', async () => {
    const [index, other] = [newIndex(), newIndex()];
    index.expect([3, 4, 5]);
    const prepared = index.prepare(4);
    assert.ok(prepared);
    assert.equal(await isSettled(prepared), false);
    index.adopt(4, other.mended(4));
    await prepared;
    assert.equal(index.prepare(4), undefined);
    const coord = { z: 4, x: 8, y: 7 };
    assert.deepEqual(index.tile(coord), other.tile(coord));
  });

  it('are needed in the order in which they were asked for, and then in theirs', () => {
    const [index, other] = [newIndex(), newIndex()];
    index.expect([0, 3, 4, 5]);
    void index.prepare(5);
    void index.prepare(3);
    const order: (number | undefined)[] = [];
    for (let zoom = index.nextExpected(); zoom !== undefined; zoom = index.nextExpected()) {
      order.push(zoom);
      index.adopt(zoom, other.mended(zoom));
    }
    assert.deepEqual(order, [5, 3, 0, 4]);
  });

  it('are prepared here where they will not come', async () => {
    const index = newIndex();
    index.expect([3, 4]);
    const prepared = index.prepare(4);
    index.giveUp();
    await prepared;
    assert.equal(index.prepare(4), undefined);
    assert.equal(index.nextExpected(), undefined);
    await index.prepare(3);
    assert.equal(index.prepare(3), undefined);
  });
});
