import { LANGUAGE, type Language } from '../language.ts';

const EN = {
  title: 'Layers',
  mapLabel:
    'Map of the layer. Arrow keys move it, plus and minus zoom, Enter tells what is in the middle. The table of examples has rows in words.',
  skip: 'Skip to the layers',
  layers: 'Layers',
  search: 'Search layers',
  count: (shown: number, all: number): string =>
    shown === all ? `${all} layers` : `${shown} of ${all} layers`,
  more: (count: number): string => `and ${count} more: search for them`,
  none: 'There is no layer in this database yet.',
  noneDetail: 'A table, view or materialized view with a geometry column appears here by itself.',
  unknown: (id: string): string => `There is no layer ${id}; another one is shown`,
  unservable: (count: number): string => `Not served (${count})`,
  noChoropleth: 'There is no choropleth yet; these are the layers of the database.',
  kinds: { area: 'areas', line: 'lines', point: 'points', mixed: 'mixed geometries', function: 'function' },
  reasons: {
    no_select_privilege: 'The server may not read it.',
    unknown_srid: 'Its coordinate system is not known.',
    mixed_srids: 'It mixes coordinate systems.',
    unsupported_geometry: 'It has geometries that tiles cannot hold.',
    never_populated: 'It has never been refreshed.',
    being_examined: 'It is still being looked at.',
    name_not_addressable: 'Its name cannot stand in an address.',
    unsupported_argument: 'The function takes arguments that a request cannot give.',
    unsupported_result: 'The function gives no tiles.',
    volatile_function: 'The function may change data.',
    not_in_database: 'It is not in the database.',
    no_vector_tiles: 'This database cannot make tiles of it.',
  } as Readonly<Record<string, string>>,
  leftOut: (count: number): string => (count === 1 ? '1 row is left out' : `${count} rows are left out`),

  fields: 'Fields',
  colourBy: 'Colour by',
  oneColour: 'One colour',
  colourByField: (name: string): string => `Colour the map by ${name}`,
  method: 'Classes by',
  methods: {
    quantile: 'Quantiles',
    equal: 'Equal intervals',
    jenks: 'Natural breaks',
    pretty: 'Round numbers',
  },
  classes: 'Classes',
  scheme: 'Colours',
  reverse: 'Reverse',
  range: (from: string, to: string): string => `${from} – ${to}`,
  distinct: (count: string): string => (count === '1' ? '1 value' : `${count} values`),
  missing: (share: string): string => `${share} missing`,
  allMissing: 'no values',
  sampled: (rows: string): string => `Looked at ${rows} rows`,
  all: (rows: string): string => (rows === '1' ? '1 row' : `${rows} rows`),
  notInTiles: 'not in tiles',
  noFields: 'This layer has no fields.',
  other: 'Other',
  noValue: 'No value',
  noColours: (name: string): string => `${name} has no values to tell apart`,

  cells: (zoom: number): string =>
    `Below zoom ${zoom} points are gathered in cells; colours are of what the map opened with.`,

  examples: 'Example rows',
  noExamples: 'No rows to show.',
  showRow: (name: string): string => `Show ${name} on the map`,
  row: 'Row',
  here: 'Here',
  nothingHere: 'Nothing lies in the middle of the map',
  andMore: (count: number): string => `and ${count} more`,

  tiles: 'Tile grid',
  tile: (name: string): string => `Tile ${name}`,
  features: (count: number, text: string): string => (count === 1 ? '1 feature' : `${text} features`),
  noTiles: (zoom: number): string => `Tiles begin at zoom ${zoom}`,
  empty: 'empty',
  failed: 'not available',
  bytes: 'Size',
  raw: 'as it is',
  compressed: (gzip: string, br: string): string => `${gzip} with gzip, ${br} with brotli`,
  truncated: 'The tile is full: its smallest features are left out.',
  nothingInTile: 'Nothing lies in this tile.',
  picture: (type: string): string => `A picture (${type})`,
  layer: (name: string): string => `Layer ${name}`,
  about: (version: number, extent: number): string => `version ${version}, extent ${extent}`,
  geometries: { Point: 'points', LineString: 'lines', Polygon: 'areas', Unknown: 'unknown' } as Readonly<
    Record<string, string>
  >,
  attributes: 'Attributes',
  attribute: 'Attribute',
  type: 'Type',
  having: 'Features',
  firstFeatures: (count: number, all: number): string =>
    count === all ? 'All features' : `The first ${count} features`,
  asJson: 'All of it as JSON',
  asFile: 'The tile itself',
  copyLink: 'TileJSON',
  geojson: 'GeoJSON',
};

const ID: typeof EN = {
  title: 'Lapisan',
  mapLabel:
    'Peta lapisan. Tombol panah menggeser, plus dan minus memperbesar, Enter memberi tahu apa yang di tengah. Tabel contoh memuat barisnya dalam kata.',
  skip: 'Langsung ke lapisan',
  layers: 'Lapisan',
  search: 'Cari lapisan',
  count: (shown, all) => (shown === all ? `${all} lapisan` : `${shown} dari ${all} lapisan`),
  more: (count) => `dan ${count} lagi: carilah`,
  none: 'Belum ada lapisan di basis data ini.',
  noneDetail: 'Tabel, view atau materialized view dengan kolom geometri muncul di sini dengan sendirinya.',
  unknown: (id) => `Tidak ada lapisan ${id}; yang lain ditampilkan`,
  unservable: (count) => `Tidak disajikan (${count})`,
  noChoropleth: 'Belum ada peta koroplet; inilah lapisan basis data ini.',
  kinds: { area: 'area', line: 'garis', point: 'titik', mixed: 'geometri campuran', function: 'fungsi' },
  reasons: {
    no_select_privilege: 'Server tidak boleh membacanya.',
    unknown_srid: 'Sistem koordinatnya tidak diketahui.',
    mixed_srids: 'Sistem koordinatnya bercampur.',
    unsupported_geometry: 'Geometrinya tidak dapat dimuat dalam ubin.',
    never_populated: 'Belum pernah disegarkan.',
    being_examined: 'Masih diperiksa.',
    name_not_addressable: 'Namanya tidak dapat ditulis dalam alamat.',
    unsupported_argument: 'Fungsinya meminta argumen yang tidak dapat diberikan.',
    unsupported_result: 'Fungsinya tidak menghasilkan ubin.',
    volatile_function: 'Fungsinya dapat mengubah data.',
    not_in_database: 'Tidak ada di basis data.',
    no_vector_tiles: 'Basis data ini tidak dapat membuat ubinnya.',
  },
  leftOut: (count) => `${count} baris tidak ditampilkan`,

  fields: 'Kolom',
  colourBy: 'Warnai menurut',
  oneColour: 'Satu warna',
  colourByField: (name) => `Warnai peta menurut ${name}`,
  method: 'Kelas menurut',
  methods: { quantile: 'Kuantil', equal: 'Interval sama', jenks: 'Batas alami', pretty: 'Angka bulat' },
  classes: 'Kelas',
  scheme: 'Warna',
  reverse: 'Balik',
  range: (from, to) => `${from} – ${to}`,
  distinct: (count) => `${count} nilai`,
  missing: (share) => `${share} kosong`,
  allMissing: 'tanpa nilai',
  sampled: (rows) => `${rows} baris diperiksa`,
  all: (rows) => `${rows} baris`,
  notInTiles: 'tidak ada di ubin',
  noFields: 'Lapisan ini tidak memiliki kolom.',
  other: 'Lainnya',
  noValue: 'Tanpa nilai',
  noColours: (name) => `${name} tidak memiliki nilai untuk dibedakan`,

  cells: (zoom) =>
    `Di bawah zoom ${zoom} titik dikumpulkan dalam sel; warnanya menurut isi peta saat dibuka.`,

  examples: 'Contoh baris',
  noExamples: 'Tidak ada baris.',
  showRow: (name) => `Tampilkan ${name} di peta`,
  row: 'Baris',
  here: 'Di sini',
  nothingHere: 'Tidak ada apa pun di tengah peta',
  andMore: (count) => `dan ${count} lagi`,

  tiles: 'Kisi ubin',
  tile: (name) => `Ubin ${name}`,
  features: (_, text) => `${text} fitur`,
  noTiles: (zoom) => `Ubin mulai pada zoom ${zoom}`,
  empty: 'kosong',
  failed: 'tidak tersedia',
  bytes: 'Ukuran',
  raw: 'apa adanya',
  compressed: (gzip, br) => `${gzip} dengan gzip, ${br} dengan brotli`,
  truncated: 'Ubin ini penuh: fitur terkecilnya ditinggalkan.',
  nothingInTile: 'Tidak ada apa pun di ubin ini.',
  picture: (type) => `Gambar (${type})`,
  layer: (name) => `Lapisan ${name}`,
  about: (version, extent) => `versi ${version}, luas ${extent}`,
  geometries: { Point: 'titik', LineString: 'garis', Polygon: 'area', Unknown: 'tidak dikenal' },
  attributes: 'Atribut',
  attribute: 'Atribut',
  type: 'Jenis',
  having: 'Fitur',
  firstFeatures: (count, all) => (count === all ? 'Semua fitur' : `${count} fitur pertama`),
  asJson: 'Semuanya sebagai JSON',
  asFile: 'Ubin itu sendiri',
  copyLink: 'TileJSON',
  geojson: 'GeoJSON',
};

export const LAYER_TEXTS: Readonly<Record<Language, typeof EN>> = { en: EN, id: ID };

/** What the page of layers says besides what all pages say. */
export const SAID = LAYER_TEXTS[LANGUAGE];

const numbers = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 2 });
const shares = new Intl.NumberFormat(LANGUAGE, { style: 'percent', maximumFractionDigits: 0 });

export const numberText = (value: number): string => numbers.format(value);
/** `< 1 %` rather than none at all. */
export const shareText = (share: number): string =>
  share > 0 && share < 0.005 ? `< ${shares.format(0.01)}` : shares.format(share);
export const bytesText = (bytes: number): string =>
  bytes < 1000 ? `${bytes} B` : `${numbers.format(Math.round(bytes / 100) / 10)} kB`;
export const featuresText = (count: number): string => SAID.features(count, numbers.format(count));

/** A value of an attribute as a reader sees it. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
