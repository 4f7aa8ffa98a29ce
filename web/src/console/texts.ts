import { LANGUAGE, type Language } from '../language.ts';

const number = (value: number, digits = 0): string =>
  value.toLocaleString(LANGUAGE, { maximumFractionDigits: digits });
const bytes = (value: number): string =>
  value < 1000
    ? `${value} B`
    : value < 1e6
      ? `${number(value / 1000, 1)} kB`
      : `${number(value / 1e6, 1)} MB`;
const ms = (value: number): string => `${number(value, value < 10 ? 1 : 0)} ms`;

const EN = {
  title: 'API',
  skip: 'Skip to the request',
  filter: 'Find a route',
  routes: 'Routes',
  noRoute: 'No route has these words.',
  choose: 'Choose a route. Requests go to this server.',
  base: 'Address of this server',
  beginWith: 'To begin with',
  begin: {
    values: 'Values of a map, region by region',
    picture: 'The map as a picture',
    features: 'Features of a layer, with geometry',
  },
  docs: 'Documentation',
  unreachable: 'The server does not answer.',
  key: 'API key',
  keyHint: 'For routes that need one. It stays in this page and is stored nowhere.',
  needsKey: 'needs a key',
  parameters: 'Parameters',
  noParameters: 'It takes no parameters.',
  required: 'required',
  anyColumn: 'any column',
  columnsForm: 'name=value&name=value',
  any: 'any',
  body: 'Body',
  send: 'Send',
  stop: 'Stop',
  examples: 'Fill in the examples',
  curl: 'For a terminal',
  answer: 'Answer',
  answers: 'Possible answers',
  status: (code: number): string => `Answered with ${code}`,
  sureTitle: 'This may change something',
  sure: (what: string): string => `${what} will be sent to this server as it is filled in.`,
  cancel: 'Cancel',
  time: 'Time',
  firstByte: 'First byte',
  size: 'Size',
  sent: 'Sent as',
  ms,
  bytes,
  cut: 'It was not read to its end.',
  empty: 'It has no body.',
  picture: 'The picture that was answered',
  binary: (type: string, length: number): string => `${type || 'Binary'}: ${bytes(length)}`,
  shortened: 'Only the beginning is shown; Copy takes all of it.',
  whatItMeans: 'What this error means',
};
export type ConsoleTexts = typeof EN;

const ID: ConsoleTexts = {
  title: 'API',
  skip: 'Langsung ke permintaan',
  filter: 'Cari rute',
  routes: 'Rute',
  noRoute: 'Tidak ada rute dengan kata ini.',
  choose: 'Pilih rute. Permintaan dikirim ke server ini.',
  base: 'Alamat server ini',
  beginWith: 'Untuk memulai',
  begin: {
    values: 'Nilai peta, wilayah demi wilayah',
    picture: 'Peta sebagai gambar',
    features: 'Fitur lapisan, dengan geometri',
  },
  docs: 'Dokumentasi',
  unreachable: 'Server tidak menjawab.',
  key: 'Kunci API',
  keyHint: 'Untuk rute yang memerlukannya. Kunci tetap di halaman ini dan tidak disimpan.',
  needsKey: 'perlu kunci',
  parameters: 'Parameter',
  noParameters: 'Tidak ada parameter.',
  required: 'wajib',
  anyColumn: 'kolom apa pun',
  columnsForm: 'nama=nilai&nama=nilai',
  any: 'apa saja',
  body: 'Isi',
  send: 'Kirim',
  stop: 'Hentikan',
  examples: 'Isi dengan contoh',
  curl: 'Untuk terminal',
  answer: 'Jawaban',
  answers: 'Jawaban yang mungkin',
  status: (code) => `Dijawab dengan ${code}`,
  sureTitle: 'Ini dapat mengubah sesuatu',
  sure: (what) => `${what} akan dikirim ke server ini seperti yang diisi.`,
  cancel: 'Batal',
  time: 'Waktu',
  firstByte: 'Bita pertama',
  size: 'Ukuran',
  sent: 'Dikirim sebagai',
  ms,
  bytes,
  cut: 'Tidak dibaca sampai selesai.',
  empty: 'Tidak ada isi.',
  picture: 'Gambar jawaban',
  binary: (type, length) => `${type || 'Biner'}: ${bytes(length)}`,
  shortened: 'Hanya bagian awal yang ditampilkan; Salin mengambil semuanya.',
  whatItMeans: 'Arti kesalahan ini',
};

const BY_LANGUAGE: Readonly<Record<Language, ConsoleTexts>> = { en: EN, id: ID };

/** Everything that the page of the API says. */
export const CONSOLE_TEXTS: ConsoleTexts = BY_LANGUAGE[LANGUAGE];
