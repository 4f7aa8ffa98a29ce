import { LANGUAGE, type Language } from '../language.ts';

const EN = {
  title: 'Compare two maps',
  open: 'Compare',
  sides: { left: 'Left', right: 'Right' },
  mapOf: { left: 'Left map', right: 'Right map' },
  legendOf: { left: 'Legend of the left map', right: 'Legend of the right map' },
  settingsOf: { left: 'Settings of the left map', right: 'Settings of the right map' },
  mapLabel: {
    left: 'Left map. Arrow keys move both maps, plus and minus zoom. The list below has the same values.',
    right: 'Right map. Arrow keys move both maps, plus and minus zoom. The list below has the same values.',
  },
  modes: { title: 'How the maps lie', side: 'Side by side', swipe: 'Swipe' },
  same: 'Same classes on both',
  sameNote: 'The classes and colours of the left map hold for both, so a colour means the same.',
  notSameKind: 'The two maps show figures of different kinds, so each has classes of its own.',
  swap: 'Swap',
  swapNote: 'Swap left and right',
  explore: 'Open this map alone',
  divider: 'Divider between the maps: left and right arrow keys move it',
  share: (at: number): string => `${at}% of the width shows the left map`,
  absent: 'Not on this map',
  difference: 'Difference, left − right',
  points: 'points',
  noneCommon: 'The maps have no region in common, so there are no two values to compare.',
  apart: 'They lie in different places, so each moves by itself.',
  onlyLeft: (count: string): string => `Regions on the left map alone: ${count}.`,
  onlyRight: (count: string): string => `Regions on the right map alone: ${count}.`,
  otherNames: (count: string, example: string): string =>
    `Regions with another name on the right: ${count}, such as ${example}.`,
};

const ID: typeof EN = {
  title: 'Bandingkan dua peta',
  open: 'Bandingkan',
  sides: { left: 'Kiri', right: 'Kanan' },
  mapOf: { left: 'Peta kiri', right: 'Peta kanan' },
  legendOf: { left: 'Legenda peta kiri', right: 'Legenda peta kanan' },
  settingsOf: { left: 'Pengaturan peta kiri', right: 'Pengaturan peta kanan' },
  mapLabel: {
    left: 'Peta kiri. Tombol panah menggeser kedua peta, plus dan minus memperbesar dan memperkecil. Daftar di bawah memuat nilai yang sama.',
    right:
      'Peta kanan. Tombol panah menggeser kedua peta, plus dan minus memperbesar dan memperkecil. Daftar di bawah memuat nilai yang sama.',
  },
  modes: { title: 'Letak kedua peta', side: 'Berdampingan', swipe: 'Geser' },
  same: 'Kelas yang sama',
  sameNote: 'Kelas dan warna peta kiri berlaku untuk keduanya, sehingga satu warna berarti sama.',
  notSameKind: 'Kedua peta memuat angka yang berbeda jenisnya, sehingga kelasnya masing-masing.',
  swap: 'Tukar',
  swapNote: 'Tukar kiri dan kanan',
  explore: 'Buka peta ini saja',
  divider: 'Pembatas antara kedua peta: tombol panah kiri dan kanan menggesernya',
  share: (at) => `${at}% lebar memperlihatkan peta kiri`,
  absent: 'Tidak ada di peta ini',
  difference: 'Selisih, kiri − kanan',
  points: 'poin',
  noneCommon: 'Kedua peta tidak punya wilayah yang sama, sehingga tidak ada dua nilai untuk dibandingkan.',
  apart: 'Letaknya berjauhan, sehingga masing-masing bergerak sendiri.',
  onlyLeft: (count) => `Wilayah yang hanya ada di peta kiri: ${count}.`,
  onlyRight: (count) => `Wilayah yang hanya ada di peta kanan: ${count}.`,
  otherNames: (count, example) => `Wilayah yang bernama lain di peta kanan: ${count}, misalnya ${example}.`,
};

export const COMPARE_TEXTS_OF: Readonly<Record<Language, typeof EN>> = { en: EN, id: ID };

/** What the page for comparing says besides what the explorer does. */
export const COMPARE_TEXTS = COMPARE_TEXTS_OF[LANGUAGE];
