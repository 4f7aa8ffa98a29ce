import assert from 'node:assert/strict';
import { mentions, parseNumber } from '../../../server/ask/check/numbers.ts';
import { Support, unborne } from '../../../server/ask/check/support.ts';
import type { Language } from '../../../server/ask/policy/schema.ts';

const values = (text: string, language: Language = 'id'): number[] =>
  mentions(text, language).map(({ value, range }) => range?.[0] ?? value);

describe('numbers of a text', () => {
  const written: [text: string, language: Language, value: number][] = [
    ['1.234', 'id', 1234],
    ['1.234', 'en', 1.234],
    ['1,234', 'id', 1.234],
    ['1,234', 'en', 1234],
    ['1.234.567', 'en', 1234567],
    ['1,234,567', 'id', 1234567],
    ['1.234,5', 'id', 1234.5],
    ['1.234,5', 'en', 1234.5],
    ['1,234.5', 'id', 1234.5],
    ['12.5', 'id', 12.5],
    ['12,5', 'en', 12.5],
    ['0.123', 'id', 0.123],
    ['1945', 'id', 1945],
    ['12 345', 'id', 12345],
    ["12'345", 'en', 12345],
  ];
  for (const [text, language, value] of written)
    it(`reads ${text} in ${language} as ${value}`, () =>
      assert.equal(parseNumber(text, language).value, value));

  const spelled: [text: string, ...values: number[]][] = [
    ['tiga ratus dua puluh satu santri', 321],
    ['dua puluh ribu lima ratus', 20500],
    ['seratus dua belas', 112],
    ['seribu sembilan ratus empat puluh lima', 1945],
    ['dua juta tiga ratus ribu', 2_300_000],
    ['sebelas', 11],
    ['dua belas', 12],
    ['dua koma lima persen', 2.5],
    ['one hundred and twenty-three', 123],
    ['two thousand five hundred', 2500],
    ['three million', 3_000_000],
    ['nineteen forty five', 19, 45],
    ['twelve point five percent', 12.5],
    ['1,2 juta orang', 1_200_000],
    ['25 ribu', 25_000],
    ['12k', 12_000],
    ['separuh dari mereka', 0.5],
    ['dua pertiga', 2 / 3],
    ['three quarters', 0.75],
    ['ribuan santri', 1000],
    ['twice as many', 2],
    ['٤٥ santri', 45],
    ['１２３', 123],
    ['abad XIX', 19],
    ['5–10 persen', 5, 10],
    ['antara 5 dan 10', 5, 10],
    ['satu dua tiga', 1, 2, 3],
    ['pesantren di kota', ...[]],
    ['MI dan MTs di DI Yogyakarta', ...[]],
    ['seorang santri', ...[]],
  ];
  for (const [text, ...expected] of spelled)
    it(`finds ${expected.length === 0 ? 'none' : expected.join(', ')} in “${text}”`, () => {
      assert.deepEqual(
        values(
          text,
          /^[a-z]+ (hundred|thousand|million|forty|point|quarters|as)/.test(text) ? 'en' : 'id',
        ).map((v) => Number(v.toFixed(6))),
        expected.map((v) => Number(v.toFixed(6))),
      );
    });
});

describe('numbers that are borne out', () => {
  const support = new Support();
  support.addQuestion('Bandingkan 2 provinsi pada tahun 2024');
  support.addResult({
    metric: { id: 'total_santri', label: 'Santri' },
    rows: [
      { code: 'ID-JI', name: 'Jawa Timur', value: 1437, rank: 1, place: 1 },
      { code: 'ID-JT', name: 'Jawa Tengah', value: 711, rank: 2, place: 2 },
      { code: 'ID-BA', name: 'Bali', value: 52, rank: 30, place: 3 },
    ],
    differences: [
      { higher: 'Jawa Timur', lower: 'Jawa Tengah', difference: 726, times: 2.02, morePercent: 102.11 },
    ],
    regionsWithValue: 33,
  });
  support.addResult({ metric: { id: 'pct_miskin', unit: '%' }, value: 12.37, rank: 4, unit: '%' });
  support.addResult({ metric: { id: 'n' }, value: 1_234_567 });

  const borne: [string, Language?][] = [
    ['Jawa Timur memiliki 1.437 santri.'],
    ['East Java has 1,437 santri.', 'en'],
    ['Jumlahnya seribu empat ratus tiga puluh tujuh.'],
    ['one thousand four hundred and thirty-seven santri', 'en'],
    ['Sekitar 1.400 santri tinggal di sana.'],
    ['Lebih dari 1.400 santri.'],
    ['Tingkatnya 12,37 persen.'],
    ['Tingkatnya 12,4%.'],
    ['Sekitar 12 persen miskin.'],
    ['about twelve percent', 'en'],
    ['Jawa Timur dua kali lipat Jawa Tengah.'],
    ['Selisihnya 726 santri.'],
    ['102 percent more', 'en'],
    ['Di antara 33 provinsi, ia peringkat pertama.'],
    ['ranked 2nd', 'en'],
    ['Tiga provinsi teratas adalah sebagai berikut.'],
    ['Pada 2024 ada ribuan santri.'],
    ['1,2 juta orang'],
    ['1.23 million people', 'en'],
    ['Salah satu provinsi itu adalah Bali.'],
    ['Pertama, santri belajar mengaji.'],
    ['Hormatilah kedua orang tua.'],
    ['one of the provinces', 'en'],
    ['Bali memiliki 52.'],
  ];
  for (const [text, language = 'id'] of borne)
    it(`lets “${text}” pass`, () => assert.deepEqual(unborne(text, support, language), []));

  const made: [string, Language?][] = [
    ['Jawa Timur memiliki 1.438 santri.'],
    ['Jawa Timur memiliki 14.370 santri.'],
    ['Jumlahnya seribu empat ratus tiga puluh delapan.'],
    ['one thousand four hundred and thirty-eight', 'en'],
    ['Ada 1.400 santri.'],
    ['Sekitar 1.000 santri.'],
    ['about 1 thousand santri', 'en'],
    ['12,9%'],
    ['Tingkatnya 52 persen.'],
    ['tiga kali lipat'],
    ['Separuh santri miskin.'],
    ['two thirds of them', 'en'],
    ['miliaran rupiah'],
    ['peringkat ketujuh'],
    ['ranked 7th', 'en'],
    ['Lima provinsi teratas'],
    ['antara 12,37 dan 15 persen'],
    ['10–15'],
    ['1,5 juta'],
    ['Pada 1998 didirikan.'],
    ['abad XVIII'],
    ['٤٥ santri'],
    ['dua puluh satu'],
    ['satu santri'],
    ['1.437,5 santri'],
    ['belasan pesantren'],
    ['三 santri'],
  ];
  for (const [text, language = 'id'] of made)
    it(`finds what is made up in “${text}”`, () => assert.notDeepEqual(unborne(text, support, language), []));
});
