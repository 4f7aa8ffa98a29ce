import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { choroplethParams } from '../../server/choropleth/request/params.ts';
import { ConfigError } from '../../server/config.ts';
import { loadMaps, readMaps } from '../../server/maps.ts';
import { projectPath } from '../../server/tools/paths.ts';

/** A right file, of which single lines are then spoilt. */
const RIGHT = `
regions:
  prov: { table: public.provinsi, code: kode, name: nama }
  kab: { table: kabupaten, geometry: geom, code: kode, name: nama, parent: { set: prov, column: prov } }
choropleths:
  orang:
    regions: kab
    cube: { view: mv, region: kode, dimensions: [jenis, tahun], time: tahun, refresh: '*/15 * * * *' }
    metrics:
      n: { sum: n, label: Orang }
      pct: { ratio: [n_miskin, n], multiplier: 100 }
    denominators: [penduduk]
    classify: { method: quantile, classes: 5, scheme: YlOrRd }
    suppress: { below: 5, count: n }
    unreliable: { below: 20 }
layers:
  titik: { table: public.titik, title: Titik }
`;

function problems(text: string): readonly string[] {
  try {
    readMaps(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return [];
}

describe('maps.yaml', () => {
  it('is read, with defaults filled in', () => {
    const maps = readMaps(RIGHT);
    assert.equal(maps.regions.kab?.table, 'public.kabupaten');
    const { classify, suppress, unreliable, denominators } = maps.choropleths.orang!;
    assert.equal(classify.reverse, false);
    assert.deepEqual(
      [suppress, unreliable, denominators],
      [{ below: 5, count: 'n' }, { below: 20 }, ['penduduk']],
    );
  });

  it('takes a dimension by its column, or with what people call it', () => {
    const both = RIGHT.replace('[jenis, tahun]', '[jenis, { column: tahun, label: Tahun }]');
    const { cube } = readMaps(both).choropleths.orang!;
    assert.deepEqual(cube.dimensions, [{ column: 'jenis' }, { column: 'tahun', label: 'Tahun' }]);
  });

  it('may be missing or empty', () => {
    const nothing = {
      publish: 'undecided',
      access: {},
      regions: {},
      choropleths: {},
      layers: {},
      grids: {},
      refresh: {},
      search: {},
      tokens: { scopes: [] },
    };
    assert.deepEqual(readMaps(''), nothing);
    assert.deepEqual(loadMaps('/nowhere/maps.yaml'), nothing);
  });

  it('names grids with bounds, whose corner and size go together, under names of their own', () => {
    const of = (text: string): readonly string[] => problems(`grids:\n${text}`);
    assert.deepEqual(of('  a: { epsg: 3035, bounds: [-16, 32, 40, 72] }'), []);
    assert.deepEqual(of('  a: { epsg: 3338, bounds: [170, 50, -130, 72] }'), []);
    const wrong: [text: string, problem: RegExp][] = [
      [
        '  a: { epsg: 3035 }',
        /^maps.yaml:2: grids.a.bounds must be \[west, south, east, north\] in degrees$/,
      ],
      [
        '  a: { epsg: 3035, bounds: [0, 10, 1, 5] }',
        /^maps.yaml:2: grids.a.bounds must be .*: .* south below north$/,
      ],
      ['  a: { epsg: 3035, bounds: [4, 1, 4, 5] }', /not without a width$/],
      ['  a: { epsg: 3035.5, bounds: [0, 0, 1, 1] }', /grids.a.epsg must be the EPSG code/],
      [
        '  a: { epsg: 3035, bounds: [0, 0, 1, 1], cellSize: 10 }',
        /origin and cellSize together, or neither$/,
      ],
      [
        '  WorldCRS84Quad: { epsg: 3035, bounds: [0, 0, 1, 1] }',
        /^maps.yaml:2: grids.WorldCRS84Quad: .*take another name$/,
      ],
    ];
    for (const [text, problem] of wrong) assert.match(of(text).join('\n'), problem);
  });

  it('of the demo is right', () => {
    assert.deepEqual(problems(readFileSync(projectPath('data', 'maps.yaml'), 'utf8')), []);
  });

  const WRONG: [from: string, to: string, problem: RegExp][] = [
    [
      '[jenis, tahun]',
      '[jenis, { column: tahun, name: Tahun }]',
      /^maps.yaml:8: choropleths.orang.cube.dimensions.1.name: there is no such key$/,
    ],
    [
      '[jenis, tahun]',
      '[7, tahun]',
      /^maps.yaml:8: choropleths.orang.cube.dimensions.0 must be a name, or \{ column, label \}$/,
    ],
    ['title: Titik', "attribution: ''", /^maps.yaml:17: layers.titik.attribution must be a text$/],
    [
      'sum: n, label',
      'sum: n, value: n, label',
      /^maps.yaml:10: choropleths.orang.metrics.n must be exactly one of sum, ratio, value$/,
    ],
    [
      'ratio: [n_miskin, n]',
      'ratio: [n_miskin]',
      /^maps.yaml:11: choropleths.orang.metrics.pct.ratio must be \[numerator, denominator\]/,
    ],
    [
      'multiplier: 100',
      'multiplier: 0',
      /^maps.yaml:11: choropleths.orang.metrics.pct.multiplier must be a positive number$/,
    ],
    [
      'classes: 5',
      'classes: 12',
      /^maps.yaml:13: choropleths.orang.classify.classes must be a whole number from 2 to 9$/,
    ],
    [
      'method: quantile',
      'method: magic',
      /^maps.yaml:13: choropleths.orang.classify.method: there is no method magic; there are quantile/,
    ],
    [
      'method: quantile',
      'method: manual',
      /^maps.yaml:13: choropleths.orang.classify.breaks: method manual needs breaks$/,
    ],
    [
      'scheme: YlOrRd',
      'scheme: Sunset',
      /^maps.yaml:13: choropleths.orang.classify.scheme: there is no scheme Sunset$/,
    ],
    [
      'scheme: YlOrRd',
      'metric: no',
      /^maps.yaml:13: choropleths.orang.classify.metric: there is no metric no$/,
    ],
    [
      'below: 5, count: n',
      'below: -1',
      /^maps.yaml:14: choropleths.orang.suppress.below must be a positive number$/,
    ],
    ['below: 20', 'below: many', /^maps.yaml:15: choropleths.orang.unreliable.below must be a number$/],
    [
      'unreliable: { below: 20 }',
      'unrelyable: 1',
      /^maps.yaml:15: choropleths.orang.unrelyable: there is no such key; did you mean unreliable\?$/,
    ],
    [
      'time: tahun',
      'time: bulan',
      /^maps.yaml:8: choropleths.orang.cube.time: bulan is not one of its dimensions$/,
    ],
    [
      '[jenis, tahun]',
      '[level, tahun]',
      /^maps.yaml:8: choropleths.orang.cube.dimensions: level is the name of a parameter/,
    ],
    [
      'regions: kab',
      'regions: desa',
      /^maps.yaml:7: choropleths.orang.regions: there is no region set desa$/,
    ],
    ['set: prov', 'set: negara', /^maps.yaml:4: regions.kab.parent.set: there is no region set negara$/],
    ['set: prov', 'set: kab', /^maps.yaml:4: regions.kab.parent: the parents go round in a circle$/],
    [
      'table: kabupaten',
      'table: a.b.c',
      /^maps.yaml:4: regions.kab.table must be schema.name or name, a part with a dot in double quotes$/,
    ],
    [
      'layers:',
      'layers:\n  both: { table: a, function: b }',
      /^maps.yaml:17: layers.both must be of either a table or a function$/,
    ],
    [
      'layers:',
      'layers:\n  f: { function: b, pyramid: { below: 3 } }',
      /^maps.yaml:17: layers.f must be without geometry and pyramid where it is of a function$/,
    ],
    [
      'layers:',
      'layers:\n  z: { table: b, minzoom: 5, maxzoom: 4 }',
      /^maps.yaml:17: layers.z must be with minzoom/,
    ],
    ['  kab:', '  "k b":', /^maps.yaml:\d+: regions.k b/],
    [
      'title: Titik',
      'minzoom: 30',
      /^maps.yaml:17: layers.titik.minzoom must be a whole number from 0 to 24$/,
    ],
    ['layers:', 'layer:', /^maps.yaml:16: layer: there is no such key; did you mean layers\?$/],
    ['regions: kab', 'regions: [kab', /^maps.yaml:\d+: /],
  ];
  for (const [from, to, problem] of WRONG) {
    it(`names what is wrong with ${to}`, () => {
      assert.ok(RIGHT.includes(from));
      const found = problems(RIGHT.replace(from, to));
      assert.ok(
        found.some((text) => problem.test(text)),
        found.join('\n'),
      );
    });
  }

  it('tells every error at once, in the order of the file', () => {
    const text = RIGHT.replace('set: prov', 'set: negara')
      .replace('time: tahun', 'time: bulan')
      .replace('multiplier: 100', 'multiplier: ten')
      .replace('title: Titik', 'titel: Titik');
    const found = problems(text);
    const lines = found.map((problem) => Number(problem.split(':')[1]));
    assert.deepEqual(lines, [4, 8, 11, 17], found.join('\n'));
  });

  it('refuses a count to suppress by where there is none', () => {
    const text = RIGHT.replace('sum: n, label', 'value: rate, label')
      .replace(/ {6}pct.*\n/, '')
      .replace(', count: n', '');
    assert.match(problems(text).join(), /orang.suppress: give the count column/);
  });

  it('keeps dimensions from having the name of a parameter', () => {
    for (const parameter of [...Object.keys(choroplethParams.shape), 'zoom', 'precision']) {
      assert.match(
        problems(RIGHT.replace('jenis', parameter)).join(),
        /is the name of a parameter/,
        parameter,
      );
    }
  });
});
