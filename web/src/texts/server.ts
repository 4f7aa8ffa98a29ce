import { LANGUAGE } from '../language.ts';

type Words = Readonly<Record<string, (numbers: readonly string[]) => string>>;

/** Where the server speaks of its parameters, the page speaks of its controls. */
const ENGLISH: Words = {
  count_not_normalized: () =>
    'A count mostly shows where many people live. By area, as a share or as a ratio, regions of different size compare.',
};

/** What the server says in English, by its code; the numbers are those of its own sentence, in their order. */
const INDONESIAN: Words = {
  no_values: () => 'Tidak ada nilai yang dapat dibagi menjadi kelas.',
  constant: ([value]) => `Semua nilai adalah ${value}, sehingga hanya ada satu kelas.`,
  classes_reduced: ([distinct, aimed, requested]) =>
    `Hanya ada ${distinct} nilai yang berbeda, sehingga dibuat ${aimed} kelas, bukan ${requested}.`,
  breaks_collapsed: ([count = '1']) => `${count} batas mengulang batas lain dan dihilangkan.`,
  breaks_outside_data: ([count = '1']) => `${count} batas berada di luar data dan dihilangkan.`,
  empty_classes: ([count = '1']) => `${count} kelas tidak memuat nilai.`,
  values_above_breaks: ([upper]) =>
    `Ada nilai di atas batas terakhir, sehingga ditambahkan satu kelas sampai ${upper}.`,
  count_not_normalized: () =>
    'Jumlah terutama menunjukkan di mana banyak penduduk: hitung per luas, sebagai bagian dari total, atau sebagai rasio untuk membandingkan wilayah yang berbeda besarnya.',
  share_of_shown: () => 'Bagian dihitung dari total wilayah yang ditampilkan.',
  colors_too_close: () => 'Beberapa kelas sulit dibedakan oleh pembaca buta warna.',
  unmatched_codes: ([rows, of]) =>
    `${rows} dari ${of} baris data tidak ada di peta: tidak ada wilayah dengan kodenya.`,
  unmatched_parents: ([regions]) =>
    `${regions} wilayah berada di wilayah induk yang tidak dikenal, sehingga tidak tampil di peta tingkat itu.`,
  parts_differ: ([regions]) =>
    `Baris-baris dari ${regions} wilayah saling berbeda; yang pertama yang dipakai.`,
};

const NUMBER = /-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?/g;

/** A warning in the language of the page; as the server says it where that is not known. */
export function warningText(
  { code, message }: { code: string; message: string },
  language = LANGUAGE,
): string {
  const said = (language === 'id' ? INDONESIAN : ENGLISH)[code];
  return said?.((message.match(NUMBER) ?? []).map(localNumber)) ?? message;
}

function localNumber(text: string): string {
  const value = Number(text.replaceAll(',', ''));
  return Number.isFinite(value) ? value.toLocaleString('id', { maximumFractionDigits: 10 }) : text;
}

/** Titles of problems that a reader can meet. */
export const PROBLEMS: Readonly<Record<string, string>> = {
  bad_request: 'Permintaan tidak dapat dipahami',
  invalid_parameter: 'Sebuah parameter tidak valid',
  unknown_parameter: 'Sebuah parameter tidak dikenal di sini',
  filter_invalid: 'Filter tidak valid',
  tile_out_of_range: 'Tidak ada petak seperti itu',
  malformed_body: 'Isi permintaan tidak dapat dibaca',
  unauthorized: 'Diperlukan kunci API',
  signature_refused: 'Tanda tangan URL ini tidak valid',
  token_refused: 'Token tidak valid',
  forbidden: 'Kunci API ini tidak diizinkan untuk itu',
  origin_refused: 'Halaman dari asal ini tidak boleh memakainya',
  role_refused: 'Peran token ini tidak diizinkan untuk itu',
  route_not_found: 'Tidak ada apa-apa di alamat ini',
  layer_not_found: 'Tidak ada lapisan seperti itu',
  feature_not_found: 'Tidak ada fitur seperti itu',
  choropleth_not_found: 'Tidak ada peta koroplet seperti itu',
  region_not_found: 'Tidak ada wilayah seperti itu',
  rollup_refused: 'Ukuran ini tidak dapat dijumlahkan ke tingkat di atasnya',
  body_too_large: 'Isi permintaan terlalu besar',
  uri_too_long: 'Alamat permintaan terlalu panjang',
  question_rejected: 'Pertanyaan tidak dapat diterima',
  too_many_requests: 'Terlalu banyak permintaan',
  ask_budget_spent: 'Pertanyaan tidak dijawab lagi hari ini',
  internal: 'Terjadi kesalahan di server',
  level_not_imported: 'Tingkat ini belum diimpor',
  format_unavailable: 'Tidak ada format seperti itu',
  layer_unservable: 'Lapisan ini tidak dapat disajikan',
  choropleth_unavailable: 'Data peta koroplet ini tidak tersedia',
  layer_query_failed: 'Basis data tidak dapat menjawab untuk lapisan ini',
  refresh_failed: 'Penyegaran gagal; data sebelumnya tetap disajikan',
  database_unavailable: 'Basis data tidak tersedia',
  database_busy: 'Basis data terlalu sibuk',
  server_busy: 'Server terlalu sibuk',
  ask_not_configured: 'Pertanyaan tidak dijawab di sini',
  ask_unavailable: 'Model tidak menjawab',
  ask_busy: 'Terlalu banyak pertanyaan yang menunggu',
  starting: 'Server masih dinyalakan',
  shutting_down: 'Server sedang dimatikan',
  query_timeout: 'Basis data terlalu lama menjawab',
};

/** The title of a problem in the language of the page. */
export function problemTitle(code: string, title: string, language = LANGUAGE): string {
  return (language === 'id' ? PROBLEMS[code] : undefined) ?? title;
}
