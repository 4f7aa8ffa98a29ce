import type { Column, TableLayer } from '../catalog/types.ts';

/** What of a layer looks like data about persons, by the names and types of its columns alone: no row is read. */
export interface Finding {
  readonly layer: string;
  readonly relation: string;
  /** `e-mail (contact_email)` */
  readonly signs: readonly string[];
  /** The columns, which could be withheld; empty where it is the points themselves. */
  readonly columns: readonly string[];
}

/** Words of a column's name, in English, Indonesian, German, Spanish, French and Dutch. */
const SIGNS: readonly (readonly [what: string, words: RegExp])[] = [
  ['e-mail', /^(e_?mail|surel|correo)$|(^|_)e_?mail(_|$)/],
  [
    'phone',
    /(^|_)(phone|telephone|telepon|telp|telefon|telefono|mobile|msisdn|hp|handphone|whatsapp|wa)(_|$)/,
  ],
  [
    'national id',
    /(^|_)(nik|no_?ktp|ktp|npwp|no_?kk|ssn|bsn|nisn|passport|paspor|pasaporte|dni|national_?id|tax_?id|iban)(_|$)/,
  ],
  [
    'date of birth',
    /(^|_)(dob|birth_?date|date_of_birth|birthday|tanggal_lahir|tgl_lahir|geburtsdatum)(_|$)/,
  ],
  [
    'name of a person',
    /(^|_)(first_?name|last_?name|full_?name|given_?name|family_?name|surname|nama_lengkap|nama_depan|vorname|nachname|apellido)(_|$)/,
  ],
  ['income', /(^|_)(salary|salaries|wage|income|gaji|penghasilan|gehalt)(_|$)/],
  ['health', /(^|_)(diagnosis|diagnosa|blood_type|golongan_darah|disability|penyakit)(_|$)/],
];
const PERSON =
  /(^|_)(person|people|persons|staff|employee|pegawai|karyawan|patient|pasien|member|anggota|customer|pelanggan|user|student|pupil|siswa|santri|mahasiswa|guru|teacher|resident|warga|penduduk|beneficiar|penerima|household|client|voter|pemilih)(s|es|y|ies)?(_|$)/;
const NAME = /^(name|nama|nom|nombre|naam)$/;

/** Undefined where nothing does. */
export function personalData(layer: TableLayer): Finding | undefined {
  const found = layer.columns.flatMap((column) => signOf(column, isOfPersons(layer)));
  const points = isOfPersons(layer) && /POINT/.test(layer.geometry.type) ? ['where persons are'] : [];
  const signs = [...found.map(({ what, name }) => `${what} (${name})`), ...points];
  if (signs.length === 0) return undefined;
  return { layer: layer.id, relation: quoted(layer), signs, columns: found.map(({ name }) => name) };
}

/** As `maps.yaml` spells it: a part with a dot or a quote in it stands in quotes. */
const quoted = ({ schema, name }: TableLayer): string =>
  [schema, name].map((part) => (/[".]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)).join('.');

const isOfPersons = ({ schema, name }: TableLayer): boolean =>
  PERSON.test(words(name)) || /^(hr|personalia|kepegawaian)$/.test(schema);

function signOf({ name, kind }: Column, isOfPersons: boolean): { what: string; name: string }[] {
  const text = words(name);
  if (kind === 'boolean' || kind === 'json') return []; // `has_email` says nothing of anybody
  const sign = SIGNS.find(([, pattern]) => pattern.test(text));
  if (sign) return [{ what: sign[0], name }];
  return isOfPersons && NAME.test(text) && kind === 'text' ? [{ what: 'name of a person', name }] : [];
}

/** `birthDate` and `Birth-Date` as `birth_date`. */
const words = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .toLowerCase();

/** What would stand in `maps.yaml` for a layer to be hidden; an entry that is there already gets the keys. */
export function linesFor({ layer, relation, columns, signs }: Finding, hasEntry: boolean): string {
  const withhold =
    columns.length > 0
      ? `   # or: withhold: [${columns.join(', ')}], or access: public`
      : '   # or: access: public';
  const table = hasEntry ? '' : `table: ${yaml(relation)}, `;
  return `  ${idOf(layer)}: { ${table}access: key }${withhold}   # ${signs.join(', ')}`;
}

/** Entries have ids of letters, digits, - and _; a layer that the database named stays reachable by that name. */
const idOf = (layer: string): string =>
  layer
    .replace(/[^a-z0-9_-]+/gi, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 64) || 'layer';

const yaml = (text: string): string => (/^[\w.]+$/.test(text) ? text : JSON.stringify(text));
