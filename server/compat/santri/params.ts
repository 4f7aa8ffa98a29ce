import { z } from 'zod';
import { text } from '../../http/requests/params.ts';

/**
 * Parameters as the old application took them: a number out of range is moved into it, one that is none is the
 * default, and what nobody knows is passed over. Clients depend on it.
 */
export const clamped = (min: number, max: number, fallback: number) =>
  z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform((value) => {
      const given = Array.isArray(value) ? value[0] : value;
      const number = given !== undefined && /^\s*-?\d{1,15}\s*$/.test(given) ? Number(given) : fallback;
      return Math.min(max, Math.max(min, number));
    });

/** A filter: empty means none. */
export const filter = () =>
  text(200)
    .optional()
    .transform((value) => (value === undefined || value === '' ? undefined : value));

/** A UUID as the database writes it, however it came (capitals, braces, without hyphens, as `urn:uuid:`); undefined where it is none. */
export function uuidOf(id: string): string | undefined {
  const [, a, b, c, d, e] = UUID.exec(id.replace(/^urn:uuid:|[{}-]/gi, '').toLowerCase()) ?? [];
  return a === undefined ? undefined : [a, b, c, d, e].join('-');
}

const UUID = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** The same of an id that may be of another type, and is then as it came. */
export const canonicalId = (id: string): string => uuidOf(id) ?? id;

/** Unknown parameters are passed over. */
export const LENIENT = { example: { _: '1' } };

const MOST_ROWS = 1_000_000_000;

export const page = clamped(1, MOST_ROWS, 1).meta({ description: 'Page, counted from 1', example: '1' });

export interface Pagination {
  page: number;
  limit: number;
  total: number;
  pages: number;
}

export const pagination = (page: number, limit: number, total: number): Pagination => ({
  page,
  limit,
  total,
  pages: Math.ceil(total / limit),
});
