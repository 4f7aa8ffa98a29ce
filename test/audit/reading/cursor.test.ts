import assert from 'node:assert/strict';
import { cursorOf, placeOf } from '../../../server/audit/reading/cursor.ts';

describe('a place in the log', () => {
  it('is read as it was written, and nothing else is', () => {
    const place = { at: '2026-11-27T08:30:00.000001Z', chain: 'ordinary', seq: 12 };
    assert.deepEqual(placeOf(cursorOf(place)), place);
    for (const wrong of [
      '',
      'x',
      cursorOf({ ...place, chain: 'other' }),
      cursorOf({ ...place, at: '2026-13-45T99:99:99.000000Z' }),
    ])
      assert.throws(() => placeOf(wrong), /cursor must be/);
  });
});
