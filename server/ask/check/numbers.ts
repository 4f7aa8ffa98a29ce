import type { Language } from '../policy/schema.ts';
import { SCALES, spelledNumber } from './number-words.ts';

/** A number that a text says, in digits or words. Pure. */
export interface Mention {
  readonly kind: 'cardinal' | 'ordinal' | 'times' | 'fraction' | 'vague';
  readonly value: number;
  /** Of `vague`: from, up to. */
  readonly range?: readonly [number, number];
  readonly isPercent: boolean;
  /** What its last digit counts: 0.1 for `3.4`, 100000 for `1,2 juta`. */
  readonly unit: number;
  /** Said to be about right. */
  readonly isHedged: boolean;
  /** The word behind it. */
  readonly next: string;
  /** Words before it, the nearest first. */
  readonly before: readonly string[];
  readonly text: string;
}

const HEDGES = new Set(
  'sekitar kira kurang lebih hampir mendekati kisaran about around roughly approximately nearly almost over some circa ca'.split(
    ' ',
  ),
);
const PERCENT = new Set(['%', 'persen', 'percent', 'pct', 'prosen']);
const RANKS = new Set(
  'peringkat urutan ranking posisi rank ranked place tempat nomor no number juara'.split(' '),
);
/** Behind these a numeral of Roman letters is one. */
const ROMAN_CONTEXT = new Set('abad ke century bab kelas muktamar congress chapter'.split(' '));

interface Token {
  readonly text: string;
  readonly isNumber: boolean;
}

const DIGITS =
  /\d+(?:[.,]\d+)?e[+-]?\d+|\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,]\d+)+|\d+|%|[\p{L}]+|[一二三四五六七八九十百千万]/giu;

/** Every number that a text says. */
export function mentions(text: string, language: Language): Mention[] {
  const plain = asciiDigits(text.normalize('NFKC'));
  const tokens: Token[] = [...plain.matchAll(DIGITS)].map(([token]) => ({
    text: token.toLowerCase(),
    isNumber: /^\d/.test(token),
  }));
  const words = tokens.map(({ text: word }) => word);
  const found: Mention[] = [];
  for (let i = 0; i < tokens.length;) {
    const one = at(tokens, words, i, language);
    if (one) found.push(one.mention);
    i += one?.length ?? 1;
  }
  return found;
}

function at(
  tokens: readonly Token[],
  words: readonly string[],
  i: number,
  language: Language,
): { mention: Mention; length: number } | undefined {
  const token = tokens[i];
  if (!token) return undefined;
  const before = words.slice(Math.max(0, i - 3), i).reverse();
  const isHedged = before.some((word) => HEDGES.has(word));
  const base = { isHedged, before, text: token.text };
  if (token.isNumber) return digits(words, i, base, language);
  if (/^[一-龥]$/.test(token.text)) {
    return {
      mention: { ...base, kind: 'cardinal', value: NaN, unit: 1, isPercent: false, next: '' },
      length: 1,
    };
  }
  const roman = romanValue(token.text);
  if (roman !== undefined && ROMAN_CONTEXT.has(before[0] ?? '')) {
    return {
      mention: {
        ...base,
        kind: 'ordinal',
        value: roman,
        unit: 1,
        isPercent: false,
        next: words[i + 1] ?? '',
      },
      length: 1,
    };
  }
  const spelled = spelledNumber(words, i);
  if (!spelled) return undefined;
  const next = words[i + spelled.length] ?? '';
  const isPercent = PERCENT.has(next);
  const said = words.slice(i, i + spelled.length).join(' ');
  if (spelled.kind === 'vague') {
    return {
      mention: {
        ...base,
        kind: 'vague',
        value: NaN,
        range: spelled.range,
        unit: 1,
        isPercent,
        next,
        text: said,
      },
      length: spelled.length,
    };
  }
  const isTimes = spelled.kind === 'cardinal' && /^(kali|times|fold)$/.test(next);
  const isRank = spelled.kind === 'cardinal' && RANKS.has(before[0] ?? '');
  const kind = isTimes ? 'times' : isRank ? 'ordinal' : spelled.kind;
  const unit = spelled.kind === 'fraction' ? 0.01 : spelled.scale;
  return {
    mention: { ...base, kind, value: spelled.value, unit, isPercent, next, text: said },
    length: spelled.length,
  };
}

function digits(
  words: readonly string[],
  i: number,
  base: Pick<Mention, 'isHedged' | 'before' | 'text'>,
  language: Language,
): { mention: Mention; length: number } {
  const { value, decimals } = parseNumber(words[i] ?? '', language);
  let length = 1;
  let scale = 1;
  while (Object.hasOwn(SCALES, words[i + length] ?? '')) {
    scale *= SCALES[words[i + length] ?? ''] ?? 1;
    length++;
  }
  const next = words[i + length] ?? '';
  const isOrdinal =
    /^(st|nd|rd|th)$/.test(next) || base.before[0] === 'ke' || RANKS.has(base.before[0] ?? '');
  const isTimes = /^(kali|times|fold|x)$/.test(next);
  const kind = isOrdinal ? 'ordinal' : isTimes ? 'times' : 'cardinal';
  return {
    mention: {
      ...base,
      kind,
      value: value * scale,
      unit: 10 ** -decimals * scale,
      isPercent: PERCENT.has(next),
      next,
    },
    length,
  };
}

/**
 * A number as people write it. Where `1.234` may be both, the language says which; a sign that stands where only one
 * reading is possible is read so in both.
 */
export function parseNumber(text: string, language: Language): { value: number; decimals: number } {
  if (/e/i.test(text)) return { value: Number(text.replace(',', '.')), decimals: 0 };
  const compact = text.replace(/['’\u00a0\u202f ]/g, '');
  const signs = compact.match(/[.,]/g) ?? [];
  const last = signs.at(-1);
  const thousands = language === 'id' ? '.' : ',';
  const isGrouped =
    last !== undefined &&
    signs.every((sign) => sign === last) &&
    /^[1-9]\d{0,2}(?:[.,]\d{3})+$/.test(compact);
  const hasDecimals =
    last !== undefined &&
    (new Set(signs).size > 1 || !(isGrouped && (signs.length > 1 || last === thousands)));
  if (!hasDecimals) return { value: Number(compact.replace(/[.,]/g, '')), decimals: 0 };
  const at = compact.lastIndexOf(last ?? '.');
  const fraction = compact.slice(at + 1);
  return {
    value: Number(`${compact.slice(0, at).replace(/[.,]/g, '')}.${fraction}`),
    decimals: fraction.length,
  };
}

/** Digits of other scripts as those of ours. */
function asciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    if (code < 128) return digit;
    // Decimal digits stand in runs of ten, from zero on.
    let zero = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && code - zero < 9) zero--;
    return String(code - zero);
  });
}

function romanValue(text: string): number | undefined {
  if (!/^(?=[ivxlcdm]{1,8}$)m{0,3}(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})$/.test(text))
    return undefined;
  const values: Readonly<Record<string, number>> = { i: 1, v: 5, x: 10, l: 50, c: 100, d: 500, m: 1000 };
  return [...text].reduce((sum, letter, i, all) => {
    const value = values[letter] ?? 0;
    return sum + (value < (values[all[i + 1] ?? ''] ?? 0) ? -value : value);
  }, 0);
}
