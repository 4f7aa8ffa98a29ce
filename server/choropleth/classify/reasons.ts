import type { Locale } from '../labels/index.ts';

/** Why a method is proposed: one sentence, in every language of the legends. */
export const REASONS = {
  ranks: {
    en: 'As many regions in each class: good for ranks, though near values may be parted.',
    id: 'Tiap kelas memuat wilayah yang sama banyak: baik untuk peringkat, meski nilai yang berdekatan bisa terpisah.',
  },
  groups: {
    en: 'Breaks where values part by themselves: good to see groups, hard to compare between maps.',
    id: 'Batas kelas mengikuti celah alami antarnilai: baik untuk melihat kelompok, sulit dibandingkan antarpeta.',
  },
  fewValues: {
    en: 'Few distinct values, so each can be a class.',
    id: 'Nilai yang berbeda hanya sedikit, sehingga masing-masing bisa menjadi satu kelas.',
  },
  fewSteps: {
    en: 'Steps of equal width keep the distances between the few values visible.',
    id: 'Kelas yang sama lebar mempertahankan jarak antara nilai-nilai yang sedikit itu.',
  },
  tail: {
    en: 'Very many small values and few large ones: each class splits off the head above its mean.',
    id: 'Sangat banyak nilai kecil dan sedikit nilai besar: tiap kelas memisahkan bagian di atas rata-ratanya.',
  },
  roundSkewed: {
    en: 'Round numbers: easy to read, but the skewed data crowd into some classes.',
    id: 'Angka bulat: mudah dibaca, tetapi data yang menceng menumpuk di beberapa kelas.',
  },
  roundEven: {
    en: 'Nearly symmetric data and round numbers: easy to read and to compare.',
    id: 'Data hampir simetris dan angka bulat: mudah dibaca dan dibandingkan.',
  },
} as const satisfies Record<string, Record<Locale, string>>;
