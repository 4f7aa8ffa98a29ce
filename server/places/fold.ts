import { gluedKind, withoutKind, type PlaceKind } from './kinds.ts';

/** One way to understand a name: the kind that it says, and its letters and digits without anything between. */
export interface Reading {
  readonly kind: PlaceKind | undefined;
  readonly key: string;
}

/** Short forms within names, as tables of offices and schools write them. */
const SHORT: Readonly<Record<string, string>> = {
  kep: 'kepulauan',
  kepl: 'kepulauan',
  brt: 'barat',
  bar: 'barat',
  tmr: 'timur',
  tim: 'timur',
  utr: 'utara',
  slt: 'selatan',
  sel: 'selatan',
  tgh: 'tengah',
  teng: 'tengah',
  tgr: 'tenggara',
  dy: 'daya',
  sum: 'sumatera',
  kal: 'kalimantan',
  sul: 'sulawesi',
  jkt: 'jakarta',
  st: 'saint',
  ste: 'sainte',
  ft: 'fort',
  mt: 'mount',
};

const ROMAN = /^(x{0,3})(ix|iv|v?i{0,3})$/;
const ROMAN_VALUES: Readonly<Record<string, number>> = { i: 1, v: 5, x: 10 };

/**
 * The words of a name without case, accents, punctuation and the joints of run-together words
 * (`AcehBaratDaya`), short forms written out. Roman numerals after another word become digits, so that
 * `Koto II` and `Koto 2` are one, and `Kepulauan V` and `Kepulauan I` are two.
 */
export function foldWords(text: string): string[] {
  const words = PLAIN.test(text) ? plainWords(text) : anyWords(text);
  return words.map((word, i) =>
    i > 0 ? (romanNumber(word) ?? SHORT[word] ?? word) : (first(word, words) ?? word),
  );
}

const PLAIN = /^[A-Za-z0-9 .,()-]*$/;

/** Nearly all names have nothing that needs the tables of Unicode, which takes ten times as long. */
function plainWords(text: string): string[] {
  const apart = text.replace(/([a-z])(?=[A-Z])/g, '$1 ');
  return apart.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

function anyWords(text: string): string[] {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/['’ʻ`´]/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .split(' ')
    .filter((word) => word !== '');
}

/** `kep aru`, `sum barat`; but `bar` alone, or in front, may be a name of its own. */
function first(word: string, words: readonly string[]): string | undefined {
  return words.length > 1 && /^(kep|kepl|sum|kal|sul|jkt|st|ste|ft|mt)$/.test(word) ? SHORT[word] : undefined;
}

function romanNumber(word: string): string | undefined {
  if (word === '' || !ROMAN.test(word)) return undefined;
  const values = [...word].map((letter) => ROMAN_VALUES[letter] ?? 0);
  return String(values.reduce((sum, value, i) => sum + (value < (values[i + 1] ?? 0) ? -value : value), 0));
}

/** The key of a name as it stands: words folded and run together. */
export function foldKey(text: string): string {
  return foldWords(text).join('');
}

/**
 * All ways to understand a name, the plain one first: `Kota Baru` is a region called Kota Baru, or the city
 * Baru; `Kab. Bogor` the regency Bogor; `Lima Puluh Kota` a name as a whole, or a city Lima Puluh.
 */
export function readings(text: string): Reading[] {
  return readingsOf(foldWords(text));
}

/** The same of folded words. */
export function readingsOf(words: readonly string[]): Reading[] {
  if (words.length === 0) return [];
  const whole: Reading = { kind: undefined, key: words.join('') };
  const kinded = withoutKind(words);
  if (kinded) return [whole, { kind: kinded.kind, key: kinded.rest.join('') }];
  const glued = gluedKind(whole.key);
  return glued ? [whole, { kind: glued.kind, key: glued.rest }] : [whole];
}
