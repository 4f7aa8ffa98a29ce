import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { PlaceNames } from '../../server/places/aliases.ts';
import { confirmationKey, joinPlaces, type Match, type PlaceRegion } from '../../server/places/match.ts';
import { projectPath } from '../../server/tools/paths.ts';

const names = JSON.parse(readFileSync(projectPath('data', 'id', 'place-names.json'), 'utf8')) as PlaceNames;
const csv = (...path: string[]): string[][] =>
  readFileSync(projectPath(...path), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

/** All 514, with codes of this test. */
const districts = csv('data', 'id', 'kabupaten-kota.csv').map(([provinsi = '', jenis = '', nama = '']) => ({
  id: `${provinsi}|${jenis}|${nama}`,
  provinsi,
  jenis,
  nama,
}));
const regions: PlaceRegion[] = districts.map(({ id, provinsi, jenis, nama }) => ({
  code: id,
  name: `${jenis} ${nama}`,
  parent: provinsi,
}));
const spellings = csv('test', 'places', 'spellings.csv').map(
  ([rule = '', spelling = '', provinsi = '', jenis = '', nama = '']) => ({
    rule,
    spelling,
    provinsi,
    id: `${provinsi}|${jenis}|${nama}`,
  }),
);

function match(value: string, parent?: string, among: readonly PlaceRegion[] = regions): Match {
  const [only] = joinPlaces([{ value, parent, rows: 1 }], among, { names }).values;
  assert(only);
  return only.match;
}

const codeOf = (found: Match): string => (found.status === 'matched' ? found.code : found.status);

function accuracy(withParent: boolean, among = regions) {
  const values = spellings.map(({ spelling, provinsi }) => ({
    value: spelling,
    parent: withParent ? provinsi : undefined,
    rows: 1,
  }));
  const report = joinPlaces(values, among, { names });
  const wrong: string[] = [];
  let right = 0;
  for (const [i, { value, match: found }] of report.values.entries()) {
    if (found.status !== 'matched') continue;
    if (found.code === spellings[i]?.id) right++;
    else wrong.push(`${value} → ${found.code}`);
  }
  return { wrong, recall: right / spellings.length, report };
}

describe('Matching names of places to regions', () => {
  it('matches five spellings of all 514 districts: nothing wrongly, and 95 % of them at least', () => {
    assert.equal(districts.length, 514);
    assert.equal(spellings.length, 5 * 514);
    for (const withParent of [true, false]) {
      const { wrong, recall, report } = accuracy(withParent);
      assert.deepEqual(wrong, []);
      assert(recall >= 0.95, `recall ${recall}`);
      assert.deepEqual(report.unmatched, []);
    }
  });

  it('matches nothing wrongly to names as a boundary file runs them together', () => {
    const glued = districts.map(({ id, jenis, nama, provinsi }) => ({
      code: id,
      name: `${jenis === 'Kota' ? 'Kota' : ''}${nama}`.replace(/[\s-]+/g, ''),
      parent: provinsi.replaceAll(' ', ''),
    }));
    const { wrong, recall } = accuracy(true, glued);
    assert.deepEqual(wrong, []);
    assert(recall >= 0.95, `recall ${recall}`);
  });

  const cases: [value: string, parent: string | undefined, expected: string][] = [
    ['Kab. Aceh Barat', undefined, 'Aceh|Kabupaten|Aceh Barat'],
    ['AcehBarat', undefined, 'Aceh|Kabupaten|Aceh Barat'],
    ['Aceh Barat Daya', undefined, 'Aceh|Kabupaten|Aceh Barat Daya'],
    ['kab.acehbarat', undefined, 'Aceh|Kabupaten|Aceh Barat'],
    ['KOTA BOGOR', undefined, 'Jawa Barat|Kota|Bogor'],
    ['Kodya Bogor', undefined, 'Jawa Barat|Kota|Bogor'],
    ['Bogor', undefined, 'ambiguous'],
    ['Bogor', 'Jawa Barat', 'ambiguous'],
    ['Banjar', undefined, 'ambiguous'],
    ['Banjar', 'Jawa Barat', 'Jawa Barat|Kota|Banjar'],
    ['Banjar', 'Kalsel', 'Kalimantan Selatan|Kabupaten|Banjar'],
    ['Kota Baru', undefined, 'Kalimantan Selatan|Kabupaten|Kotabaru'],
    ['Kab. Kotabaru', undefined, 'Kalimantan Selatan|Kabupaten|Kotabaru'],
    ['Kotamobagu', undefined, 'Sulawesi Utara|Kota|Kotamobagu'],
    ['Kota Surabaya', undefined, 'Jawa Timur|Kota|Surabaya'],
    ['Kab. Surabaya', undefined, 'unmatched'],
    ['Lima Puluh Kota', undefined, 'Sumatera Barat|Kabupaten|Lima Puluh Kota'],
    ['Kab 50 Kota', undefined, 'Sumatera Barat|Kabupaten|Lima Puluh Kota'],
    ['Jaksel', undefined, 'DKI Jakarta|Kota|Jakarta Selatan'],
    ['Kab. Pontianak', undefined, 'Kalimantan Barat|Kabupaten|Mempawah'],
    ['Kota Pontianak', undefined, 'Kalimantan Barat|Kota|Pontianak'],
    ['Mamuju Utara', 'Sulawesi Barat', 'Sulawesi Barat|Kabupaten|Pasangkayu'],
    ['Maluku Tenggara Barat', undefined, 'Maluku|Kabupaten|Kepulauan Tanimbar'],
    ['Bau-Bau', undefined, 'Sulawesi Tenggara|Kota|Baubau'],
    ['Tojo Una Una', undefined, 'Sulawesi Tengah|Kabupaten|Tojo Una-Una'],
    ['Aceh', undefined, 'unmatched'],
    ['Aceh Bara', undefined, 'unmatched'],
    ['NA', undefined, 'unmatched'],
    ['', undefined, 'unmatched'],
    ['Polewali Mamasa', undefined, 'divided'],
    ['Kab. Kutai', undefined, 'divided'],
  ];
  for (const [value, parent, expected] of cases) {
    it(`${JSON.stringify(value)}${parent ? ` in ${parent}` : ''}: ${expected}`, () => {
      assert.equal(codeOf(match(value, parent)), expected);
    });
  }

  it('takes a region under the province that it once belonged to, and says so', () => {
    assert.deepEqual(match('Kab. Merauke', 'Papua'), {
      status: 'matched',
      how: 'name',
      code: 'Papua Selatan|Kabupaten|Merauke',
      note: 'old_parent',
    });
    assert.deepEqual(match('Kab. Merauke', 'Aceh'), {
      status: 'ambiguous',
      codes: ['Papua Selatan|Kabupaten|Merauke'],
      why: 'other_parent',
    });
  });

  it('never takes Kab. X and Kota X for one region whose kind nobody said', () => {
    const plain = [{ code: '1', name: 'Bogor' }];
    assert.equal(codeOf(match('Kota Bogor', undefined, plain)), '1');
    const both = joinPlaces(
      ['Kota Bogor', 'Kab. Bogor', 'Bogor'].map((value) => ({ value, rows: 10 })),
      plain,
    );
    assert.deepEqual(
      both.values.map(({ match: found }) => found.status === 'ambiguous' && found.why),
      ['several_kinds', 'several_kinds', 'several_kinds'],
    );
    assert.deepEqual(both.rows, { matched: 0, additional: 30 });
  });

  it('goes by codes first: leading zeros lost, blanks, case and dots', () => {
    const coded = [
      { code: '01.07', name: 'Aceh Barat' },
      { code: '11', name: 'Eleven' },
      { code: 'US-ca', name: 'California' },
    ];
    const found = (value: string): unknown => match(value, undefined, coded);
    assert.deepEqual(found('01.07'), { status: 'matched', how: 'code', code: '01.07' });
    assert.deepEqual(found('0107'), { status: 'matched', how: 'code', code: '01.07', note: 'punctuation' });
    assert.deepEqual(found('107'), { status: 'matched', how: 'code', code: '01.07', note: 'leading_zeros' });
    assert.deepEqual(found(' 11 '), { status: 'matched', how: 'code', code: '11', note: 'blanks' });
    // Without a digit a transformed text could be anybody's name.
    assert.equal(codeOf(match('us-CA', undefined, coded)), 'unmatched');
  });

  it('does not go by codes that a transformation makes equal', () => {
    const coded = [
      { code: '7', name: 'Seven' },
      { code: '07', name: 'Zero Seven' },
    ];
    assert.equal(codeOf(match('007', undefined, coded)), 'unmatched');
    assert.equal(codeOf(match('07', undefined, coded)), '07');
  });

  it('suggests what is similar, under the same parent and of the same kind, and applies it only when confirmed', () => {
    const found = match('Kab. Aceh Bsrat', 'Aceh');
    assert.equal(found.status, 'unmatched');
    assert.equal(found.status === 'unmatched' && found.suggestions[0]?.code, 'Aceh|Kabupaten|Aceh Barat');
    const value = { value: 'Kab. Aceh Bsrat', parent: 'Aceh', rows: 3 };
    const confirmed = new Map([[confirmationKey(value), 'Aceh|Kabupaten|Aceh Barat']]);
    const [only] = joinPlaces([value], regions, { names, confirmed }).values;
    assert.deepEqual(only?.match, {
      status: 'matched',
      how: 'confirmed',
      code: 'Aceh|Kabupaten|Aceh Barat',
    });
  });

  it('counts in the terms of a join: matched, unmatched, additional, duplicates', () => {
    const some = regions.slice(0, 3);
    const report = joinPlaces(
      [
        { value: 'Simeulue', rows: 5 },
        { value: 'Kab. Simeulue', rows: 2 },
        { value: 'Aceh Selatan', rows: 1 },
        { value: 'Atlantis', rows: 4 },
      ],
      some,
      { names },
    );
    assert.equal(report.matched, 2);
    assert.deepEqual(report.unmatched, ['Aceh|Kabupaten|Aceh Singkil']);
    assert.equal(report.additional, 1);
    assert.deepEqual(report.duplicates, [
      { code: 'Aceh|Kabupaten|Simeulue', values: ['Simeulue', 'Kab. Simeulue'] },
    ]);
    assert.deepEqual(report.rows, { matched: 8, additional: 4 });
  });
});
