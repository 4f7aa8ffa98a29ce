import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classify } from '../../../server/choropleth/classify/index.ts';
import { textWidth } from '../../../server/choropleth/draw/page/fonts.ts';
import { INKS } from '../../../server/choropleth/draw/page/theme.ts';
import { formatNumber, LOCALES, rangeLabels } from '../../../server/choropleth/labels/index.ts';
import { legendBlock } from '../../../server/choropleth/legend/svg.ts';
import { demoServer, newServer, once } from '../../support/environment.ts';
import { readPng } from '../forms/png.ts';
import { assertWellFormed, formsOf, hostileServer, svgTexts, type Get } from '../forms/support.ts';

interface LegendJson {
  heading: string;
  parameters: Record<string, string>;
  classes: {
    id: number;
    label: string;
    color: string;
    lower: number;
    upper: number;
    isolated: boolean;
    count: number;
  }[];
  statuses: { status: string; label: string; color: string; count: number }[];
  histogram?: { edges: number[]; counts: number[][] };
  exact: boolean;
}

once('legend of a choropleth', () => {
  let rates: Get;
  let airports: Get;
  let grid: Get;

  before(async function () {
    const demo = await demoServer();
    rates = formsOf(demo, 'us-unemployment');
    airports = formsOf(demo, 'us-points');
    grid = formsOf(await hostileServer(), 'grid');
  });

  it('keeps labels of numbers of any length off the counts', () => {
    const magnitude = fc.integer({ min: -3, max: 14 }).map((power) => 10 ** power);
    const request = fc.tuple(
      fc.array(fc.integer({ min: -999_999, max: 999_999 }), { minLength: 2, maxLength: 30 }),
      magnitude,
      fc.constantFrom(...LOCALES),
      fc.integer({ min: 20, max: 320 }),
    );
    fc.assert(
      fc.property(request, ([numbers, unit, locale, widest]) => {
        const values = numbers.map((value) => value * unit);
        const { classes } = classify(values, { method: 'quantile', classes: 5 });
        const { labels, digits, exact } = rangeLabels(classes, { locale });
        const palette = { theme: 'light', ink: INKS.light, classes: [], noData: '#d9d9d9' } as const;
        const entries = classes.map((entry, i) => ({
          ...entry,
          label: labels[i]!,
          color: '#123456',
          count: 100_000 + i,
        }));
        const common = {
          locale,
          title: '',
          heading: 'People',
          statuses: [],
          source: undefined,
          histogram: undefined,
        };
        const { svg, width } = legendBlock(
          { ...common, classes: entries, digits, exact, palette },
          { widest },
        );
        const count = (i: number): number => textWidth(formatNumber(100_000 + i, { locale }), 10.5);
        for (const [i, label] of labels.entries()) {
          const [, x, size] = new RegExp(
            `<text x="([\\d.]+)" y="[\\d.]+" font-size="([\\d.]+)"(?![^>]*text-anchor)[^>]*>${label.replaceAll('.', '\\.')}<`,
          ).exec(svg)!;
          assert.ok(Number(size) >= 7, size);
          const end = Number(x) + textWidth(label, Number(size));
          assert.ok(end + 4 <= width - count(i), `${label}: ${end} of ${width}`);
        }
      }),
    );
  });

  it('counts every region once, as a class or as a status', async () => {
    for (const get of [rates, airports, grid]) {
      const legend = (await get('legend.json')).body as LegendJson;
      const values = (await get('values.json')).body as { rows: unknown[] };
      const total = [...legend.classes, ...legend.statuses].reduce((sum, { count }) => sum + count, 0);
      assert.equal(total, values.rows.length);
    }
  });

  it('has ranges that no number belongs to twice, and that the values of each class lie in', async () => {
    const { classes, exact } = (await rates('legend.json')).body as LegendJson;
    assert.ok(exact);
    const ranges = classes.map(({ label }) => label.split(' – ').map(Number));
    for (let i = 1; i < ranges.length; i++)
      assert.ok(ranges[i]![0]! > ranges[i - 1]!.at(-1)!, classes[i]!.label);
    const { rows } = (await rates('values.json')).body as {
      rows: [string, string, string, number, null, null, number][];
    };
    for (const [code, , , value, , , id] of rows) {
      if (value === null) continue;
      const [from = NaN, to = from] = ranges[classes.findIndex((entry) => entry.id === id)]!;
      assert.ok(value >= from && value <= to, `${code}: ${value} in ${from}–${to}`);
    }
  });

  it('puts an isolated value where it belongs', async () => {
    const { classes } = (await airports('legend.json')).body as LegendJson;
    assert.deepEqual(classes.map(({ label, isolated }) => [label, isolated]).slice(0, 2), [
      ['0', true],
      ['1', false],
    ]);
  });

  it('speaks Bahasa Indonesia', async () => {
    const { classes, statuses } = (await rates('legend.json?locale=id')).body as LegendJson;
    assert.equal(classes[0]!.label, '1,2 – 5,4');
    assert.deepEqual(
      statuses.map(({ label }) => label),
      ['Tidak ada data'],
    );
    assert.ok(svgTexts((await rates('legend.svg?locale=id')).text).includes('Tidak ada data'));
  });

  it('has a histogram of all values, whose bars are parted by class', async () => {
    for (const get of [rates, airports]) {
      const { histogram, classes } = (await get('legend.json?histogram=true')).body as LegendJson;
      assert.ok(histogram);
      assert.equal(histogram.edges.length, histogram.counts.length + 1);
      for (const { id, count, lower, upper } of classes) {
        assert.equal(
          histogram.counts.reduce((sum, bar) => sum + (bar[id] ?? 0), 0),
          count,
        );
        for (const [i, bar] of histogram.counts.entries()) {
          if (!bar[id]) continue;
          assert.ok(histogram.edges[i]! <= upper && histogram.edges[i + 1]! >= lower);
        }
      }
    }
    assert.equal(((await rates('legend.json')).body as LegendJson).histogram, undefined);
  });

  it('is drawn with every label, count and colour, title and source', async () => {
    for (const get of [rates, airports, grid]) {
      const legend = (await get('legend.json')).body as LegendJson;
      const { text, headers } = await get('legend.svg?histogram=true');
      assert.equal(headers['content-type'], 'image/svg+xml; charset=utf-8');
      assertWellFormed(text);
      const texts = svgTexts(text);
      for (const { label, count, color } of [...legend.classes, ...legend.statuses]) {
        assert.ok(texts.includes(label), label);
        assert.ok(texts.includes(count.toLocaleString('en')), String(count));
        assert.ok(text.includes(color), color);
      }
    }
    const texts = svgTexts((await grid('legend.svg')).text).join(' ');
    assert.match(texts, /Grid <&> "quotes"/);
    assert.match(texts, /Made up & small/);
    assert.match(texts, /Share \(%\)/);
    assert.match((await grid('legend.svg')).text, /url\(#rising\)/);
  });

  it('is a PNG with the same colours, twice as large on request, light or dark', async () => {
    const { classes } = (await rates('legend.json')).body as LegendJson;
    const once = readPng((await rates('legend.png')).bytes);
    const twice = readPng((await rates('legend.png?scale=2')).bytes);
    assert.deepEqual([twice.width, twice.height], [2 * once.width, 2 * once.height]);
    for (const { color } of classes) assert.ok(twice.count(color) > 500, color);
    assert.equal(once.at(1, 1), '#ffffff');
    const dark = readPng((await rates('legend.png?theme=dark')).bytes);
    assert.notEqual(dark.at(1, 1), '#ffffff');
    assert.ok(dark.count(classes[0]!.color) > 100);
  });

  it('writes texts in PNG with the font that comes with the project', async () => {
    const blank = readPng((await rates('legend.png')).bytes);
    // Text is what is left of the ink when swatches and their frames are taken away: the heading is black.
    assert.ok(blank.count('#1c1f23') > 50);
  });

  it('rounds to millions where the metric says so, in values, labels and names alike', async () => {
    const server = await newServer({ sql: BILLIONS, maps: MAPS_OF_BILLIONS });
    const get = formsOf(server, 'billions');
    const { rows } = (await get('values.json')).body as { rows: unknown[][] };
    assert.deepEqual(
      rows.map((row) => row[3]),
      [1_230_000_000, 2_470_000_000, 3_700_000_000],
    );
    const { classes, digits } = (await get('legend.json?locale=id')).body as LegendJson & { digits: number };
    assert.deepEqual(
      [classes.map(({ label }) => label), digits],
      [['1,2\u00a0M – 2,0\u00a0M', '2,1\u00a0M – 2,8\u00a0M', '2,9\u00a0M – 3,7\u00a0M'], -8],
    );
    assert.match((await get('map.svg')).text, /<title>b: 2\.47B<\/title>/);
    assert.match((await get('table.html')).text, /2\.47B/);
  });
});

const BILLIONS = `
  create table r (code text primary key, geom geometry(polygon, 4326));
  insert into r select c, st_makeenvelope(i, 0, i + 1, 1, 4326) from unnest(array['a', 'b', 'c']) with ordinality u(c, i);
  create table money (code text, n bigint);
  insert into money select c, i * 1234567890 from unnest(array['a', 'b', 'c']) with ordinality u(c, i);
`;
const MAPS_OF_BILLIONS = `
regions: { r: { table: r, code: code, name: code } }
choropleths:
  billions: { regions: r, cube: { view: money, region: code }, metrics: { n: { sum: n, digits: -7 } }, classify: { classes: 3 } }
`;
