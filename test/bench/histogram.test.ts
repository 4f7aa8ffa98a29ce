import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  asSent,
  countOf,
  percentileOf,
  together,
  type Histogram,
} from '../../scripts/bench/suite/histogram.ts';

/** What wrk does to its statistics in the end (`stats_correct`), in its order. */
function corrected(sent: Histogram, expected: number): Map<number, number> {
  const data = new Map(sent);
  const longest = Math.max(...sent.keys());
  for (let n = expected * 2; n <= longest; n++) {
    const count = data.get(n) ?? 0;
    for (let m = n - expected; count > 0 && m > expected; m -= expected)
      data.set(m, (data.get(m) ?? 0) + count);
  }
  return data;
}

describe('times of requests', () => {
  it('are those of requests that were sent, whatever wrk adds to them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 9 })), {
          minLength: 1,
        }),
        fc.integer({ min: 1, max: 900 }),
        (pairs, interval) => {
          const sent = new Map(pairs);
          const told = corrected(sent, interval);
          const sorted = (times: Histogram): [number, number][] => [...times].sort(([a], [b]) => a - b);
          assert.deepEqual(sorted(asSent(told, countOf(sent), interval)), sorted(sent));
        },
      ),
    );
  });

  it('have percentiles by the nearest rank, in milliseconds', () => {
    const times = together([
      new Map([[1_000, 98]]),
      new Map([
        [1_000, 1],
        [40_000, 1],
      ]),
    ]);
    assert.equal(percentileOf(times, 50), 1);
    assert.equal(percentileOf(times, 99), 1);
    assert.equal(percentileOf(times, 100), 40);
    assert.ok(Number.isNaN(percentileOf(new Map(), 50)));
  });
});
