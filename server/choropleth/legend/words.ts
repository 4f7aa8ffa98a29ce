import type { Locale } from '../labels/index.ts';
import type { ValueStatus } from '../figures/values.ts';

interface Words {
  readonly status: Readonly<Record<ValueStatus, string>>;
  readonly regions: string;
  readonly code: string;
  readonly name: string;
  readonly parent: string;
  readonly class: string;
  readonly rank: string;
  readonly statusHeading: string;
  readonly low: string;
  readonly high: string;
}

/** The words that pictures and tables add to the titles and labels of `maps.yaml`. */
export const WORDS: Readonly<Record<Locale, Words>> = {
  en: {
    status: { ok: 'OK', no_data: 'No data', suppressed: 'Suppressed', unreliable: 'Unreliable' },
    regions: 'Regions',
    code: 'Code',
    name: 'Name',
    parent: 'Part of',
    class: 'Class',
    rank: 'Rank',
    statusHeading: 'Status',
    low: 'low',
    high: 'high',
  },
  id: {
    status: {
      ok: 'OK',
      no_data: 'Tidak ada data',
      suppressed: 'Disembunyikan',
      unreliable: 'Kurang andal',
    },
    regions: 'Wilayah',
    code: 'Kode',
    name: 'Nama',
    parent: 'Bagian dari',
    class: 'Kelas',
    rank: 'Peringkat',
    statusHeading: 'Status',
    low: 'rendah',
    high: 'tinggi',
  },
};
