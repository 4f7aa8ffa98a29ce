import { z } from 'zod';
import { text } from '../../http/requests/params.ts';

/**
 * Choropleth parameters that are more than a word or a number. Messages complete the sentence "x must be …".
 */

/** Values that get a class of their own, ascending; none of them for `none`. */
export const isolateChoice = text(1000).transform((value, issues): number[] => {
  const numbers = value === 'none' ? [] : parseNumbers(value);
  if (numbers && numbers.length <= 5) return [...new Set(numbers)].sort((a, b) => a - b);
  issues.addIssue('up to 5 numbers separated by commas, or none');
  return z.NEVER;
});

/** Up to 100 values separated by commas, each once, none of them empty; see `splitValues`. */
export const valueList = text(4000)
  .transform((value) => [...new Set(splitValues(value))])
  .refine((values) => values.length <= 100 && !values.includes(''), 'up to 100 values separated by commas');

/** A comma within a value is written `\\,`; a backslash before a comma or another one is written twice. */
export function splitValues(raw: string): string[] {
  const values: string[] = [];
  let value = '';
  for (let i = 0; i < raw.length; i++) {
    const char = raw.charAt(i);
    if (char === ',') {
      values.push(value);
      value = '';
    } else value += char === '\\' && /[\\,]/.test(raw.charAt(i + 1)) ? raw.charAt(++i) : char;
  }
  return [...values, value];
}

/** The inverse of `splitValues`. */
export function joinValues(values: readonly string[]): string {
  return values.map((value) => value.replace(/[\\,]/g, '\\$&')).join();
}

/** Where breaks come from: numbers, the map's own values, those of one period, or of all of them together. */
export type BreaksChoice =
  | { readonly numbers: readonly number[] }
  | { readonly from: 'per-period' | 'pooled' }
  | { readonly from: 'shared'; readonly period: string };

export const BREAKS_EXPECTED =
  'up to 8 ascending numbers separated by commas, pooled, per-period or shared:<period>';

export const breaksChoice = text(1000).transform((value, issues): BreaksChoice => {
  if (value === 'pooled' || value === 'per-period') return { from: value };
  if (value.startsWith('shared:') && value.length > 7) return { from: 'shared', period: value.slice(7) };
  const numbers = parseNumbers(value);
  if (numbers && numbers.length <= 8 && numbers.every((n, i) => i === 0 || n >= numbers[i - 1]!))
    return { numbers };
  issues.addIssue(BREAKS_EXPECTED);
  return z.NEVER;
});

/** What a count is divided by. */
export type NormalizeChoice =
  { readonly by: 'area' | 'share' } | { readonly by: 'per'; readonly column: string };

export const normalizeChoice = text(80).transform((value, issues): NormalizeChoice => {
  if (value === 'area' || value === 'share') return { by: value };
  if (value.startsWith('per:') && value.length > 4) return { by: 'per', column: value.slice(4) };
  issues.addIssue('per:<column>, area or share');
  return z.NEVER;
});

/** The value that a diverging ramp turns around. */
export type CenterChoice = number | 'mean' | 'median';

export const centerChoice = text(40).transform((value, issues): CenterChoice => {
  if (value === 'mean' || value === 'median') return value;
  const number = parseNumber(value);
  if (number !== undefined) return number;
  issues.addIssue('mean, median or a number');
  return z.NEVER;
});

/** A number above 0. */
export const positiveNumber = text(40).transform((value, issues): number => {
  const number = parseNumber(value);
  if (number !== undefined && number > 0) return number;
  issues.addIssue('a number above 0');
  return z.NEVER;
});

/** Finite decimal numbers; `undefined` where one is something else (JavaScript would take `0x10` and ` `). */
function parseNumbers(value: string): number[] | undefined {
  const parts = value.split(',').map((part) => part.trim());
  const numbers = parts.map(
    (part) => (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i.test(part) ? Number(part) + 0 : NaN), // + 0 makes −0 the 0 that it is
  );
  return numbers.every(Number.isFinite) ? numbers : undefined;
}

function parseNumber(value: string): number | undefined {
  const numbers = parseNumbers(value);
  return numbers?.length === 1 ? numbers[0] : undefined;
}
