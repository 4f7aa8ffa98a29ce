import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withDeadline } from '../../server/tools/deadline.ts';
import { whileCollected } from '../support/collected.ts';

/** Of one that is never told to stop. */
const untold = (): AbortSignal => new AbortController().signal;
/** Fails with the reason of its signal. */
const untilStopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });

describe('work with a deadline', () => {
  it('is done within its time', async () => {
    let told = false;
    const result = await withDeadline(untold(), 20, async (signal) => {
      signal.addEventListener('abort', () => (told = true));
      return Promise.resolve('done');
    });
    assert.equal(result, 'done');
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.equal(told, false);
  });

  it('is told when its time is over, and when nobody wants it any more', async () => {
    await assert.rejects(withDeadline(untold(), 5, untilStopped), { name: 'TimeoutError' });
    const gone = new AbortController();
    const working = withDeadline(gone.signal, 60_000, untilStopped);
    gone.abort(new Error('gone'));
    await assert.rejects(working, /gone/);
    await assert.rejects(withDeadline(gone.signal, 60_000, untilStopped), /gone/);
  });

  it('is told whatever has been collected meanwhile', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const asked = Array.from({ length: 20 }, () =>
        withDeadline(untold(), 1000, (signal) => fetch(url, { signal })),
      );
      const ended = await whileCollected(() => Promise.allSettled(asked));
      const names = ended.map((each) => each.status === 'rejected' && (each.reason as Error).name);
      assert.deepEqual([...new Set(names)], ['TimeoutError']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
