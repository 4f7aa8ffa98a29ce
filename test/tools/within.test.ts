import assert from 'node:assert/strict';
import { LATE, within } from '../../server/tools/within.ts';

describe('what comes within a time', () => {
  const never = new Promise<number>(() => {});

  it('is taken, and what does not is late', async () => {
    assert.equal(await within(Promise.resolve(1), 10_000), 1);
    assert.equal(await within(never, 5), LATE);
  });

  it('is taken where no time is left, if it is there already', async () => {
    assert.equal(await within(Promise.resolve(1), 0), 1);
    assert.equal(await within(never, 0), LATE);
    await assert.rejects(within(Promise.reject(new Error('failed')), 0), /failed/);
  });

  it('is waited for where nobody says how long', async () => {
    assert.equal(
      await within(new Promise((resolve) => setTimeout(resolve, 20, 'there')), undefined),
      'there',
    );
  });

  it('may fail later without being heard', async () => {
    const failing = new Promise((_, reject) => setTimeout(reject, 20, new Error('later')));
    assert.equal(await within(failing, 0), LATE);
    await new Promise((resolve) => setTimeout(resolve, 40));
  });
});
