import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bayesRates } from '../../../server/choropleth/space/index.ts';

describe('empirical Bayes rates', () => {
  it('are those computed by hand', () => {
    // m = 60 / 400 = 0.15; rates 0.1, 0.3, 0.1;
    // s² = (100 × 0.0025 + 100 × 0.0225 + 200 × 0.0025) / 400 = 3 / 400 = 0.0075;
    // A = 0.0075 − 0.15 / (400 / 3) = 0.006375; m / base = 0.0015, 0.0015, 0.00075.
    const trust = (noise: number) => 0.006375 / (0.006375 + noise);
    const expected = [0.15 - 0.05 * trust(0.0015), 0.15 + 0.15 * trust(0.0015), 0.15 - 0.05 * trust(0.00075)];
    bayesRates([10, 30, 20], [100, 100, 200]).forEach((rate, i) =>
      assert.ok(Math.abs(rate! - expected[i]!) < 1e-12, `${rate} is not ${expected[i]}`),
    );
  });

  it('fall back on the overall rate where the rates differ by no more than chance', () => {
    assert.deepEqual(bayesRates([1, 1, 1], [10, 10, 10]), [0.1, 0.1, 0.1]);
    assert.deepEqual(bayesRates([0, 0], [10, 20]), [0, 0]);
  });

  it('are missing where a figure is missing or the denominator is 0', () => {
    const rates = bayesRates([1, null, 3, 4, -1], [10, 10, 0, null, 10]);
    assert.deepEqual(
      rates.map((rate) => rate === null),
      [false, true, true, true, true],
    );
    assert.deepEqual(bayesRates([null], [1]), [null]);
  });

  it('lie between the raw and the overall rate, nearer to the raw one for more people', () => {
    const region = fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      base: fc.integer({ min: 1, max: 1e6 }),
    });
    fc.assert(
      fc.property(fc.array(region, { minLength: 1, maxLength: 20 }), (regions) => {
        const events = regions.map(({ share, base }) => Math.round(share * base));
        const bases = regions.map(({ base }) => base);
        const overall = sum(events) / sum(bases);
        const kept = bayesRates(events, bases).map((rate, i) => {
          const raw = events[i]! / bases[i]!;
          assert.ok(rate! >= Math.min(raw, overall) - 1e-12 && rate! <= Math.max(raw, overall) + 1e-12);
          return {
            base: bases[i]!,
            share: Math.abs(raw - overall) > 1e-6 ? (rate! - overall) / (raw - overall) : null,
          };
        });
        const shares = kept.filter(({ share }) => share !== null).sort((a, b) => a.base - b.base);
        shares.forEach(({ share }, i) => assert.ok(i === 0 || share! >= shares[i - 1]!.share! - 1e-6));
      }),
    );
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
