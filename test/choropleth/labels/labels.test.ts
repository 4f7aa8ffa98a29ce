import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classify, type ClassifyOptions } from '../../../server/choropleth/classify/index.ts';
import { formatNumber, rangeLabels, type NumberStyle } from '../../../server/choropleth/labels/index.ts';

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
    title: 'bounds are merely rounded where classes almost touch',
    values: [1.2, 3.441231, 3.441232, 5],
    options: { method: 'manual', breaks: [3.441231, 5] },
    labels: ['1.2 – 3.4', '3.5 – 5.0'],
    exact: false,
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

  it('never overlap', () => {
    fc.assert(
      fc.property(request, ([values, options]) => {
        const bounds = rangeLabels(classify(values, options).classes).labels.flatMap((label) => {
          const [from, to] = parse(label);
          return from === to ? [from] : [from, to];
        });
        // Floats too near for twelve decimals aside, all ends ascend.
        const apart = classify(values, options).breaks.every(
          (b, i, all) => i === 0 || b - all[i - 1]! > 1e-10,
        );
        if (apart)
          assert.ok(
            bounds.every((b, i) => i === 0 || b > bounds[i - 1]!),
            `${bounds}`,
          );
      }),
      { numRuns: 500 },
    );
  });

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
          const inside = labels.map(parse).findIndex(([from, to]) => shown >= from && shown <= to);
          assert.equal(inside, result.assign(value), `${value} in ${labels}`);
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(seen > 100, `only ${seen} exact labels were tried`);
  });
});

function parse(label: string): [from: number, to: number] {
  const [from, to] = label.split(' – ').map((text) => Number(text.replaceAll(',', '')));
  return [from!, to ?? from!];
}
