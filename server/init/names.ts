import { idOf, isRate } from '../propose/public.ts';

/** What names of columns say, in English and Indonesian. Names decide only where the data leaves it open. */

const words = (name: string): string[] =>
  name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

const has = (name: string, known: ReadonlySet<string>): boolean =>
  words(name).some((word) => known.has(word) || known.has(word.replace(/\d+$/, '')));

const CODE = new Set(
  'code kode kd geoid fips iso adm bps nuts lau gss ons pcode id gid key no nomor'.split(' '),
);
const SURROGATE = new Set('id gid fid ogc_fid objectid oid pk uid uuid index no nomor row'.split(' '));
const NAME = new Set('name nama nm title label nom nombre'.split(' '));
/** Besides those that `isRate` knows. */
const SCORE = new Set('skor score rank ranking peringkat prop proportion income'.split(' '));
const PLACE = new Set(
  'lat latitude lon lng longitude lintang bujur x y aland awater area luas shape perimeter srid'.split(' '),
);
const PEOPLE = new Set(
  'pop population penduduk households household keluarga kk residents people'.split(' '),
);
const TOTAL = new Set('n total jumlah count all'.split(' '));
const TIME = new Set('year tahun thn yr periode period month bulan quarter date tanggal'.split(' '));

export const isCodeName = (name: string): boolean => has(name, CODE);
/** Numbers that the database counted up say nothing outside of it. */
export const isSurrogateName = (name: string): boolean => SURROGATE.has(name.toLowerCase());
/** The more it is the name of a thing, the higher. */
export function nameScore(name: string): number {
  const [first, ...rest] = words(name);
  if (first === undefined || !has(name, NAME)) return 0;
  return NAME.has(first) && rest.length === 0 ? 3 : NAME.has(first.replace(/\d+$/, '')) ? 2 : 1;
}
/** Figures that do not add up: shares, means, scores. */
export const isRateName = (name: string): boolean => isRate(name) || has(name, SCORE);
export const isPlaceName = (name: string): boolean => has(name, PLACE);
/** What others may be divided by. */
export const isWholeName = (name: string): boolean =>
  has(name, PEOPLE) || TOTAL.has(words(name)[0] ?? '') || TOTAL.has(words(name).at(-1) ?? '');
export const isTimeName = (name: string): boolean => has(name, TIME);
/** Whether two columns are called alike: `kode_kabupaten` and `kabupaten`. */
export const isAkin = (a: string, b: string): boolean =>
  words(a).some((word) => word.length > 2 && words(b).includes(word));
/** A row for all kinds together, beside those for each. */
export const isTotalValue = (value: string): boolean =>
  /^(total|all|semua|jumlah|sum|both( sexes)?|overall|keseluruhan)$/i.test(value.trim());

/** Names that are not taken yet: the second `sales` is `sales-2`. */
export function distinctIds(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const plain = idOf(name);
    let id = plain;
    for (let n = 2; taken.has(id.toLowerCase()); n++) id = `${plain.slice(0, 60)}-${n}`;
    taken.add(id.toLowerCase());
    return id;
  };
}
