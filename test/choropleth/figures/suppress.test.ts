import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decide, type Filter, type Guard } from '../../../server/choropleth/disclosure/guard.ts';
import { finish } from '../../../server/choropleth/disclosure/steps.ts';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { demoServer, newServer, once, type TestServer } from '../../support/environment.ts';
import { createKey } from '../../../server/security/keys.ts';
import { Attacker, subsets } from '../disclosure/attack.ts';
import {
  BELOW,
  codeOf,
  countSet,
  filtersOf,
  guardOf as countGuard,
  hiddenIn,
} from '../disclosure/small-counts.ts';
import { values } from '../support.ts';

const KEY = 'a-key-for-tests-long-enough';
const isSmall = (count: number): boolean => count > 0 && count < BELOW;

/** A made-up cube: `n` and a part of it, `m`, by region, and two dimensions of three values. */
interface Sample {
  /** Without parents the set has one level. */
  isFlat: boolean;
  parents: number[];
  n: number[][];
  share: number[][];
}

const DIMENSIONS = [
  { name: 'kind', values: ['a', 'b', 'c'], ordered: false },
  { name: 'year', values: ['1', '2', '3'], ordered: true },
];
const CELLS = 9;

const sample: fc.Arbitrary<Sample> = fc.integer({ min: 1, max: 7 }).chain((regions) =>
  fc.record({
    isFlat: fc.boolean(),
    parents: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: regions, maxLength: regions }),
    n: fc.array(
      fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 5, max: 60 })), {
        minLength: CELLS,
        maxLength: CELLS,
      }),
      { minLength: regions, maxLength: regions },
    ),
    share: fc.array(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: CELLS, maxLength: CELLS }),
      {
        minLength: regions,
        maxLength: regions,
      },
    ),
  }),
);

function guardOf({ isFlat, parents, n, share }: Sample): { guard: Guard; m: number[][] } {
  const m = n.map((cells, i) => cells.map((count, cell) => Math.round(count * share[i]![cell]!)));
  const tables = new Map(
    n.map((cells, i) => [
      `r${i}`,
      new Map([
        ['n', Float64Array.from(cells)],
        ['m', Float64Array.from(m[i]!)],
      ]),
    ]),
  );
  const guard = finish(
    decide({
      dimensions: DIMENSIONS,
      columns: ['n', 'm'],
      count: 'n',
      below: BELOW,
      tables,
      levels: isFlat
        ? [new Map(parents.map((_, i) => [`r${i}`, null]))]
        : [
            new Map(parents.map((parent, i) => [`r${i}`, `p${parent}`])),
            new Map([0, 1].map((parent) => [`p${parent}`, null])),
          ],
    }),
  );
  return { guard, m };
}

const SELECTIONS = subsets(['a', 'b', 'c']).flatMap((kinds) =>
  subsets(['1', '2', '3']).map((years) => ({ kinds, years })),
);

/** Cells of a selection in some regions, for one of the two columns, over all cells of both. */
function cellsOf(
  sampled: Sample,
  regions: number[],
  column: 'n' | 'm',
  kinds: string[],
  years: string[],
): Float64Array {
  const all = new Float64Array(sampled.n.length * CELLS * 2);
  for (const region of regions) {
    for (let cell = 0; cell < CELLS; cell++) {
      const chosen = kinds.includes('abc'[cell % 3]!) && years.includes(String(Math.floor(cell / 3) + 1));
      if (chosen) all[(column === 'n' ? 0 : sampled.n.length * CELLS) + region * CELLS + cell] = 1;
    }
  }
  return all;
}

const sumOver = (cells: Float64Array, figures: number[]): number =>
  figures.reduce((sum, figure, i) => sum + figure * cells[i]!, 0);

once('What may be published of small counts', () => {
  it('leaves nothing small to compute, whatever is added and subtracted', function () {
    fc.assert(
      fc.property(sample, (sampled) => {
        const { guard, m } = guardOf(sampled);
        const figures = [...sampled.n.flat(), ...m.flat()];
        const attacker = new Attacker();
        const places = [
          ...sampled.n.map((_, i) => ({ level: 0, code: `r${i}`, regions: [i] })),
          ...(sampled.isFlat ? [] : [0, 1]).map((parent) => ({
            level: 1,
            code: `p${parent}`,
            regions: sampled.parents.flatMap((own, i) => (own === parent ? [i] : [])),
          })),
        ].filter(({ regions }) => regions.length > 0);
        for (const { level, code, regions } of places) {
          for (const { kinds, years } of SELECTIONS) {
            const filter: Filter = new Map([
              ['kind', kinds],
              ['year', years],
            ]);
            for (const column of ['n', 'm'] as const) {
              const cells = cellsOf(sampled, regions, column, kinds, years);
              if (!guard.publishes(level, code, column, filter)) continue;
              assert.ok(!isSmall(sumOver(cells, figures)), `${code} shows ${column} of ${kinds} ${years}`);
              attacker.learn(cells);
            }
          }
        }
        // The totals of the whole set by one dimension are common knowledge, unless they are small themselves.
        const everywhere = sampled.n.map((_, i) => i);
        for (const totals of [
          ['a', 'b', 'c'].map((kind) => cellsOf(sampled, everywhere, 'n', [kind], ['1', '2', '3'])),
          ['1', '2', '3'].map((year) => cellsOf(sampled, everywhere, 'n', ['a', 'b', 'c'], [year])),
        ]) {
          if (totals.some((cells) => isSmall(sumOver(cells, figures)))) continue;
          for (const cells of totals) attacker.learn(cells);
        }
        for (const { code, regions } of places) {
          for (const { kinds, years } of SELECTIONS) {
            const n = cellsOf(sampled, regions, 'n', kinds, years);
            const part = cellsOf(sampled, regions, 'm', kinds, years);
            const rest = n.map((value, i) => value - part[i]!);
            for (const [what, cells] of [
              ['n', n],
              ['m', part],
              ['n - m', rest],
            ] as const) {
              if (isSmall(sumOver(cells, figures)))
                assert.ok(!attacker.knows(cells), `${what} of ${code} ${kinds} ${years} can be computed`);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is everything where nothing is small', () => {
    fc.assert(
      fc.property(sample, (sampled) => {
        const large = {
          ...sampled,
          n: sampled.n.map((cells) => cells.map((n) => n * BELOW)),
          share: sampled.share.map((cells) => cells.map(() => 1)),
        };
        const { guard } = guardOf(large);
        for (const [i] of large.n.entries())
          for (const { kinds, years } of SELECTIONS)
            assert.ok(
              guard.publishes(
                0,
                `r${i}`,
                'n',
                new Map([
                  ['kind', kinds],
                  ['year', years],
                ]),
              ),
            );
      }),
      { numRuns: 50 },
    );
  });

  it('depends on neither the order of regions nor the answer asked for', () => {
    fc.assert(
      fc.property(sample, (sampled) => {
        const turned = {
          isFlat: sampled.isFlat,
          parents: [...sampled.parents].reverse(),
          n: [...sampled.n].reverse(),
          share: [...sampled.share].reverse(),
        };
        const [a, b] = [guardOf(sampled).guard, guardOf(turned).guard];
        const last = sampled.n.length - 1;
        const sizes = new Set(sampled.n.map((cells) => cells.reduce((x, y) => x + y, 0)));
        if (sizes.size < sampled.n.length) return; // equal regions may take each other's part
        for (const [i] of sampled.n.entries())
          assert.equal(
            a.publishes(0, `r${i}`, 'n', new Map()),
            b.publishes(0, `r${last - i}`, 'n', new Map()),
          );
      }),
      { numRuns: 50 },
    );
  });
});

describe('How much is hidden besides small counts', () => {
  // Of 20 made-up sets each: small figures, what putting whole regions into groups of two or more hid, and what is hidden.
  const MEASURED = [
    { dimensions: 0, levels: 2, small: 170, grouped: 254, hidden: 254 },
    { dimensions: 0, levels: 1, small: 171, grouped: 171, hidden: 171 },
    { dimensions: 1, levels: 2, small: 1321, grouped: 2604, hidden: 2153 },
    { dimensions: 1, levels: 1, small: 1355, grouped: 2218, hidden: 1914 },
    { dimensions: 2, levels: 2, small: 8723, grouped: 20358, hidden: 14883 },
    { dimensions: 2, levels: 1, small: 8855, grouped: 14662, hidden: 13741 },
  ] as const;

  for (const { dimensions, levels, small, grouped, hidden } of MEASURED) {
    it(`is ${hidden - small} figures for ${small} with ${dimensions} dimensions and ${levels} levels`, () => {
      const sets = Array.from({ length: 20 }, (_, i) => hiddenIn(countSet(i + 1, dimensions, levels)));
      const sum = (of: 'small' | 'hidden'): number => sets.reduce((total, set) => total + set[of], 0);
      assert.equal(sum('small'), small);
      assert.ok(sum('hidden') <= hidden && hidden <= grouped, `${sum('hidden')} hidden`);
    });
  }

  it('leaves no small sum to those that hide it together, unless that is all there are', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const set = countSet(seed, 1, 2);
      const guard = countGuard(set);
      for (const parent of new Set(set.parents)) {
        const children = [...set.counts.keys()].filter((i) => set.parents![i] === parent);
        for (const filter of filtersOf(set)) {
          if (!guard.publishes(1, parent, 'n', filter)) continue;
          const hiding = children.filter((i) => !guard.publishes(0, codeOf(i), 'n', filter));
          const sum = hiding.reduce((total, i) => total + guard.sum(0, codeOf(i), 'n', filter)!, 0);
          assert.ok(hiding.length !== 1, `${parent} gives ${codeOf(hiding[0]!)} away`);
          assert.ok(!isSmall(sum) || hiding.length === children.length, `${sum} of ${parent}`);
        }
      }
    }
  });
});

once('A choropleth that suppresses small counts', () => {
  let demo: TestServer;
  before(async () => void (demo = await demoServer()));

  it('gives none of the hidden counts away in all that can be fetched', async function () {
    const cube = await demo.run<{ kode: string; k: string; t: string; n: number }>(
      'select kode, kategori_kemiskinan as k, tahun::text as t, n from public.mv_santri_stats_provinsi',
    );
    const codes = [...new Set(cube.map(({ kode }) => kode))];
    const kinds = [...new Set(cube.map(({ k }) => k))];
    const years = [...new Set(cube.map(({ t }) => t))];
    const count = (kode: string, k: readonly string[], t: readonly string[]): number =>
      cube
        .filter((row) => row.kode === kode && k.includes(row.k) && t.includes(row.t))
        .reduce((sum, { n }) => sum + n, 0);
    const cells = (k: readonly string[], t: readonly string[]): number[] =>
      kinds.flatMap((kind) => years.map((year) => Number(k.includes(kind) && t.includes(year))));
    // What the columns of the metrics count, which is no secret.
    const MEANING: Record<string, { numerator?: string[]; denominator?: string[] }> = {
      total_santri: { numerator: kinds },
      pct_miskin: { numerator: ['Miskin'], denominator: kinds },
      pct_sangat_miskin: { numerator: ['Sangat Miskin'], denominator: kinds },
      avg_skor: { denominator: kinds.filter((kind) => kind !== 'Belum Dinilai') },
    };
    const attackers = new Map(codes.map((code) => [code, new Attacker()]));
    let hidden = 0;
    let shown = 0;
    const filters = [
      ...[undefined, ...kinds.map((kind) => [kind])].flatMap((k) =>
        [undefined, ...years.map((year) => [year])].map((t) => ({ k, t })),
      ),
      { k: ['Belum Dinilai', 'Sangat Miskin'], t: undefined },
      { k: kinds.filter((kind) => kind !== 'Sangat Miskin'), t: undefined },
      { k: undefined, t: ['2021', '2022'] },
      { k: ['Miskin'], t: ['2023', '2024', '2025'] },
    ];
    for (const { k, t } of filters) {
      for (const [metric, { numerator, denominator }] of Object.entries(MEANING)) {
        const { rows } = await values(demo, 'santri-provinsi', {
          metric,
          ...(k ? { kategori_kemiskinan: k.join() } : {}),
          ...(t ? { tahun: t.join() } : {}),
        });
        for (const row of rows) {
          if (row.status === 'suppressed') {
            assert.deepEqual(
              [row.value, row.numerator, row.denominator, row.class, row.rank],
              [null, null, null, null, null],
            );
            hidden++;
            continue;
          }
          shown++;
          const attacker = attackers.get(row.code);
          for (const [meaning, figure] of [
            [numerator, row.numerator],
            [denominator, row.denominator],
          ] as const) {
            if (!meaning || figure === null) continue;
            const of = meaning.filter((kind) => k?.includes(kind) ?? true);
            assert.equal(figure, count(row.code, of, t ?? years), `${metric} of ${row.code}`);
            attacker?.learn(cells(of, t ?? years));
          }
        }
      }
    }
    assert.ok(hidden > 500 && shown > 1000, `${hidden} hidden, ${shown} shown`);
    let secrets = 0;
    for (const code of codes) {
      for (const k of subsets(kinds)) {
        for (const t of [...years.map((year) => [year]), years]) {
          if (!isSmall(count(code, k, t))) continue;
          secrets++;
          assert.ok(
            !attackers.get(code)!.knows(cells(k, t)),
            `${code} ${k.join()} ${t.join()} can be computed`,
          );
        }
      }
    }
    assert.ok(secrets > 100);
  });

  it('still shows every total, most categories and most years', async () => {
    const ok = async (query: Record<string, string>): Promise<number> =>
      (await values(demo, 'santri-provinsi', query)).rows.filter(({ status }) => status === 'ok').length;
    assert.equal(await ok({}), 33);
    assert.equal(await ok({ kategori_kemiskinan: 'Miskin' }), 33);
    assert.ok((await ok({ tahun: '2021' })) > 20);
    assert.equal(await ok({ tahun: '2025' }), 33);
  });

  it('hides the same in GeoJSON, tiles, classes and rates of change', async () => {
    const query = { kategori_kemiskinan: 'Belum Dinilai', tahun: '2025' };
    const { byCode } = await values(demo, 'santri-provinsi', query);
    const hidden = [...byCode.values()].filter(({ status }) => status === 'suppressed');
    assert.ok(hidden.length > 5);
    const geojson = (await demo.api.get('/gis/choropleth/santri-provinsi').query(query)).body as {
      features: { properties: Record<string, unknown> }[];
    };
    for (const { code } of hidden) {
      const properties = geojson.features.find((feature) => feature.properties.code === code)!.properties;
      assert.deepEqual(
        [properties.value, properties.numerator, properties.denominator, properties.class, properties.status],
        [null, undefined, undefined, null, 'suppressed'],
      );
    }
    const answer = await demo.api
      .get('/gis/choropleth/santri-provinsi/tiles/3/6/4.mvt')
      .query(query)
      .responseType('blob');
    const layer = new VectorTile(new PbfReader(answer.body as Buffer)).layers['santri-provinsi']!;
    let inTile = 0;
    for (let i = 0; i < layer.length; i++) {
      const { properties } = layer.feature(i);
      if (properties.status !== 'suppressed') continue;
      inTile++;
      assert.deepEqual(Object.keys(properties).sort(), ['code', 'name', 'status']);
    }
    assert.ok(inTile > 0);
    const { body } = await demo.api.get('/gis/choropleth/santri-provinsi/classes.json').query(query);
    const { classes, statuses } = body as {
      classes: { count: number }[];
      statuses: { status: string; count: number; hatch?: object }[];
    };
    const entry = statuses.find(({ status }) => status === 'suppressed')!;
    assert.equal(entry.count, hidden.length);
    assert.ok(entry.hatch);
    assert.equal(
      classes.reduce((sum, each) => sum + each.count, 0),
      33 - statuses.reduce((sum, each) => sum + each.count, 0),
    );
    const change = await values(demo, 'santri-provinsi', {
      kategori_kemiskinan: 'Belum Dinilai',
      change: 'abs',
      from: '2024',
      to: '2025',
    });
    for (const { code } of hidden) {
      const row = change.byCode.get(code)!;
      assert.deepEqual([row.status, row.value, row.from, row.to], ['suppressed', null, null, null]);
    }
  });

  it('takes shares of what is shown only, and says so', async () => {
    const { rows, warnings } = await values(demo, 'santri-provinsi', { normalize: 'share', tahun: '2021' });
    assert.ok(rows.some(({ status }) => status === 'suppressed'));
    const total = rows.reduce((sum, row) => sum + (row.numerator ?? 0), 0);
    assert.ok(rows.every(({ status, denominator }) => status !== 'ok' || denominator === total));
    assert.ok(warnings.some(({ code }) => code === 'share_of_shown'));
  });

  it('hides a sibling beside the only small one of a parent, at every level', async () => {
    const server = await newServer({
      environment: { CHOROGRAPH_API_KEY: KEY },
      sql: `
        create table prov (kode text primary key, nama text, geom geometry(Polygon, 4326));
        create table kab (kode text primary key, nama text, prov text, geom geometry(Polygon, 4326));
        insert into prov select p, p, st_makeenvelope(i * 10, 0, i * 10 + 10, 1, 4326)
          from unnest(array['P', 'Q', 'R']) with ordinality as u(p, i);
        insert into kab select p.kode || i, p.kode || i, p.kode, st_makeenvelope(st_xmin(geom) + i, 0, st_xmin(geom) + i + 1, 1, 4326)
          from prov p, generate_series(1, 4) i;
        create table cube (kode text primary key, n int, kaya int);
        insert into cube values
          ('P1', 3, 0), ('P2', 40, 20), ('P3', 60, 30), ('P4', 80, 40),
          ('Q1', 20, 10), ('Q2', 30, 15), ('Q3', 40, 20), ('Q4', 0, 0),
          ('R1', 50, 3), ('R2', 60, 30), ('R3', 70, 70), ('R4', 80, 40);`,
      maps: `
regions:
  prov: { table: prov, code: kode, name: nama }
  kab: { table: kab, code: kode, name: nama, parent: { set: prov, column: prov } }
choropleths:
  orang:
    regions: kab
    cube: { view: cube, region: kode }
    metrics: { n: { sum: n }, kaya: { ratio: [kaya, n], multiplier: 100 } }
    suppress: { below: 5 }
`,
    });
    const hidden = async (query: Record<string, string>): Promise<string[]> =>
      (await values(server, 'orang', query)).rows
        .filter(({ status }) => status === 'suppressed')
        .map(({ code }) => code);
    assert.deepEqual(await hidden({}), ['P1', 'P2'], 'the small one and the next smallest');
    assert.deepEqual(await hidden({ level: 'prov' }), []);
    // 3 of 50 in R1: its share is hidden though its count is not, and one sibling's with it.
    assert.deepEqual(await hidden({ metric: 'kaya' }), ['P1', 'P2', 'R1', 'R2']);
    assert.equal((await values(server, 'orang')).byCode.get('Q4')!.value, 0, 'nobody is not hidden');

    const why = async (query: Record<string, string>, status = 200): Promise<unknown[][]> => {
      const answer = await server.api
        .get('/gis/choropleth/orang/suppressed.json')
        .query(query)
        .set('X-API-Key', KEY)
        .expect(status)
        .expect('Cache-Control', 'no-store');
      return (answer.body as { rows: unknown[][] }).rows;
    };
    assert.deepEqual(await why({}), [
      ['P1', 'P1', 'P', 'small', []],
      ['P2', 'P2', 'P', 'sibling', ['P1']],
    ]);
    assert.deepEqual(await why({ level: 'prov' }), []);
    const parts = await why({ metric: 'kaya' });
    assert.deepEqual(
      parts.map(([code, , , because, protects]) => [code, because, protects]),
      [
        ['P1', 'small', []],
        ['P2', 'sibling', ['P1']],
        ['R1', 'part', []],
        ['R2', 'part', ['R1']],
      ],
    );
    await server.api.get('/gis/choropleth/orang/suppressed.json').expect(401);
    const { key } = await createKey(server.ctx.db, { name: 'refresher', scopes: ['refresh'] });
    await server.api.get('/gis/choropleth/orang/suppressed.json').set('X-API-Key', key).expect(403);
  });
});
