import { readFileSync, writeFileSync } from 'node:fs';
import { projectPath } from '../../server/tools/paths.ts';

/**
 * `npx tsx test/places/make-spellings.ts`: five spellings of each of Indonesia's 514 kabupaten and kota, as tables
 * of schools, offices and boundary files have them. Written to `spellings.csv`, which the tests read.
 */
interface District {
  provinsi: string;
  jenis: string;
  nama: string;
}

const SHORT: Readonly<Record<string, string>> = {
  Barat: 'Brt',
  Timur: 'Tim.',
  Utara: 'Utr',
  Selatan: 'Sel',
  Tengah: 'Teng.',
  Tenggara: 'Tgr.',
  Kepulauan: 'Kep.',
};

/** Names of one word that are often written as two, or the other way round. */
const JOINTS: readonly (readonly [RegExp, string])[] = [
  [/^(Labuhan|Tanjung|Pematang|Padang|Gunung|Lubuk|Lhok|Koto|Banjar|Pangkal|Tulung|Bojo)(?=[a-z]{4})/, '$1 '],
  [/^(Una|Pare|Bau|Toli|Fak|Muko)\1$/i, '$1-$1'],
];

const RULES: readonly ((district: District) => string)[] = [
  ({ jenis, nama }) => `${jenis === 'Kota' ? 'Kota' : 'Kab.'} ${nama}`,
  // As a widely used boundary file has them: run together, with the kind for some cities alone.
  ({ jenis, nama }) => `${jenis === 'Kota' ? 'Kota' : ''}${nama.replace(/[\s-]+/g, '')}`,
  ({ jenis, nama, provinsi }) => `${jenis}${provinsi === 'DKI Jakarta' ? ' Adm.' : ''} ${nama}`.toUpperCase(),
  ({ jenis, nama }) =>
    `${jenis === 'Kota' ? 'Kodya' : 'Kabupaten'} ${nama
      .split(' ')
      .map((word) => SHORT[word] ?? word)
      .join(' ')}`,
  ({ jenis, nama }) => {
    const apart = JOINTS.reduce((name, [pattern, by]) => name.replace(pattern, by), nama);
    return `  ${apart.toLowerCase()} (${jenis === 'Kota' ? 'kota' : 'kab'})`;
  },
];

const lines = readFileSync(projectPath('data', 'id', 'kabupaten-kota.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1);
const rows = lines.flatMap((line) => {
  const [provinsi = '', jenis = '', nama = ''] = line.split(',');
  return RULES.map((rule, i) => [i + 1, rule({ provinsi, jenis, nama }), provinsi, jenis, nama].join(','));
});
writeFileSync(
  projectPath('test', 'places', 'spellings.csv'),
  ['rule,spelling,provinsi,jenis,nama', ...rows, ''].join('\n'),
);
