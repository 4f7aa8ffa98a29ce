import assert from 'node:assert/strict';
import type { Feature } from 'geojson';
import { planRegions, readRegions } from '../../server/import/regions.ts';
import type { Source } from '../../server/import/source.ts';

const AREA = {
  type: 'Polygon' as const,
  coordinates: [
    [
      [106, -7],
      [107, -7],
      [107, -6],
      [106, -7],
    ],
  ],
};

interface Case {
  title: string;
  /** Properties of the rows, in the columns that such files have. */
  rows: readonly Feature['properties'][];
  regions: readonly string[];
}

/** Columns as the publishers have them, with made-up rows. */
const CASES: readonly Case[] = [
  {
    title: 'Natural Earth, states and provinces',
    rows: [
      {
        ...{
          featurecla: 'Admin-1 states provinces',
          adm1_code: 'IDN-1136',
          iso_3166_2: 'ID-JB',
          adm0_a3: 'IDN',
        },
        ...{ name: 'Jawa Barat', name_en: 'West Java', type_en: 'Province' },
      },
      { adm1_code: 'IDN-1137', iso_3166_2: 'ID-JB', adm0_a3: 'IDN', name: 'Banten' },
    ],
    regions: ['IDN-1136 Jawa Barat < IDN', 'IDN-1137 Banten < IDN'],
  },
  {
    title: 'Natural Earth, countries',
    rows: [{ featurecla: 'Admin-0 country', ADM0_A3: 'IDN', ISO_A2: 'ID', NAME: 'Indonesia', POP_EST: 1 }],
    regions: ['IDN Indonesia < '],
  },
  {
    title: 'geoBoundaries',
    rows: [
      {
        ...{ shapeName: 'Aceh Barat Daya', shapeISO: '', shapeID: '22746128B1', shapeGroup: 'IDN' },
        shapeType: 'ADM2',
      },
    ],
    regions: ['22746128B1 Aceh Barat Daya < '],
  },
  {
    title: 'HDX COD, level 2',
    rows: [
      {
        ...{ ADM2_EN: 'Aceh Barat', ADM2_PCODE: 'ID1107', ADM1_EN: 'Aceh', ADM1_PCODE: 'ID11' },
        ...{ ADM0_EN: 'Indonesia', ADM0_PCODE: 'ID', date: '2019-12-20', validOn: '2020-04-01' },
      },
    ],
    regions: ['ID1107 Aceh Barat < ID11'],
  },
  {
    title: 'HDX COD, level 1',
    rows: [
      { adm1_name: 'Aceh', adm1_name1: null, adm1_pcode: 'ID11', adm0_name: 'Indonesia', adm0_pcode: 'ID' },
    ],
    regions: ['ID11 Aceh < ID'],
  },
  {
    title: 'BPS',
    rows: [
      { OBJECTID: 1, PROVNO: '32', KABKOTNO: '01', PROVINSI: 'JAWA BARAT', KABKOT: 'BOGOR', ID2013: '3201' },
      {
        OBJECTID: 2,
        PROVNO: '33',
        KABKOTNO: '01',
        PROVINSI: 'JAWA TENGAH',
        KABKOT: 'CILACAP',
        ID2013: '3301',
      },
    ],
    regions: ['3201 BOGOR < 32', '3301 CILACAP < 33'],
  },
  {
    title: 'BPS',
    rows: [{ idkab: '3201', nmkab: 'BOGOR', idprov: '32', nmprov: 'JAWA BARAT', kdprov: '32', kdkab: '01' }],
    regions: ['3201 BOGOR < 32'],
  },
  {
    title: 'BPS',
    rows: [
      {
        ...{
          kdprov: '32',
          nmprov: 'JAWA BARAT',
          kdkab: '01',
          nmkab: 'BOGOR',
          kdkec: '010',
          nmkec: 'NANGGUNG',
        },
        sumber: 'x',
      },
    ],
    regions: ['3201010 NANGGUNG < 3201'],
  },
  {
    title: 'GADM, level 2',
    rows: [
      {
        ...{ GID_2: 'IDN.1.2_1', GID_1: 'IDN.1_1', NAME_1: 'Aceh', NAME_2: 'AcehBaratDaya', CC_2: '1112' },
        ENGTYPE_2: 'Regency',
      },
      {
        GID_2: 'IDN.33.9_1',
        GID_1: 'IDN.33_1',
        NAME_1: 'SumateraUtara',
        NAME_2: 'DanauToba',
        ENGTYPE_2: 'Waterbody',
      },
    ],
    regions: ['IDN.1.2_1 Aceh Barat Daya < IDN.1_1'],
  },
];

const sourceOf = (rows: Case['rows']): Source => ({
  format: 'GeoJSON',
  crs: undefined,
  features: async function* () {
    for (const [i, properties] of rows.entries())
      yield { at: `feature ${i + 1}`, properties: properties ?? {}, geometry: AREA };
  },
});

describe('layouts of boundaries', () => {
  for (const [i, { title, rows, regions }] of CASES.entries())
    it(`knows ${title} (${i + 1}): codes, names and what lies above, without a word`, async () => {
      const source = sourceOf(rows);
      const plan = await planRegions(source, {});
      assert.equal(plan.layout?.title, title);
      const read: string[] = [];
      for await (const { code, name, parent } of readRegions(source, plan, (g) => g, { leftOut: [] }))
        read.push(`${code} ${name} < ${parent ?? ''}`);
      assert.deepEqual(read, regions);
    });

  it('asks for columns where it knows no layout, and takes those named above a layout', async () => {
    await assert.rejects(planRegions(sourceOf([{ a: 1, b: 2 }]), {}), /name the columns .* there are a, b/);
    const source = sourceOf([{ shapeName: 'X', shapeID: 'long', kode: '11' }]);
    assert.deepEqual((await planRegions(source, { code: 'KODE' })).code, ['kode']);
  });
});
