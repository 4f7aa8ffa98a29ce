import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classify, type ClassifyOptions } from '../../../server/choropleth/classify/index.ts';
import {
  formatNumber,
  LOCALES,
  rangeLabels,
  type Locale,
  type NumberStyle,
} from '../../../server/choropleth/labels/index.ts';

describe('numbers in a legend', () => {
  const rows: [number, NumberStyle, number | undefined, string][] = [
    [1234567.891, {}, 1, '1,234,567.9'],
    [1234567.891, { locale: 'id' }, 1, '1.234.567,9'],
    [7, {}, undefined, '7'],
    [0.1, { locale: 'id' }, undefined, '0,1'],
    [0.1 + 0.2, {}, 2, '0.30'],
    [-0.04, {}, 1, '0.0'],
    [-0.06, {}, 1, '-0.1'],
    [0.29, { percent: true }, undefined, '29%'],
    [0.125, { percent: true, locale: 'id' }, 1, '12,5%'],
    [15000, { prefix: 'Rp', locale: 'id' }, 0, 'Rp15.000'],
    [12, { suffix: ' km²' }, 0, '12 km²'],
    [0, {}, 3, '0.000'],
    [1_234_567_890, {}, -8, '1.2B'],
    [1_234_567_890, { locale: 'id' }, -8, '1,2\u00a0M'],
    [-987_654, {}, -3, '-988K'],
    [987_654, { locale: 'id' }, -3, '988\u00a0rb'],
    [999_600, {}, -3, '1.000M'],
    [1_240, {}, -2, '1.2K'],
    [49, {}, -2, '0'],
    [1.25e15, {}, -12, '1250T'],
  ];
  for (const [value, style, digits, text] of rows) {
    it(`${value} ${JSON.stringify(style)} is ${text}`, () =>
      assert.equal(formatNumber(value, style, digits), text));
  }
});

interface Row {
  title: string;
  values: number[];
  options: ClassifyOptions;
  style?: NumberStyle;
  labels: string[];
  exact?: boolean;
}

const TABLE: Row[] = [
  {
    title: 'whole numbers: the next class starts one higher',
    values: [1, 2, 4, 5, 6, 9],
    options: { method: 'jenks', classes: 2 },
    labels: ['1 – 4', '5 – 9'],
  },
  {
    title: 'a bound between whole numbers is rounded down: 4.6 does not include 5',
    values: [1, 4, 8, 9],
    options: { method: 'manual', breaks: [4.6, 9] },
    labels: ['1 – 4', '5 – 9'],
  },
  {
    title: 'a class of one value is that value',
    values: [1, 2, 2, 7],
    options: { method: 'manual', breaks: [1, 2, 7] },
    labels: ['1', '2', '3 – 7'],
  },
  {
    // Range 3.8, a twentieth is 0.19: one decimal.
    title: 'one decimal where that is enough',
    values: [1.2, 3.44, 3.52, 5],
    options: { method: 'manual', breaks: [3.44, 5] },
    labels: ['1.2 – 3.4', '3.5 – 5.0'],
  },
  {
    title: 'another decimal where one would put a value in the wrong label',
    values: [1.2, 3.42, 3.44, 5],
    options: { method: 'manual', breaks: [3.42, 5] },
    labels: ['1.20 – 3.42', '3.43 – 5.00'],
  },
  {
    title: 'an end moves up so that the value below the bound stays inside',
    values: [1.2, 3.46, 4.1, 5],
    options: { method: 'manual', breaks: [3.47, 5] },
    labels: ['1.2 – 3.5', '3.6 – 5.0'],
  },
  {
    title: 'the most decimals where classes almost touch, and the number that both have a value at',
    values: [1.2, 3.441231, 3.441232, 5],
    options: { method: 'manual', breaks: [3.441231, 5] },
    labels: ['1.200 – 3.441', '3.441 – 5.000'],
    exact: false,
  },
  {
    // With the fewest digits the middle class was `3`, of which neither 1.742 nor 2.3 is one.
    title: 'a narrow class is not rounded to one number that its values are not',
    values: [0, 0.4, 1.741, 1.742, 2.3, 3.033, 3.0331, 40],
    options: { method: 'manual', breaks: [1.741, 3.033, 40] },
    labels: ['0.00 – 1.74', '1.74 – 3.03', '3.03 – 40.00'],
    exact: false,
  },
  {
    title: 'an empty class between classes that almost touch',
    values: [1, 2.00001, 2.00004, 30],
    options: { method: 'manual', breaks: [2.00001, 2.00002, 30] },
    labels: ['1.00 – 2.00', '2.00', '2.00 – 30.00'],
    exact: false,
  },
  {
    title: 'ten digits and more in the short way of the language',
    values: [1_234_567_890, 2_345_678_901, 2_399_999_999, 9_876_543_210],
    options: { method: 'manual', breaks: [2_345_678_901, 9_876_543_210] },
    labels: ['1.2B – 2.3B', '2.4B – 9.9B'],
  },
  {
    title: 'the same in Bahasa Indonesia',
    values: [1_234_567_890, 2_345_678_901, 2_399_999_999, 9_876_543_210],
    options: { method: 'manual', breaks: [2_345_678_901, 9_876_543_210] },
    style: { locale: 'id', prefix: 'Rp' },
    labels: ['Rp1,2\u00a0M – 2,3\u00a0M', 'Rp2,4\u00a0M – 9,9\u00a0M'],
  },
  {
    title: 'as many of ten digits as it takes to tell classes apart',
    values: [1_000_000_000, 1_000_000_001, 9_000_000_000],
    options: { method: 'manual', breaks: [1_000_000_000, 9_000_000_000] },
    labels: ['1,000,000,000', '1,000,000,001 – 9,000,000,000'],
  },
  {
    title: 'empty classes have labels of their own',
    values: [0, 1],
    options: { method: 'pretty', classes: 5 },
    labels: ['0.00 – 0.20', '0.21 – 0.40', '0.41 – 0.60', '0.61 – 0.80', '0.81 – 1.00'],
  },
  {
    title: 'large numbers in Bahasa Indonesia',
    values: [1000, 25000, 26000, 1500000],
    options: { method: 'manual', breaks: [25000, 1500000] },
    style: { locale: 'id', suffix: ' jiwa' },
    labels: ['1.000 – 25.000 jiwa', '25.001 – 1.500.000 jiwa'],
  },
  {
    title: 'shares as percent',
    values: [0, 0.29, 0.3, 0.58],
    options: { method: 'manual', breaks: [0.29, 0.58] },
    style: { percent: true },
    labels: ['0 – 29%', '30 – 58%'],
  },
  {
    title: 'decimal comma in ranges',
    values: [-1.5, -0.5, 0.5, 2.25],
    options: { method: 'manual', breaks: [-0.5, 2.25] },
    style: { locale: 'id' },
    labels: ['-1,5 – -0,5', '-0,4 – 2,3'],
  },
  {
    title: 'isolated values come last and are written out',
    values: [0, 0, 1, 4, 5, 9],
    options: { method: 'jenks', classes: 2, isolate: [0] },
    labels: ['1 – 5', '6 – 9', '0'],
  },
  {
    title: 'a value near an isolated one does not look like it',
    values: [0, 0.02, 1, 2],
    options: { method: 'manual', breaks: [1, 2], isolate: [0] },
    labels: ['0.02 – 1.00', '1.01 – 2.00', '0'],
  },
  { title: 'no classes', values: [], options: { method: 'equal' }, labels: [] },
  { title: 'constant data', values: [2.5, 2.5], options: { method: 'equal' }, labels: ['2.5'] },
];

describe('range labels', () => {
  for (const { title, values, options, style, labels, exact = true } of TABLE) {
    it(title, () => {
      const result = rangeLabels(classify(values, options).classes, style);
      assert.deepEqual(result.labels, labels);
      assert.equal(result.exact, exact);
    });
  }

  const number = fc.oneof(
    fc.integer({ min: -50, max: 5000 }),
    fc.double({ min: -100, max: 100, noNaN: true }),
  );
  const request = fc.tuple(
    fc.array(number, { minLength: 1, maxLength: 40 }),
    fc.record({
      method: fc.constantFrom(
        'quantile',
        'equal',
        'jenks',
        'stddev',
        'pretty',
        'boxplot',
        'headtail' as const,
      ),
      classes: fc.integer({ min: 2, max: 9 }),
    }) as fc.Arbitrary<ClassifyOptions>,
  );

  it('never overlap, but for an end that two share where they are not exact', () => {
    fc.assert(
      fc.property(request, ([values, options]) => {
        const { labels, exact } = rangeLabels(classify(values, options).classes);
        const ranges = labels.map((label) => parse(label));
        for (const [i, [from, to]] of ranges.entries()) {
          assert.ok(from <= to, labels[i]);
          const last = ranges[i - 1]?.[1] ?? -Infinity;
          assert.ok(exact ? from > last : from >= last, `${labels}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  for (const locale of LOCALES) {
    for (const percent of [false, true]) {
      it(`hold every value of their class: ${locale}${percent ? ', percent' : ''}`, () => {
        let compact = 0;
        fc.assert(
          fc.property(
            request,
            fc.constantFrom(1e-9, 1e-3, 1, 1, 1e4, 1e8, 1e11),
            ([small, options], scale) => {
              const values = small.map((value) => value * scale);
              const { classes, assign } = classify(values, options);
              const { labels, digits } = rangeLabels(classes, { locale, percent });
              if (digits < 0) compact++;
              const step = 10 ** -digits;
              for (const value of values) {
                const label = labels[assign(value)!]!;
                const shown = percent ? value * 100 : value;
                const [from, to] = parse(label.replaceAll('%', ''), locale);
                // Half a step is what rounding may move it by; and what a double can say at all.
                const slack = step / 2 + Math.abs(shown) * 1e-12;
                assert.ok(
                  shown >= from - slack && shown <= to + slack,
                  `${shown} is not in ${label} of ${labels}`,
                );
              }
            },
          ),
          { numRuns: 1000 },
        );
        assert.ok(compact > 50, `only ${compact} legends were of long numbers`);
      });
    }
  }

  it('contain each value of their class as it is shown, where they are exact', () => {
    let seen = 0;
    fc.assert(
      fc.property(request, ([values, options]) => {
        const result = classify(values, options);
        const { labels, digits, exact } = rangeLabels(result.classes);
        if (!exact) return;
        seen++;
        for (const value of values) {
          const [shown] = parse(formatNumber(value, {}, digits));
          const inside = labels
            .map((label) => parse(label))
            .findIndex(([from, to]) => shown >= from && shown <= to);
          assert.equal(inside, result.assign(value), `${value} in ${labels}`);
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(seen > 100, `only ${seen} exact labels were tried`);
  });
});

const UNITS: Record<Locale, Record<string, number>> = {
  en: { K: 1e3, M: 1e6, B: 1e9, T: 1e12 },
  id: { rb: 1e3, jt: 1e6, M: 1e9, T: 1e12 },
};

function parse(label: string, locale: Locale = 'en'): [from: number, to: number] {
  const [from, to] = label.split(' – ').map((text) => {
    const [, digits = '', unit = ''] = /^(-?[\d.,]+)\s?(\w*)$/.exec(text) ?? [];
    const plain = locale === 'en' ? digits.replaceAll(',', '') : digits.replaceAll('.', '').replace(',', '.');
    return Number(plain) * (unit === '' ? 1 : UNITS[locale][unit]!);
  });
  return [from!, to ?? from!];
}
