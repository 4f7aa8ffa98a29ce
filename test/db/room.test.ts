import assert from 'node:assert/strict';
import { placesOf, Room } from '../../server/db/connections/room.ts';

const LATE_MS = 600_000;

/** Work that ends when it is told to. */
function held(): { work: () => Promise<string>; isBegun: () => boolean; finish: () => void } {
  let [begun, finish] = [false, (): void => {}];
  const done = new Promise<void>((resolve) => (finish = resolve));
  const work = async (): Promise<string> => {
    begun = true;
    await done;
    return 'done';
  };
  return { work, isBegun: () => begun, finish };
}

describe('connections of what may take long', () => {
  it('are all but a quarter, and one at least', () => {
    assert.deepEqual([1, 2, 3, 4, 5, 8, 10, 12].map(placesOf), [1, 1, 2, 3, 3, 6, 7, 9]);
  });

  it('go to who waits longest, whether what had them succeeded or failed', async () => {
    const room = new Room(1, LATE_MS);
    const order: string[] = [];
    const first = held();
    const failing = assert.rejects(
      room.run(async () => {
        await first.work();
        throw new Error('no');
      }),
      /no/,
    );
    const others = ['a', 'b'].map((name) => room.run(() => Promise.resolve(order.push(name))));
    assert.deepEqual([room.waiting, order], [2, []]);
    first.finish();
    await Promise.all([failing, ...others]);
    assert.deepEqual([room.waiting, order], [0, ['a', 'b']]);
    assert.equal(await room.run(() => Promise.resolve('free again')), 'free again');
  });

  it('are waited for no longer than is allowed, and not by who has gone', async () => {
    const room = new Room(1, 1);
    const one = held();
    const running = room.run(one.work);
    await assert.rejects(
      room.run(() => Promise.resolve()),
      { code: 'database_busy' },
    );
    const patient = new Room(1, LATE_MS);
    const other = held();
    const alsoRunning = patient.run(other.work);
    const leaving = new AbortController();
    const gone = patient.run(() => Promise.resolve(), leaving.signal);
    leaving.abort();
    await assert.rejects(gone, { code: 'client_closed_request' });
    await assert.rejects(
      patient.run(() => Promise.resolve(), leaving.signal),
      { code: 'client_closed_request' },
    );
    assert.deepEqual([room.waiting, patient.waiting], [0, 0]);
    one.finish();
    other.finish();
    assert.deepEqual(await Promise.all([running, alsoRunning]), ['done', 'done']);
    assert.equal(await patient.run(() => Promise.resolve('free again')), 'free again');
  });
});
