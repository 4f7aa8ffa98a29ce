import assert from 'node:assert/strict';
import { formsOf, HIDDEN, hostileServer, MISSING, type Get } from './support.ts';
import { once } from '../../support/environment.ts';

/** Fifteen regions are in the cube, two of them hidden. */
const KNOWN = 13;

once('what is suppressed', () => {
  let get: Get;

  before(async function () {
    get = formsOf(await hostileServer(), 'grid');
  });

  const rowsOf = async (form: string) => ((await get(form)).body as { rows: unknown[][] }).rows;

  it('has no value, figure, class or rank in any table', async () => {
    for (const metric of ['share', 'people']) {
      for (const code of [...HIDDEN, MISSING]) {
        const line = (await get(`values.csv?metric=${metric}`)).text
          .split('\r\n')
          .find((text) => text.startsWith(code));
        const status = code === MISSING ? 'no_data' : 'suppressed';
        assert.equal(line, `${code},Region ${code},${code[0]},,,,,,${status}`);
      }
    }
  });

  it('is in no count, histogram or statistic', async () => {
    for (const metric of ['share', 'people']) {
      const { statistics } = (await get(`stats.json?metric=${metric}`)).body as {
        statistics: { n: number; histogram: { counts: number[] } };
      };
      assert.equal(statistics.n, KNOWN);
      assert.equal(
        statistics.histogram.counts.reduce((a, b) => a + b),
        KNOWN,
      );
      const legend = (await get(`legend.json?metric=${metric}&histogram=true`)).body as {
        classes: { count: number }[];
        histogram: { counts: number[][] };
      };
      assert.equal(
        legend.classes.reduce((sum, { count }) => sum + count, 0),
        KNOWN,
      );
      assert.equal(
        legend.histogram.counts.flat().reduce((a, b) => a + b),
        KNOWN,
      );
      const { advice } = (await get(`advise.json?metric=${metric}`)).body as { advice: { n: number } };
      assert.equal(advice.n, KNOWN);
    }
  });

  it('cannot be told from where it is sorted to', async () => {
    for (const [sort, order] of [
      ['value', 'asc'],
      ['value', 'desc'],
      ['rank', 'asc'],
      ['numerator', 'desc'],
      ['class', 'asc'],
    ]) {
      const { text } = await get(`table.html?sort=${sort}&order=${order}`);
      const codes = [...text.matchAll(/<\/th><td>(\w+)<\/td>/g)].map((match) => match[1]);
      assert.deepEqual(codes.slice(-3), [...HIDDEN, MISSING], `${sort} ${order}`);
    }
  });

  it('takes no part in tests, smoothing and pairs', async () => {
    for (const code of [...HIDDEN, MISSING]) {
      const of = async (form: string) => (await rowsOf(form)).find((row) => row[0] === code)!;
      assert.deepEqual((await of('lisa.json?metric=share')).slice(3, 9), [
        null,
        null,
        null,
        null,
        null,
        null,
      ]);
      assert.deepEqual((await of('lisa.json?metric=share&smooth=eb')).slice(3, 9), [
        null,
        null,
        null,
        null,
        null,
        null,
      ]);
      assert.deepEqual((await of('smooth.json?metric=share')).slice(3, 6), [null, null, null]);
      assert.deepEqual((await of('bivariate.json?vars=share,people')).slice(3, 6), [null, null, null]);
    }
    const { moran } = (await get('moran.json')).body as { moran: { n: number } };
    assert.equal(moran.n, KNOWN);
  });

  it('has the same rates around it as if it were not in the cube', async () => {
    // The mean that rates are drawn to must not hold the hidden figures.
    const rows = (await rowsOf('smooth.json?metric=share')).filter((row) => row[3] !== null) as [
      string,
      string,
      string,
      number,
      number,
      number,
    ][];
    const people = rows.reduce((sum, row) => sum + row[5], 0);
    const mean = rows.reduce((sum, row) => sum + row[3] * row[5], 0) / people;
    for (const [code, , , raw, smoothed] of rows) {
      assert.ok(
        (smoothed - mean) * (raw - mean) >= -1e-9 && Math.abs(smoothed - mean) <= Math.abs(raw - mean) + 1e-9,
        code,
      );
    }
  });
});
