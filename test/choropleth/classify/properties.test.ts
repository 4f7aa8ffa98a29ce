import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ckmeans } from 'simple-statistics';
import {
  classify,
  METHODS,
  type Classification,
  type ClassifyOptions,
} from '../../../server/choropleth/classify/index.ts';

/** Positive and negative, tied and spread, near and far values; a quarter of the arrays are integers. */
const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.constantFrom(0, 1, 1 + Number.EPSILON, 1 + 2 * Number.EPSILON, 1e15, -1e-15),
);
const values = fc.array(fc.option(number, { freq: 9 }), { maxLength: 60 });
const positive = fc.array(fc.option(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { freq: 9 }), {
  maxLength: 60,
});
const breaks = fc
  .uniqueArray(fc.integer({ min: -30, max: 30 }), { minLength: 1, maxLength: 8, comparator: 'SameValueZero' })
  .map((list) => list.sort((a, b) => a - b));

const needsPositive = new Set(['geometric', 'log']);
const request = fc
  .record({
    method: fc.constantFrom(...METHODS),
    classes: fc.integer({ min: 2, max: 9 }),
    breaks,
    isolate: fc.oneof(
      fc.constant([]),
      fc.constant([0]),
      fc.uniqueArray(fc.integer({ min: -3, max: 3 }), { maxLength: 3 }),
    ),
  })
  .chain((options) =>
    fc.tuple(needsPositive.has(options.method) ? positive : values, fc.constant<ClassifyOptions>(options)),
  );

const finite = (list: readonly (number | null)[]) => list.filter((v): v is number => v !== null);

function inClass(value: number, c: Classification['classes'][number]): boolean {
  return value <= c.upper && (c.closedLower ? value >= c.lower : value > c.lower);
}

function step({ thresholds, thresholdClasses }: Classification, value: number): number | undefined {
  return thresholdClasses[thresholds.filter((t) => value >= t).length];
}

describe('classification properties', () => {
  it('puts every value in exactly the class whose interval holds it', () => {
    fc.assert(
      fc.property(request, ([list, options]) => {
        const result = classify(list, options);
        for (const value of finite(list)) {
          const isolated = result.classes.filter((c) => c.isolated && c.upper === value);
          const holding = isolated.length > 0 ? isolated : result.classes.filter((c) => inClass(value, c));
          assert.deepEqual(
            holding.map((c) => c.id),
            [result.assign(value)],
          );
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('counts every value once', () => {
    fc.assert(
      fc.property(request, ([list, options]) => {
        const result = classify(list, options);
        const counts = result.classes.map(
          (c) => finite(list).filter((v) => result.assign(v) === c.id).length,
        );
        assert.deepEqual(result.counts, counts);
        assert.equal(result.n, finite(list).length);
        assert.equal(result.n + result.dropped, list.length);
        assert.deepEqual(
          result.classes.map((c) => c.id),
          counts.map((_, id) => id),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('has strictly ascending breaks and thresholds, and at most nine intervals', () => {
    fc.assert(
      fc.property(request, ([list, options]) => {
        const result = classify(list, options);
        for (const ascending of [result.breaks, result.thresholds]) {
          assert.ok(ascending.every((b, i) => Number.isFinite(b) && (i === 0 || b > ascending[i - 1]!)));
        }
        assert.ok(result.classesActual <= 9);
        assert.ok(
          result.thresholdClasses.length === 0 ||
            result.thresholdClasses.length === result.thresholds.length + 1,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('gives each value the same class through thresholds that include their lower bound', () => {
    fc.assert(
      fc.property(request, ([list, options]) => {
        const result = classify(list, options);
        for (const value of finite(list)) assert.equal(step(result, value), result.assign(value), `${value}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('reports the extremes of each class', () => {
    fc.assert(
      fc.property(request, ([list, options]) => {
        const result = classify(list, options);
        for (const c of result.classes) {
          const own = finite(list)
            .filter((v) => result.assign(v) === c.id)
            .map((v) => v + 0);
          assert.equal(c.min, own.length > 0 ? Math.min(...own) : null);
          assert.equal(c.max, own.length > 0 ? Math.max(...own) : null);
        }
      }),
    );
  });

  it('does not depend on the order of the values', () => {
    fc.assert(
      fc.property(request, fc.infiniteStream(fc.nat()), ([list, options], keys) => {
        const shuffled = list
          .map((value) => ({ value, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ value }) => value);
        const { assign: _a, ...first } = classify(list, options);
        const { assign: _b, ...second } = classify(shuffled, options);
        assert.deepEqual(second, first);
      }),
    );
  });

  it('scales with the values: a factor changes the bounds and nothing else', () => {
    // A power of two is exact in floats; round numbers (pretty, log) depend on the unit by design.
    // Denormal values lose digits even then.
    const scaled = request.filter(
      ([list, { method }]) =>
        method !== 'pretty' && method !== 'log' && finite(list).every((v) => v === 0 || Math.abs(v) > 1e-100),
    );
    fc.assert(
      fc.property(scaled, fc.constantFrom(0.25, 2, 1024), ([list, options], factor) => {
        const scale = (numbers: readonly number[] | undefined) => numbers?.map((v) => v * factor);
        const first = classify(list, options);
        const second = classify(
          list.map((v) => v && v * factor),
          { ...options, breaks: scale(options.breaks), isolate: scale(options.isolate) },
        );
        // A power with a fractional exponent is rounded by itself, so its breaks agree but for the last digit.
        if (options.method !== 'geometric') assert.deepEqual(second.breaks, scale(first.breaks));
        assert.deepEqual(second.counts, first.counts);
        assert.ok(Math.abs((second.gvf ?? 0) - (first.gvf ?? 0)) < 1e-9);
      }),
    );
  });

  it('measures fit between 0 and 1, and 1 where each distinct value has its class', () => {
    fc.assert(
      fc.property(request, ([list, options]) => {
        const { gvf, tai } = classify(list, options);
        if (finite(list).length === 0) return assert.equal(gvf, null);
        for (const fit of [gvf!, tai!]) assert.ok(fit >= 0 && fit <= 1, `${fit}`);
      }),
    );
    const perfect = classify([1, 1, 5, 9, 9], { method: 'jenks', classes: 3 });
    assert.deepEqual([perfect.gvf, perfect.tai], [1, 1]);
  });

  it('quantile, equal and geometric never fill fewer classes than their formula gives', () => {
    const few = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0.5, 100, 1000)), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(few, fc.integer({ min: 2, max: 9 }), (list, classes) => {
        const sorted = [...list].sort((a, b) => a - b);
        const [min, max] = [sorted[0]!, sorted.at(-1)!];
        const formulas = {
          quantile: (share: number) => {
            const h = (sorted.length - 1) * share;
            const below = sorted[Math.floor(h)]!;
            return below + ((sorted[Math.floor(h) + 1] ?? below) - below) * (h - Math.floor(h));
          },
          equal: (_: number, i: number) => min + ((max - min) / classes) * i,
          geometric: (share: number) => min * (max / min) ** share,
        };
        for (const [method, formula] of Object.entries(formulas)) {
          const breaks = Array.from({ length: classes - 1 }, (_, i) => formula((i + 1) / classes, i + 1));
          const plain = new Set(sorted.map((value) => breaks.filter((upper) => value > upper).length));
          const { counts } = classify(list, { method: method as 'quantile', classes });
          const filled = counts.filter((count) => count > 0).length;
          assert.ok(filled >= plain.size, `${method} of ${list}, ${classes}: ${filled} < ${plain.size}`);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('headtail puts a value that is the mean in the tail, whatever decimals it is of', () => {
    const hundredths = fc.array(fc.integer({ min: 0, max: 9999 }), { minLength: 2, maxLength: 400 });
    fc.assert(
      fc.property(hundredths, (list) => {
        // A little more makes the mean a whole number of hundredths; one more value is that mean.
        const sum = list.reduce((total, value) => total + value, 0);
        const rest = (list.length - (sum % list.length)) % list.length;
        const mean = (sum + rest) / list.length;
        const values = [list[0]! + rest, ...list.slice(1), mean].map((value) => value / 100);
        const { assign, classesActual } = classify(values, { method: 'headtail', classes: 2 });
        if (classesActual === 2) assert.equal(assign(mean / 100), 0, `${mean}`);
        else assert.ok(values.every((value) => value === mean / 100));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('jenks', () => {
  it('finds the least squared deviation, as an exhaustive search does', () => {
    const few = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 2, maxLength: 11 });
    fc.assert(
      fc.property(few, fc.integer({ min: 2, max: 5 }), (list, classes) => {
        const result = classify(list, { method: 'jenks', classes });
        const groups = result.classes.map((c) => list.filter((v) => result.assign(v) === c.id));
        const sorted = [...list].sort((a, b) => a - b);
        const best = leastCost(sorted, Math.min(classes, new Set(list).size));
        assert.ok(Math.abs(cost(groups) - best) < 1e-9, `${cost(groups)} is more than ${best}`);
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with ckmeans on larger data', () => {
    const many = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 50, maxLength: 300 });
    fc.assert(
      fc.property(many, fc.integer({ min: 2, max: 9 }), (list, classes) => {
        const result = classify(list, { method: 'jenks', classes });
        const ours = cost(result.classes.map((c) => list.filter((v) => result.assign(v) === c.id)));
        const theirs = cost(ckmeans(list, Math.min(classes, new Set(list).size)));
        assert.ok(Math.abs(ours - theirs) <= 1e-6 * (1 + theirs), `${ours} is not ${theirs}`);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps its precision far from zero', () => {
    const near = [1, 2, 3, 10, 11, 12, 20, 21, 22];
    const far = near.map((v) => v + 1e12);
    assert.deepEqual(
      classify(far, { method: 'jenks', classes: 3 }).breaks,
      [3, 12, 22].map((v) => v + 1e12),
    );
  });

  it('has the accuracy computed by hand', () => {
    // Classes 1 2 3 | 10 11 12 | 20 21 22: squares within 3 × 2 = 6, in all 1704 − 102² / 9 = 548;
    // absolute deviations within 3 × 2 = 6, in all around 102 / 9 = 34 / 3.
    const values = [1, 2, 3, 10, 11, 12, 20, 21, 22];
    const absolute = values.reduce((sum, v) => sum + Math.abs(v - 34 / 3), 0);
    const { gvf, tai } = classify(values, { method: 'jenks', classes: 3 });
    assert.ok(Math.abs(gvf! - (1 - 6 / 548)) < 1e-12);
    assert.ok(Math.abs(tai! - (1 - 6 / absolute)) < 1e-12);
  });
});

function cost(groups: readonly (readonly number[])[]): number {
  return groups.reduce((total, group) => {
    const center = group.reduce((a, b) => a + b, 0) / (group.length || 1);
    return total + group.reduce((sum, v) => sum + (v - center) ** 2, 0);
  }, 0);
}

/** The least cost over all ways to cut an ascending list in `classes` stretches. */
function leastCost(sorted: readonly number[], classes: number): number {
  if (classes === 1) return cost([sorted]);
  let best = Infinity;
  for (let cut = 1; cut <= sorted.length - classes + 1; cut++) {
    best = Math.min(best, cost([sorted.slice(0, cut)]) + leastCost(sorted.slice(cut), classes - 1));
  }
  return best;
}
