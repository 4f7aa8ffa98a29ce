import assert from 'node:assert/strict';
import {
  classify,
  METHODS,
  type ClassifyOptions,
  type Method,
} from '../../../server/choropleth/classify/index.ts';
import { AppError } from '../../../server/errors.ts';

interface Row {
  title: string;
  values: (number | null)[];
  options: ClassifyOptions;
  breaks: number[];
  counts: number[];
}

const oneTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** Breaks computed by hand; the arithmetic is in the title or in a comment. */
const TABLE: Row[] = [
  {
    // Positions (n − 1)p = 9 × ¼, ½, ¾ = 2.25, 4.5, 6.75 from 0.
    title: 'quantile: type 7 interpolates between neighbours',
    values: oneTo(10),
    options: { method: 'quantile', classes: 4 },
    breaks: [3.25, 5.5, 7.75, 10],
    counts: [3, 2, 2, 3],
  },
  {
    title: 'equal: a value on a break belongs to the class below it',
    values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 10],
    options: { method: 'equal', classes: 5 },
    breaks: [2, 4, 6, 8, 10],
    counts: [3, 2, 2, 2, 1],
  },
  {
    title: 'jenks: three obvious groups; upper bounds are data values',
    values: [1, 2, 3, 10, 11, 12, 20, 21, 22],
    options: { method: 'jenks', classes: 3 },
    breaks: [3, 12, 22],
    counts: [3, 3, 3],
  },
  {
    // The worked example of Wang & Song (2011): clusters {−1 ×4}, {2 ×3}, {4, 5, 6}.
    title: 'jenks: ties stay together',
    values: [-1, 2, -1, 2, 4, 5, 6, -1, 2, -1],
    options: { method: 'jenks', classes: 3 },
    breaks: [-1, 2, 6],
    counts: [4, 3, 3],
  },
  {
    // Mean 5, squared deviations add up to 32, sd = √(32 / 7) ≈ 2.138 (n would give 2).
    title: 'stddev: n − 1, breaks at the mean and one deviation around it',
    values: [2, 4, 4, 4, 5, 5, 7, 9],
    options: { method: 'stddev', classes: 4 },
    breaks: [5 - Math.sqrt(32 / 7), 5, 5 + Math.sqrt(32 / 7), 9],
    counts: [1, 5, 1, 1],
  },
  {
    // Mean of all is 45 / 9 = 5; of 6, 7, 8, 19 it is 10; 19 is alone.
    title: 'headtail: the mean, then the mean of the head',
    values: [19, 8, 7, 6, 2, 1, 1, 1, 0],
    options: { method: 'headtail' },
    breaks: [5, 10, 19],
    counts: [5, 3, 1],
  },
  {
    title: 'headtail: a value equal to the mean is no part of the head',
    values: [1, 2, 3],
    options: { method: 'headtail' },
    breaks: [2, 3],
    counts: [2, 1],
  },
  {
    // Gaps of 7 (3 to 10) and 19 (11 to 30) are the widest two.
    title: 'maxbreaks: the middle of the widest gaps',
    values: [1, 2, 3, 10, 11, 30, 31, 33],
    options: { method: 'maxbreaks', classes: 3 },
    breaks: [6.5, 20.5, 33],
    counts: [3, 2, 3],
  },
  {
    title: 'pretty: as R, pretty(c(1, 10), 5)',
    values: [1, 2, 9, 10],
    options: { method: 'pretty', classes: 5 },
    breaks: [2, 4, 6, 8, 10],
    counts: [2, 0, 0, 0, 2],
  },
  {
    title: 'pretty: as R, pretty(1:20, n = 2)',
    values: oneTo(20),
    options: { method: 'pretty', classes: 2 },
    breaks: [10, 20],
    counts: [10, 10],
  },
  {
    title: 'pretty: decimal steps are the floats one would type',
    values: [0.05, 0.31, 0.62],
    options: { method: 'pretty', classes: 7 },
    breaks: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
    counts: [1, 0, 0, 1, 0, 0, 1],
  },
  {
    // Quartiles 3.25, 5.5, 7.75; fences at −3.5 (below the data: no class) and 14.5.
    title: 'boxplot: hinge 1.5',
    values: [...oneTo(9), 100],
    options: { method: 'boxplot' },
    breaks: [3.25, 5.5, 7.75, 14.5, 100],
    counts: [3, 2, 2, 2, 1],
  },
  {
    title: 'geometric: each class four times as wide',
    values: [1, 4, 5, 16, 17, 64, 256],
    options: { method: 'geometric', classes: 4 },
    breaks: [4, 16, 64, 256],
    counts: [2, 2, 2, 1],
  },
  {
    title: 'log: powers of ten',
    values: [2, 10, 11, 100, 5000],
    options: { method: 'log', classes: 4 },
    breaks: [10, 100, 1000, 10000],
    counts: [2, 2, 0, 1],
  },
  {
    title: 'log: thirds of decades where the range is short',
    values: [1, 5, 20, 80],
    options: { method: 'log', classes: 5 },
    breaks: [3, 10, 30, 100],
    counts: [1, 1, 1, 1],
  },
  {
    title: 'manual: breaks stay, empty classes too',
    values: [12, 14, 14, 25],
    options: { method: 'manual', breaks: [10, 12, 20, 25, 40] },
    breaks: [10, 12, 20, 25, 40],
    counts: [0, 1, 2, 1, 0],
  },
  {
    title: 'NULL and NaN are left out',
    values: [null, 1, NaN, 2, null, 3, 4],
    options: { method: 'equal', classes: 3 },
    breaks: [2, 3, 4],
    counts: [2, 1, 1],
  },
  {
    title: 'isolated zeros come after the intervals and move no break',
    values: [0, 0, 0, 1, 2, 3, 4],
    options: { method: 'quantile', classes: 2, isolate: [0] },
    breaks: [2.5, 4],
    counts: [2, 2, 3],
  },
];

describe('class breaks', () => {
  for (const { title, values, options, breaks, counts } of TABLE) {
    it(title, () => {
      const result = classify(values, options);
      assertNear(result.breaks, breaks);
      assert.deepEqual(result.counts, counts);
    });
  }

  it('pretty on R pretty(c(0, 97), 5) starts below the data', () => {
    const { classes, breaks } = classify([3, 50, 97], { method: 'pretty', classes: 5 });
    assert.deepEqual(breaks, [20, 40, 60, 80, 100]);
    assert.equal(classes[0]!.lower, 0);
  });

  it('pretty and log never make more than nine classes', () => {
    assert.deepEqual(classify(oneTo(20), { method: 'pretty', classes: 9 }).breaks, [5, 10, 15, 20]);
    const decades = classify([1e-12, 1, 1e12], { method: 'log', classes: 9 });
    assert.ok(decades.breaks.length >= 5 && decades.breaks.length <= 9, `${decades.breaks}`);
  });

  it('log falls back on linear rounds in a range too short for it', () => {
    assert.deepEqual(
      classify([101, 104, 109], { method: 'log', classes: 5 }).breaks,
      [102, 104, 106, 108, 110],
    );
  });

  it('stddev is centred on the mean for odd and even numbers of classes', () => {
    const values = oneTo(101);
    const sd = Math.sqrt((101 * (101 ** 2 - 1)) / 12 / 100);
    assertNear(classify(values, { method: 'stddev', classes: 3 }).breaks, [51 - sd / 2, 51 + sd / 2, 101]);
    assertNear(classify(values, { method: 'stddev', classes: 4 }).breaks, [51 - sd, 51, 51 + sd, 101]);
  });
});

describe('what data can do to breaks', () => {
  const automatic = METHODS.filter((m): m is Exclude<Method, 'manual'> => m !== 'manual');

  for (const method of automatic) {
    it(`${method}: constant data is one class`, () => {
      const result = classify([7, 7, 7], { method });
      assert.deepEqual(result.breaks, [7]);
      assert.deepEqual(result.counts, [3]);
      assert.deepEqual([result.gvf, result.tai], [1, 1]);
      assert.deepEqual(result.thresholds, []);
      assert.deepEqual(codes(result), ['constant']);
    });

    it(`${method}: no values is no class`, () => {
      const result = classify([null, NaN, Infinity], { method });
      assert.deepEqual(result.classes, []);
      assert.deepEqual([result.n, result.dropped, result.min, result.gvf], [0, 3, null, null]);
      assert.deepEqual(codes(result), ['no_values']);
      assert.equal(result.assign(1), null);
    });

    it(`${method}: neighbouring floats are told apart`, () => {
      const next = 1 + Number.EPSILON;
      const result = classify([1, next], { method, classes: 2 });
      const steps = result.thresholds.filter((t) => t <= next).length;
      assert.equal(result.thresholdClasses[steps], result.assign(next));
      assert.equal(result.thresholds.filter((t) => t <= 1).length, result.assign(1));
    });
  }

  it('repeated quantiles collapse and are reported', () => {
    const zeros = new Array<number>(11).fill(0);
    const result = classify([...zeros, 1, 2, 3, 4], { method: 'quantile', classes: 4 });
    // Type 7: 0, 0 and 0.5 (10.5 of 14 steps along), then the maximum.
    assert.deepEqual(result.breaks, [0, 0.5, 4]);
    assert.deepEqual(result.counts, [11, 0, 4]);
    assert.equal(result.classesRequested, 4);
    assert.equal(result.classesActual, 3);
    assert.deepEqual(codes(result), ['breaks_collapsed', 'empty_classes']);
  });

  it('a quantile equal to the maximum collapses into the last break', () => {
    const result = classify([1, 2, 3, 9, 9, 9, 9, 9, 9, 9], { method: 'quantile', classes: 3 });
    assert.deepEqual(result.breaks, [9]);
    assert.deepEqual(codes(result), ['breaks_collapsed']);
  });

  it('quantile gives each value its own class where there are enough', () => {
    const values = [...new Array<number>(24).fill(0), ...new Array<number>(25).fill(1)];
    const result = classify(values, { method: 'quantile', classes: 5 });
    assert.deepEqual(result.breaks, [0, 1]);
    assert.deepEqual(result.counts, [24, 25]);
    assert.deepEqual(codes(result), ['classes_reduced']);
    assert.deepEqual(classify([1, 9, 9, 9, 9], { method: 'quantile', classes: 2 }).counts, [1, 4]);
  });

  it('equal and geometric take more classes than there are values where fewer would hide one', () => {
    const equal = classify([0, 30, 100], { method: 'equal', classes: 5 });
    assert.deepEqual(equal.breaks, [25, 50, 75, 100]);
    assert.deepEqual(equal.counts, [1, 1, 0, 1]);
    assert.deepEqual(codes(equal), ['classes_reduced', 'empty_classes']);
    assert.deepEqual(classify([0, 50, 100], { method: 'equal', classes: 5 }).counts, [1, 1, 1]);
  });

  it('headtail: a mean that equals a value but for rounding is that value', () => {
    // Added up in turn they give 0.5399999999999999: the regions at the mean would be in the head.
    const values = [0.1, 0.3, 0.54, 0.54, 0.54, 0.7, 0.76, 0.84];
    assert.equal(values.reduce((sum, value) => sum + value) / values.length, 0.5399999999999999);
    const result = classify(values, { method: 'headtail', classes: 2 });
    assert.deepEqual(result.breaks, [0.54, 0.84]);
    assert.deepEqual(result.counts, [5, 3]);
  });

  it('breaks outside the data are left out and reported', () => {
    const result = classify([1, 1, 1, 1, 10], { method: 'stddev', classes: 6 });
    assert.ok(result.breaks.every((b) => b >= 1 && b <= 10));
    assert.ok(codes(result).includes('breaks_outside_data'));
  });

  it('fewer distinct values than classes give fewer classes, and each value its own', () => {
    for (const method of ['quantile', 'equal', 'jenks', 'maxbreaks', 'geometric', 'headtail'] as const) {
      const result = classify([1, 1, 2, 2, 4, 4], { method, classes: 9 });
      assert.ok(result.classesActual <= 4, `${method}: ${result.breaks}`);
      assert.ok(codes(result).includes('classes_reduced'), method);
      if (method === 'headtail') continue; // a class for the tail, however many values that has
      assert.deepEqual(
        result.counts.filter((count) => count > 0),
        [2, 2, 2],
        `${method}: ${result.breaks}`,
      );
    }
  });

  it('every value isolated leaves no interval', () => {
    const result = classify([0, 0, null], { method: 'jenks', isolate: [0] });
    assert.deepEqual(result.breaks, []);
    assert.deepEqual(result.counts, [2]);
    assert.equal(result.assign(0), 0);
    assert.deepEqual([result.thresholds, result.thresholdClasses], [[], [0]]);
  });

  it('an isolated value that does not occur makes no class', () => {
    assert.equal(classify([1, 2, 3], { method: 'equal', classes: 2, isolate: [0] }).classes.length, 2);
  });

  it('-0 and 0 are the same value', () => {
    const result = classify([-0, 0, -0], { method: 'equal' });
    assert.ok(Object.is(result.min, 0));
    assert.deepEqual(result.counts, [3]);
  });
});

describe('manual breaks', () => {
  it('get one more class where values lie above the last', () => {
    const result = classify([5, 15, 25], { method: 'manual', breaks: [10, 20] });
    assert.deepEqual(result.breaks, [10, 20, 25]);
    assert.deepEqual(codes(result), ['values_above_breaks']);
  });

  it('reproduce the classification they came from', () => {
    const values = [0.1, 0.2, 0.7, 1.5, 1.9, 4, 8, 8.5];
    const first = classify(values, { method: 'jenks', classes: 3 });
    const again = classify(values, { method: 'manual', breaks: first.breaks });
    assert.deepEqual(again.counts, first.counts);
    assert.deepEqual(again.thresholds, first.thresholds);
  });

  it('classify nothing when there are no values, and still have classes', () => {
    const result = classify([], { method: 'manual', breaks: [1, 2] });
    assert.deepEqual(result.counts, [0, 0]);
    assert.deepEqual([result.thresholds, result.thresholdClasses], [[1], [0, 1]]);
  });
});

describe('classification options', () => {
  const refused: [string, number[], ClassifyOptions][] = [
    ['an unknown method', [1, 2], { method: 'best' as Method }],
    ['one class', [1, 2], { method: 'equal', classes: 1 }],
    ['ten classes', [1, 2], { method: 'equal', classes: 10 }],
    ['half a class', [1, 2], { method: 'equal', classes: 2.5 }],
    ['manual without breaks', [1, 2], { method: 'manual' }],
    ['descending breaks', [1, 2], { method: 'manual', breaks: [2, 1] }],
    ['breaks that are not numbers', [1, 2], { method: 'manual', breaks: [1, NaN] }],
    ['ten breaks', [1, 2], { method: 'manual', breaks: oneTo(10) }],
    ['nine breaks and values above', [50], { method: 'manual', breaks: oneTo(9) }],
    ['geometric with a zero', [0, 2], { method: 'geometric' }],
    ['log with a negative value', [-1, 2], { method: 'log' }],
    ['six isolated values', [1, 2], { method: 'equal', isolate: oneTo(6) }],
  ];
  for (const [title, values, options] of refused) {
    it(`refuses ${title} with 400`, () => {
      assert.throws(
        () => classify(values, options),
        (error) => error instanceof AppError && error.code === 'invalid_parameter' && error.status === 400,
      );
    });
  }

  it('takes zeros with geometric and log when they are isolated', () => {
    for (const method of ['geometric', 'log'] as const) {
      const result = classify([0, 0, 1, 10, 100], { method, classes: 2, isolate: [0] });
      assert.deepEqual(result.breaks, [10, 100], method);
      assert.deepEqual(result.counts, [2, 1, 2], method);
    }
  });
});

function codes(result: { warnings: readonly { code: string }[] }): string[] {
  return result.warnings.map((warning) => warning.code);
}

function assertNear(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length, `${actual} is not ${expected}`);
  actual.forEach((value, i) => {
    const allowed = 1e-9 * Math.max(1, Math.abs(expected[i]!));
    assert.ok(Math.abs(value - expected[i]!) <= allowed, `${actual} is not ${expected}`);
  });
}
