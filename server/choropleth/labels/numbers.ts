/** Languages of the legend: English `1,234.5`, Bahasa Indonesia `1.234,5`. */
export const LOCALES = ['en', 'id'] as const;
export type Locale = (typeof LOCALES)[number];

export interface NumberStyle {
  locale?: Locale | undefined;
  /** Written as they are, spaces included: `Rp`, ` km²`. */
  prefix?: string | undefined;
  suffix?: string | undefined;
  /** Values are shares (0–1) to be shown as percent; figures that are percent already take `suffix: '%'`. */
  percent?: boolean | undefined;
}

/** Decimals beyond this say nothing about a map, and multiplying by more would leave the exact integers. */
export const MAX_DIGITS = 12;

/**
 * A number with thousands separators and a fixed number of decimals (as many as it has where absent). Digits below
 * zero round to tens, hundreds, …, and are written in the short way of the language: −8 makes `1.2B` of 1,234,567,890,
 * and `1,2 M` in Bahasa Indonesia.
 */
export function formatNumber(value: number, style: NumberStyle = {}, digits?: number): string {
  const shown = shownValue(value, style);
  const decimals = digits ?? decimalsOf(shown);
  return decorate(plainNumber(roundTo(shown, decimals), style.locale, decimals), style);
}

/** The number to be written: 0.29 as percent is 29, although 0.29 * 100 is 28.999999999999996. */
export function shownValue(value: number, { percent }: NumberStyle): number {
  return percent ? Number((value * 100).toPrecision(15)) : value;
}

/** The digits alone, without prefix, suffix and percent sign. */
export function plainNumber(shown: number, locale: Locale = 'en', digits = 0): string {
  const format = digits < 0 ? compactFormatter(locale, shown, digits) : formatter(locale, digits);
  const text = format.format(shown);
  // A small negative number rounds to "-0", which nobody writes.
  return /[1-9]/.test(text) ? text : format.format(0);
}

/** Prefix, suffix and percent sign around a number or a range. */
export function decorate(text: string, { prefix = '', suffix = '', percent }: NumberStyle): string {
  return `${prefix}${text}${percent ? '%' : ''}${suffix}`;
}

/**
 * A number rounded and counted in steps of its last digit. Labels and values all round here: a formatter left to
 * round by itself decides halves otherwise, and a value could show a number that its class label excludes.
 */
export function inSteps(value: number, digits: number): number {
  return Math.round(digits < 0 ? value / 10 ** -digits : value * 10 ** digits);
}

/** The number that is so many steps of the last digit. */
export function fromSteps(steps: number, digits: number): number {
  return digits < 0 ? steps * 10 ** -digits : steps / 10 ** digits;
}

function roundTo(value: number, digits: number): number {
  return fromSteps(inSteps(value, digits), digits);
}

/** A published value of so many digits; decimals are those of the double itself, as `toFixed` has them. */
export function withDigits(value: number, digits: number): number {
  return digits < 0 ? roundTo(value, digits) : Number(value.toFixed(digits));
}

/** How many decimals a number is written with. */
export function decimalsOf(value: number): number {
  for (let digits = 0; digits < MAX_DIGITS; digits++) {
    if (Number(value.toFixed(digits)) === value) return digits;
  }
  return MAX_DIGITS;
}

const formatters = new Map<string, Intl.NumberFormat>();

/** `1.2B`, `950M`: with as many decimals of its unit (thousand, million, …) as the digits leave. */
function compactFormatter(locale: Locale, shown: number, digits: number): Intl.NumberFormat {
  const unit = shown === 0 ? 0 : Math.min(12, Math.max(0, 3 * Math.floor(Math.log10(Math.abs(shown)) / 3)));
  return formatter(locale, Math.max(0, unit + digits), 'compact');
}

/** Making a formatter costs far more than using one. */
function formatter(locale: Locale, digits: number, notation: 'standard' | 'compact' = 'standard') {
  const key = `${locale} ${digits} ${notation}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    notation,
  });
  formatters.set(key, made);
  return made;
}
