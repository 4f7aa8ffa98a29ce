import assert from 'node:assert/strict';
import fc from 'fast-check';
import { advise } from '../../../server/choropleth/classify/advise.ts';
import { classifyPairs } from '../../../server/choropleth/classify/bivariate.ts';
import { AppError } from '../../../server/errors.ts';
import { histogram, skewness, statistics } from '../../../server/choropleth/classes/stats.ts';

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

describe('statistics', () => {
  it('are those computed by hand', () => {
    const result = statistics([4, null, 2, 9, 4, 5, 4, NaN, 5, 7])!;
    // 2 4 4 4 5 5 7 9: mean 5, squares add up to 32, cubes to −27 − 3 + 8 + 64 = 42.
    assert.deepEqual([result.n, result.dropped, result.min, result.max, result.mean], [8, 2, 2, 9, 5]);
    assert.equal(result.median, 4.5);
    near(result.sd, Math.sqrt(32 / 7));
    near(result.skew, (Math.sqrt(8 * 7) / 6) * (42 / 8 / 4 ** 1.5));
    // Type 7: positions 0.35, 1.75, 5.25 and 6.65.
    near(result.quantiles.p5, 2.7);
    near(result.quantiles.p25, 4);
    near(result.quantiles.p75, 5.5);
    near(result.quantiles.p95, 8.3);
    assert.equal(result.zeroShare, 0);
  });

  it('are absent without values and defined for one', () => {
    assert.equal(statistics([null]), null);
    const one = statistics([0])!;
    assert.deepEqual([one.sd, one.skew, one.zeroShare, one.median], [0, 0, 1, 0]);
    assert.deepEqual(one.histogram, { edges: [0, 0], counts: [1] });
  });

  it('skew to the side of the tail', () => {
    assert.ok(skewness(Float64Array.of(1, 1, 1, 2, 9)) > 1);
    assert.ok(skewness(Float64Array.of(-9, -2, -1, -1, -1)) < -1);
    near(skewness(Float64Array.of(1, 2, 3)), 0);
    assert.equal(skewness(Float64Array.of(1, 5)), 0);
  });
});

describe('histogram', () => {
  it('has bins of Freedman and Diaconis', () => {
    // 1 … 64: IQR 31.5, width 63 / 4 = 15.75, 63 / 15.75 = 4 bins.
    const values = Float64Array.from({ length: 64 }, (_, i) => i + 1);
    assert.deepEqual(histogram(values), { edges: [1, 16.75, 32.5, 48.25, 64], counts: [16, 16, 16, 16] });
  });

  it('has bins of Sturges where the middle half is constant', () => {
    const values = Float64Array.of(0, 5, 5, 5, 5, 5, 5, 8);
    assert.deepEqual(histogram(values), { edges: [0, 2, 4, 6, 8], counts: [1, 0, 6, 1] });
  });

  it('counts each value once, in at most 60 bins', () => {
    const value = fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const { edges, counts } = histogram(Float64Array.from(values).sort());
        assert.equal(
          counts.reduce((a, b) => a + b, 0),
          values.length,
        );
        assert.ok(counts.length <= 60 && edges.length === counts.length + 1);
        assert.deepEqual(
          [edges[0]! + 0, edges.at(-1)! + 0],
          [Math.min(...values) + 0, Math.max(...values) + 0],
        );
      }),
    );
  });
});

describe('advice', () => {
  const tail = Array.from({ length: 200 }, (_, i) => Math.exp(i / 25));
  const even = Array.from({ length: 200 }, (_, i) => 50 + (i % 20) + (i % 7) / 3);

  const first: [string, number[], string][] = [
    ['headtail for a long tail', tail, 'headtail'],
    ['round numbers for symmetric data', even, 'pretty'],
    ['a class each for few values', [1, 1, 2, 2, 3, 3, 40], 'jenks'],
    ['natural groups for skewed data with negative values', tail.map((v) => v - 10), 'jenks'],
  ];
  for (const [title, values, method] of first) {
    it(`puts first ${title}`, () => assert.equal(advise(values).candidates[0]!.method, method));
  }

  it('has three different methods, each with its fit and a sentence', () => {
    for (const values of [tail, even]) {
      const { candidates } = advise(values);
      assert.equal(new Set(candidates.map((c) => c.method)).size, 3);
      for (const c of candidates) {
        assert.ok(c.gvf! > 0 && c.tai! > 0);
        assert.match(c.reason, /^[A-Z].*\.$/);
      }
    }
  });

  it('does not rank by fit', () => {
    const { candidates } = advise(even);
    const best = candidates.reduce((a, b) => (b.gvf! > a.gvf! ? b : a));
    assert.notEqual(candidates[0]!.method, best.method);
  });

  it('sets many zeros apart', () => {
    const { candidates, zeroShare } = advise([...new Array<number>(100).fill(0), ...even]);
    assert.equal(zeroShare, 1 / 3);
    assert.ok(candidates.every((c) => c.isolate[0] === 0 && c.counts.at(-1) === 100));
    assert.ok(advise([0, ...even]).candidates.every((c) => c.isolate.length === 0));
    assert.ok(
      advise([...new Array<number>(100).fill(0), -1, -2, 3]).candidates.every((c) => c.isolate.length === 0),
    );
  });

  it('moves a method with empty classes back', () => {
    // Round numbers between 0 and 100 leave empty classes between two tight groups.
    const groups = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 1 + i / 100 : 99 + i / 100));
    const { candidates } = advise(groups);
    assert.equal(candidates.at(-1)!.method, 'pretty');
    assert.ok(candidates.at(-1)!.emptyClasses > 0);
  });

  it('copes with nothing, one value and only zeros', () => {
    assert.deepEqual(advise([null]).candidates, []);
    for (const values of [[3], [0, 0, 0]]) {
      assert.ok(advise(values).candidates.every((c) => c.counts.length === 1 && c.emptyClasses === 0));
    }
  });
});

describe('pairs of classes', () => {
  const a = [1, 2, 3, 4, 5, 6, null, 8, 100];
  const b = [6, 5, 4, 3, 2, 1, 9, null, 7];

  it('index the matrix by the first variable, then the second', () => {
    const pairs = classifyPairs(a, b);
    // Seven regions have both. Tertiles of 1–6, 100 by type 7 end at 3 and 5; of 1–7 likewise.
    assert.deepEqual(pairs.first.breaks, [3, 5, 100]);
    assert.deepEqual(pairs.second.breaks, [3, 5, 7]);
    assert.equal(pairs.assign(1, 6), 0 * 3 + 2);
    assert.equal(pairs.assign(6, 1), 2 * 3 + 0);
    assert.equal(pairs.assign(100, 7), 2 * 3 + 2);
    assert.deepEqual(pairs.counts, [0, 2, 1, 2, 0, 0, 1, 0, 1]);
    assert.equal(pairs.dropped, 2);
    assert.equal(pairs.assign(null, 1), null);
    assert.equal(pairs.assign(1, null), null);
  });

  it('keep the place of a pair where a variable has fewer classes', () => {
    const pairs = classifyPairs([1, 2, 3, 4], [5, 5, 5, 5], { dim: 2 });
    assert.equal(pairs.assign(4, 5), 2);
    assert.deepEqual(pairs.counts, [2, 0, 2, 0]);
  });

  it('take a method for each variable', () => {
    const pairs = classifyPairs(a, b, {
      dim: 2,
      first: { method: 'jenks' },
      second: { method: 'manual', breaks: [2, 7] },
    });
    assert.deepEqual(pairs.first.breaks, [6, 100]);
    assert.deepEqual(pairs.second.breaks, [2, 7]);
  });

  it('refuse other dimensions, and methods that make more classes', () => {
    const refused = (error: unknown) => error instanceof AppError && error.code === 'invalid_parameter';
    assert.throws(() => classifyPairs(a, b, { dim: 5 }), refused);
    assert.throws(
      () => classifyPairs(a, b, { dim: 2, first: { method: 'manual', breaks: [1, 2, 3] } }),
      refused,
    );
  });
});
