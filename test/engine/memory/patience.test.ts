import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Patience } from '../../../server/engine/memory/patience.ts';

describe('patience with what is being made', () => {
  it('is of all that wait for the same, from the first on', async () => {
    const patience = new Patience(10_000);
    const layer = {};
    assert.ok(patience.left(layer, 'token')! > 9_000);
    const before = patience.left(layer, 'token')!;
    await sleep(30);
    assert.ok(patience.left(layer, 'token')! < before);
  });

  it('is over then, and begins anew with another state, zoom or layer', async () => {
    const patience = new Patience(200);
    const [layer, index, other] = [{}, {}, {}];
    patience.left(layer, 'one');
    patience.left(index, 3);
    await sleep(300);
    assert.deepEqual([patience.left(layer, 'one'), patience.left(index, 3)], [0, 0]);
    const anew = [patience.left(layer, 'two'), patience.left(index, 4), patience.left(other, 'one')];
    assert.ok(anew.every((ms) => ms !== undefined && ms > 0));
  });

  it('has no end where nobody says how long', () => {
    assert.equal(new Patience(undefined).left({}, 0), undefined);
  });
});
