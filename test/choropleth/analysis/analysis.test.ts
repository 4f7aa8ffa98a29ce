import assert from 'node:assert/strict';
import { validateStyleMin, type StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import { demoServer, once } from '../../support/environment.ts';
import { assertWellFormed, formsOf, hostileServer, svgTexts, type Get } from '../forms/support.ts';

interface Moran {
  moran: { i: number; p: number; n: number; expected: number; permutations: number } | null;
  neighbours: { islands: string[]; alone: string[] };
  seed: number;
}

interface Lisa {
  clusters: Record<string, number>;
  columns: string[];
  rows: [
    string,
    string,
    string,
    number | null,
    number | null,
    string | null,
    number | null,
    number | null,
    boolean | null,
    string,
  ][];
}

interface BivariateJson {
  dim: number;
  parameters: Record<string, string>;
  variables: { metric: string; breaks: number[]; labels: string[] }[];
  classes: { id: number; first: number; second: number; color: string; count: number }[];
  noData: { color: string; count: number };
  rows: [string, string, string | null, number | null, number | null, number | null, string][];
}

once('analysis of a choropleth', () => {
  let rates: Get;
  let santri: Get;
  let grid: Get;

  before(async function () {
    const demo = await demoServer();
    rates = formsOf(demo, 'us-unemployment');
    santri = formsOf(demo, 'santri-provinsi');
    grid = formsOf(await hostileServer(), 'grid');
  });

  describe('moran.json', () => {
    it('finds that unemployment is alike in neighbouring counties', async () => {
      const { moran, neighbours } = (await rates('moran.json')).body as Moran;
      assert.ok(moran!.i > 0.6 && moran!.i < 0.85, String(moran!.i));
      assert.equal(moran!.p, 0.002);
      assert.ok(neighbours.islands.includes('53055')); // San Juan Islands
      assert.ok(!neighbours.islands.includes('06037'));
      assert.equal(
        moran!.n,
        3211 - neighbours.islands.length - neighbours.alone.length + without(neighbours),
      );
    });

    /** Islands without a value of their own are listed all the same: the Pacific territories. */
    const without = ({ islands }: Moran['neighbours']) =>
      islands.filter((code) => /^(60|66|69|78)/.test(code)).length;

    it('repeats itself with the same seed only', async () => {
      const p = async (query: string) => ((await santri(`moran.json?${query}`)).body as Moran).moran!.p;
      assert.equal(await p('seed=7&metric=avg_skor&g=a'), await p('seed=7&metric=avg_skor&g=b'));
      const others = await Promise.all([1, 2, 3, 4, 5].map((seed) => p(`seed=${seed}&metric=avg_skor`)));
      assert.ok(new Set(others).size > 1);
    });

    it('does what it is told about permutations', async () => {
      const { moran } = (await rates('moran.json?permutations=99&seed=3')).body as Moran;
      assert.equal(moran!.permutations, 99);
      assert.equal(moran!.p, 0.02);
    });

    it('tests smoothed rates of a ratio', async () => {
      const raw = (await santri('moran.json?metric=pct_miskin')).body as Moran;
      const smooth = (await santri('moran.json?metric=pct_miskin&smooth=eb')).body as Moran;
      assert.notEqual(smooth.moran!.i, raw.moran!.i);
      assert.ok(raw.neighbours.islands.includes('ID-BA')); // Bali
    });
  });

  describe('lisa.json', () => {
    it('has a row per region and finds the known clusters', async () => {
      const { rows, clusters } = (await rates('lisa.json')).body as Lisa;
      assert.equal(rows.length, 3230);
      const of = (code: string) => rows.find((row) => row[0] === code)!;
      assert.deepEqual([of('26163')[5], of('26163')[8]], ['HH', true]); // Detroit
      assert.deepEqual([of('38021')[5], of('38021')[8]], ['LL', true]); // North Dakota
      assert.ok(clusters.HH! > 100 && clusters.LL! > 100);
      const significant = rows.filter((row) => row[8] === true).length;
      assert.equal(significant, clusters.HH! + clusters.LL! + clusters.HL! + clusters.LH!);
      assert.equal(rows.filter((row) => row[8] === false).length, clusters.notSignificant);
    });

    it('holds false discoveries below alpha: q is never below p, and a stricter alpha finds less', async () => {
      const usual = (await rates('lisa.json')).body as Lisa;
      for (const [code, , , , , , p, q, significant] of usual.rows) {
        if (p === null || q === null) continue;
        assert.ok(q >= p, code);
        assert.equal(significant, q <= 0.05);
      }
      const strict = (await rates('lisa.json?alpha=0.01')).body as Lisa;
      assert.ok(strict.clusters.notSignificant! > usual.clusters.notSignificant!);
    });

    it('looks at the regions shown alone', async () => {
      const { rows } = (await rates('lisa.json?parent=06')).body as Lisa;
      assert.equal(rows.length, 58);
      assert.ok(rows.every(([code]) => code.startsWith('06')));
    });
  });

  describe('smooth.json', () => {
    it('draws rates to their mean, small regions most', async () => {
      const { columns, rows } = (await santri('smooth.json?metric=pct_miskin')).body as {
        columns: string[];
        rows: [string, string, null, number, number, number, string][];
      };
      assert.deepEqual(columns, ['code', 'name', 'parent', 'value', 'smoothed', 'denominator', 'status']);
      const events = rows.reduce((sum, row) => sum + (row[3] * row[5]) / 100, 0);
      const mean = (100 * events) / rows.reduce((sum, row) => sum + row[5], 0);
      const kept = rows.map((row) => ({ people: row[5], share: (row[4] - mean) / (row[3] - mean) }));
      for (const { share } of kept) assert.ok(share >= -1e-9 && share <= 1 + 1e-9);
      kept.sort((a, b) => a.people - b.people);
      for (let i = 1; i < kept.length; i++) assert.ok(kept[i]!.share >= kept[i - 1]!.share - 1e-9);
    });
  });

  describe('two metrics', () => {
    const VARS = 'vars=pct_miskin,avg_skor';

    it('gives each region the pair of its classes', async () => {
      const json = (await santri(`bivariate.json?${VARS}`)).body as BivariateJson;
      assert.equal(json.classes.length, 9);
      assert.equal(new Set(json.classes.map(({ color }) => color)).size, 9);
      assert.equal(json.rows.length, 33);
      const place = (value: number, breaks: number[]) => breaks.findIndex((upper) => value <= upper);
      const [first, second] = json.variables as [
        BivariateJson['variables'][0],
        BivariateJson['variables'][0],
      ];
      assert.ok(json.rows.filter((row) => row[5] !== null).length > 15);
      for (const [code, , , a, b, pair] of json.rows) {
        if (pair === null) assert.deepEqual([a, b], [null, null], code);
        else assert.equal(pair, place(a!, first.breaks) * 3 + place(b!, second.breaks), code);
      }
      for (const { id, count } of json.classes) {
        assert.equal(count, json.rows.filter((row) => row[5] === id).length);
      }
      assert.deepEqual(json.parameters, {
        level: 'provinsi',
        vars: 'pct_miskin,avg_skor',
        dim: '3',
        method: 'quantile',
        schemes: 'Oranges,Blues',
        ...Object.fromEntries(Object.entries(json.parameters).filter(([name]) => !KNOWN.includes(name))),
      });
    });

    const KNOWN = ['level', 'vars', 'dim', 'method', 'schemes'];

    it('takes the breaks of the whole set, whatever parent is looked at', async () => {
      const all = (await grid('bivariate.json?vars=share,people')).body as BivariateJson;
      const one = (await grid('bivariate.json?vars=share,people&parent=b')).body as BivariateJson;
      assert.deepEqual(one.variables, all.variables);
      assert.equal(one.rows.length, 8);
      assert.deepEqual(
        one.rows,
        all.rows.filter((row) => row[2] === 'b'),
      );
    });

    it('colours the ordinary tiles by code, in a valid MapLibre style', async () => {
      const style = (await santri(`bivariate-style.json?${VARS}&dim=2`)).body as StyleSpecification;
      assert.deepEqual(validateStyleMin(style), []);
      const json = (await santri(`bivariate.json?${VARS}&dim=2`)).body as BivariateJson;
      const layer = style.layers.find(({ id }) => id === 'regions');
      const [match, get, ...branches] = (layer?.paint as { 'fill-color': unknown[] })['fill-color'];
      assert.deepEqual([match, get], ['match', ['get', 'code']]);
      const colors = new Map<string, string>();
      for (let i = 0; i + 1 < branches.length; i += 2) {
        for (const code of branches[i] as string[]) colors.set(code, branches[i + 1] as string);
      }
      for (const [code, , , , , pair] of json.rows)
        assert.equal(colors.get(code), pair === null ? undefined : json.classes[pair]!.color);
      assert.equal(branches.at(-1), json.noData.color);
    });

    it('has a square legend with the ranges of both', async () => {
      for (const dim of [2, 3, 4]) {
        const { text } = await santri(`bivariate-legend.svg?${VARS}&dim=${dim}&locale=id&theme=dark`);
        assertWellFormed(text);
        const json = (await santri(`bivariate.json?${VARS}&dim=${dim}&locale=id`)).body as BivariateJson;
        for (const { color } of json.classes) assert.ok(text.includes(`fill="${color}"`), color);
        const texts = svgTexts(text);
        for (const { labels } of json.variables)
          for (const label of labels) assert.ok(texts.includes(label), label);
        assert.ok(texts.includes('↑ Miskin (%)') && texts.includes('→ Skor rata-rata'));
      }
    });
  });
});
