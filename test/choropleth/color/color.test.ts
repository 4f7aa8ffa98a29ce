import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bivariateColors,
  centeredRamp,
  checkColors,
  deltaE,
  isolatedColor,
  minDeltaE,
  noDataColor,
  ramp,
  schemeNamed,
  SCHEMES,
} from '../../../server/choropleth/color/index.ts';
import { AppError } from '../../../server/errors.ts';

const HEX = /^#[0-9a-f]{6}$/;
const ramps = SCHEMES.filter((s) => s.kind !== 'qualitative').map((s) => s.name);
const diverging = SCHEMES.filter((s) => s.kind === 'diverging').map((s) => s.name);

const refused = (error: unknown) => error instanceof AppError && error.code === 'invalid_parameter';

describe('colour schemes', () => {
  it('are the 35 of ColorBrewer and five continuous ones', () => {
    const count = (kind: string) => SCHEMES.filter((s) => s.kind === kind).length;
    assert.deepEqual([count('sequential'), count('diverging'), count('qualitative')], [18 + 5, 9, 8]);
  });

  it('are found in whatever case', () => {
    assert.equal(schemeNamed('ylorrd').name, 'YlOrRd');
  });

  it('refuse an unknown name with the names that are allowed', () => {
    assert.throws(
      () => ramp('Sunset', 5),
      (error) => refused(error) && /YlOrRd.*viridis/.test(String(error)),
    );
  });
});

describe('ramp', () => {
  /** As published: colorbrewer2.org, and the ends and middle of matplotlib's table. */
  const published: [string, number, string[]][] = [
    ['YlOrRd', 5, ['#ffffb2', '#fecc5c', '#fd8d3c', '#f03b20', '#bd0026']],
    ['Blues', 3, ['#deebf7', '#9ecae1', '#3182bd']],
    ['Blues', 2, ['#deebf7', '#3182bd']],
    ['Blues', 1, ['#9ecae1']],
    ['RdBu', 3, ['#ef8a62', '#f7f7f7', '#67a9cf']],
    ['Set1', 2, ['#e41a1c', '#377eb8']],
    ['viridis', 2, ['#440154', '#fde725']],
    ['viridis', 0, []],
  ];
  for (const [name, n, colors] of published) {
    it(`${name} of ${n}`, () => assert.deepEqual(ramp(name, n), colors));
  }

  it('has n distinct colours for every scheme and n', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ramps),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (name, n, reverse) => {
          const colors = ramp(name, n, { reverse });
          assert.equal(new Set(colors).size, n);
          assert.ok(
            colors.every((color) => HEX.test(color)),
            `${colors}`,
          );
          assert.deepEqual(colors, reverse ? ramp(name, n).reverse() : ramp(name, n));
        },
      ),
    );
  });

  it('gives each caller its own array', () => {
    ramp('Blues', 4)[0] = '#000000';
    assert.notEqual(ramp('Blues', 4)[0], '#000000');
  });

  it('refuses more classes than there are, and more than a qualitative scheme tells apart', () => {
    assert.throws(() => ramp('Blues', 10), refused);
    assert.throws(() => ramp('Blues', 2.5), refused);
    assert.throws(
      () => ramp('Dark2', 9),
      (error) => refused(error) && /Dark2 has fewer/.test(String(error)),
    );
  });
});

describe('a diverging ramp around a value', () => {
  const RdBu6 = ramp('RdBu', 6);
  const RdBu7 = ramp('RdBu', 7);

  it('is the published one where both sides have as many classes', () => {
    assert.deepEqual(centeredRamp('RdBu', { breaks: [-2, -1, 0, 1, 2, 3], center: 0 }), RdBu6);
    assert.deepEqual(centeredRamp('RdBu', { breaks: [-3, -2, -1, 1, 2, 3, 4], center: 0 }), RdBu7);
  });

  it('goes as far on the longer side and stops short on the other, with the same steps', () => {
    // One class below 0 and three above: the single one is as pale as the first one above.
    assert.deepEqual(centeredRamp('RdBu', { breaks: [0, 1, 2, 3], center: 0 }), RdBu6.slice(2));
    assert.deepEqual(centeredRamp('RdBu', { breaks: [-1, 1, 2, 3, 4], center: 0 }), RdBu7.slice(2));
  });

  it('takes one arm where all classes lie on one side', () => {
    assert.deepEqual(centeredRamp('RdBu', { breaks: [-2, -1, 0], center: 0 }), RdBu6.slice(0, 3));
    assert.deepEqual(centeredRamp('RdBu', { breaks: [1, 2, 3], center: 0, lower: 0 }), RdBu6.slice(3));
    assert.deepEqual(centeredRamp('RdBu', { breaks: [1, 2, 3], center: -5, lower: 0 }), RdBu6.slice(3));
    assert.deepEqual(centeredRamp('RdBu', { breaks: [1, 2, 3], center: 99, lower: 0 }), RdBu6.slice(0, 3));
  });

  it('makes the class that contains the value neutral', () => {
    assert.equal(centeredRamp('RdBu', { breaks: [1, 3, 9], center: 2 })[1], '#f7f7f7');
  });

  it('can be reversed', () => {
    const center = { breaks: [0, 1, 2, 3], center: 0 };
    assert.deepEqual(centeredRamp('RdBu', center, { reverse: true }), [...RdBu6].reverse().slice(2));
  });

  it('refuses a scheme without arms', () => {
    assert.throws(() => centeredRamp('Blues', { breaks: [1, 2], center: 1 }), refused);
  });

  it('has one colour per class, equally far from the middle at equal distance', () => {
    const breaks = fc
      .uniqueArray(fc.integer({ min: -9, max: 9 }), { maxLength: 9 })
      .map((b) => b.sort((x, y) => x - y));
    fc.assert(
      fc.property(
        fc.constantFrom(...diverging),
        breaks,
        fc.integer({ min: -10, max: 10 }),
        (name, uppers, center) => {
          const colors = centeredRamp(name, { breaks: uppers, center });
          assert.equal(colors.length, uppers.length);
          assert.equal(new Set(colors).size, colors.length);
          // Adding a class at the short side's end leaves the colours of the others alone.
          const left = uppers.filter((b) => b <= center).length;
          const neutral = uppers.includes(center) ? 0 : 1;
          if (left > 0 && left < uppers.length - left - neutral) {
            assert.deepEqual(
              centeredRamp(name, { breaks: [uppers[0]! - 1, ...uppers], center }).slice(1),
              colors,
            );
          }
        },
      ),
    );
  });
});

describe('colour check', () => {
  it('knows the published test pair of ΔE2000', () => {
    // Sharma, Wu & Dalal (2005) table 1 is in Lab; black and white differ by exactly 100 in any case.
    assert.ok(Math.abs(deltaE('#000000', '#ffffff') - 100) < 1e-6);
    assert.equal(deltaE('#3182bd', '#3182bd'), 0);
  });

  it('sees that red and green of equal lightness fail deuteranopes only', () => {
    const check = checkColors(['#b36b6b', '#6b8a4a']);
    assert.ok(check.normal > 30, `${check.normal}`);
    assert.ok(check.deuteranopia < check.normal / 3, `${check.deuteranopia}`);
    assert.ok(check.tritanopia > 20, `${check.tritanopia}`);
  });

  it('keeps greys grey for every eye', () => {
    const { normal, ...others } = checkColors(['#404040', '#909090', '#e0e0e0']);
    for (const vision of ['protanopia', 'deuteranopia', 'tritanopia'] as const) {
      assert.ok(Math.abs(others[vision] - normal) < 0.2, vision);
    }
  });

  it('passes all five-class sequential ramps and fails known bad ones', () => {
    for (const { name } of SCHEMES.filter((s) => s.kind === 'sequential')) {
      assert.equal(checkColors(ramp(name, 5)).ok, true, name);
    }
    // Six classes of these put a yellow beside a yellow green in the middle.
    assert.equal(checkColors(ramp('RdYlGn', 6)).ok, false);
    assert.equal(checkColors(ramp('Spectral', 6)).ok, false);
  });

  it('compares both sides of a diverging ramp: RdYlGn fails with any number of classes, PuOr passes', () => {
    for (const classes of [2, 3, 4, 5, 6, 7, 8, 9]) {
      const side = Math.floor(classes / 2);
      const check = (name: string) => checkColors(ramp(name, classes), { left: side, right: side });
      assert.equal(check('RdYlGn').ok, false, `${classes}`);
      assert.ok(check('RdYlGn').deuteranopia < 3 || check('RdYlGn').protanopia < 3);
      assert.equal(check('PuOr').ok, true, `${classes}`);
    }
    // Neighbours alone do not show it.
    assert.equal(checkColors(ramp('RdYlGn', 5)).ok, true);
    // Where all classes lie on one side there is nothing to mistake them for.
    assert.equal(checkColors(ramp('RdYlGn', 7).slice(0, 3), { left: 3, right: 0 }).ok, true);
  });

  it('reports the smallest of four, over neighbours only', () => {
    const colors = ['#ffffff', '#000000', '#ffffff'];
    const check = checkColors(colors);
    assert.equal(
      check.smallest,
      Math.min(check.normal, check.protanopia, check.deuteranopia, check.tritanopia),
    );
    assert.ok(minDeltaE(colors) > 99);
    assert.equal(minDeltaE(['#ffffff']), Infinity);
    assert.equal(checkColors([]).ok, true);
  });

  it('refuses what is not a colour', () => {
    assert.throws(() => checkColors(['#ffffff', 'sand']), refused);
  });
});

describe('colours beside the ramp', () => {
  it('differ from every class and from each other', () => {
    for (const name of ramps) {
      for (const theme of ['light', 'dark'] as const) {
        const classes = ramp(name, 5);
        const nearest = Math.min(...classes.map((color) => deltaE(noDataColor(theme, classes), color)));
        assert.ok(nearest > 5, `${name} ${theme}: ${nearest}`);
        assert.ok(deltaE(noDataColor(theme, classes), isolatedColor(theme, classes)) > 5, name);
      }
    }
  });

  it('give way to a ramp of greys', () => {
    assert.equal(noDataColor(), '#d9d9d9');
    assert.notEqual(noDataColor('light', ramp('Greys', 5)), '#d9d9d9');
  });
});

describe('bivariate colours', () => {
  it('are products of the two ramps', () => {
    // Oranges[2] = #fee6ce, #e6550d and Blues[2] = #deebf7, #3182bd: fe × de / ff = dd and so on.
    assert.deepEqual(bivariateColors(2).colors, ['#ddd4c8', '#317599', '#c84e0d', '#2c2b0a']);
  });

  it('are all told apart', () => {
    for (const dim of [2, 3, 4]) {
      const { colors } = bivariateColors(dim);
      assert.equal(colors.length, dim * dim);
      const pairs = colors.flatMap((a, i) => colors.slice(i + 1).map((b) => deltaE(a, b)));
      assert.ok(Math.min(...pairs) > 8, `${dim}`);
    }
  });

  it('start light with ramps that run from dark to light', () => {
    const { colors } = bivariateColors(3, 'viridis', 'Greys');
    assert.ok(deltaE(colors[0]!, '#ffffff') < deltaE(colors[8]!, '#ffffff'));
  });

  it('refuse a diverging scheme', () => {
    assert.throws(() => bivariateColors(3, 'RdBu'), refused);
  });
});
