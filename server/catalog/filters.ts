import { AppError, invalidParameter, shorten } from '../errors.ts';
import { ident, join, sql, type Sql } from '../db/sql.ts';
import { tileValue, typeEquals, typeName } from './expressions.ts';
import type { Column, TableLayer } from './types.ts';

/** "column is one of these values"; values are as tiles show them (see `tileValue`). */
export interface Filter {
  readonly column: Column;
  readonly values: readonly (string | number | boolean)[];
}

const MAX_VALUES = 100;
const INT8_MAX = 9223372036854775807n;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATE = /^(-?)(\d{4,7})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
/** The first and the last year that PostgreSQL has dates in. */
const YEARS = [-4712, 5874897] as const;

/**
 * Equality filters from the query parameters that name columns: `?state=48&state=49`.
 * @throws AppError `unknown_parameter` (400, lists the columns) or `invalid_parameter` (400).
 */
export function readFilters(layer: TableLayer, query: Readonly<Record<string, string | string[]>>): Filter[] {
  return Object.entries(query).map(([name, raw]) => {
    const column = layer.columns.find((candidate) => candidate.name === name);
    if (!column) {
      throw new AppError('unknown_parameter', {
        detail: `${shorten(name, 40)} is neither a parameter nor a column of ${layer.id}`,
        errors: [
          { parameter: shorten(name, 40), expected: `one of ${layer.columns.map((c) => c.name).join(', ')}` },
        ],
      });
    }
    const texts = typeof raw === 'string' ? [raw] : raw;
    if (texts.length > MAX_VALUES)
      throw invalidParameter(name, texts.length, `given at most ${MAX_VALUES} times`);
    return { column, values: texts.map((text) => filterValue(column, text)) };
  });
}

/** Columns named in `columns=`, in the layer's order. @throws AppError `invalid_parameter` */
export function readColumns(
  layer: TableLayer,
  names: readonly string[] | undefined,
): readonly Column[] | undefined {
  if (!names) return undefined;
  const unknown = names.filter((name) => !layer.columns.some((column) => column.name === name));
  if (unknown.length > 0) {
    throw invalidParameter(
      'columns',
      unknown.join(','),
      `some of ${layer.columns.map((c) => c.name).join(', ')}`,
    );
  }
  return layer.columns.filter((column) => names.includes(column.name));
}

/** The WHERE conditions of filters, shaped so that an index on the column can serve. */
export function filterConditions(filters: readonly Filter[]): Sql[] {
  return filters.map(({ column, values }) => {
    const name = ident(column.name);
    switch (column.kind) {
      case 'boolean':
        return sql`${name} = any(${values}::boolean[])`;
      case 'integer':
      case 'bigint':
        return sql`${name} = any(${values}::int8[])`;
      case 'number':
        return numberCondition(column, values.map(Number));
      case 'date':
        return sql`${name} = any(${values.map(postgresDate)}::date[])`;
      default:
        if (column.type === 'uuid') return sql`${name} = any(${values}::uuid[])`;
        if (isCaseless(column))
          return sql`${name} ${typeEquals(column)} any(${values}::${typeName(column)}[])`;
        if (/^(text|character varying|character|name)$/.test(column.type)) {
          return sql`${name} = any(${values}::text[])`;
        }
        return sql`${name}::text = any(${values}::text[])`;
    }
  });
}

/**
 * The numbers that tiles show as these, which are doubles: of a wider column those that round to one, of a narrower
 * one that whose shortest text it is.
 */
function numberCondition(column: Column, values: readonly number[]): Sql {
  const name = ident(column.name);
  if (column.type === 'double precision') return sql`${name} = any(${values}::float8[])`;
  const shown = sql`${tileValue(column)} = any(${values}::float8[])`;
  if (column.type === 'real') {
    const reals = values.filter((value) => value === 0 || isReal(value));
    return sql`(${name} = any(${reals}::real[]) and ${shown})`;
  }
  const near = values.map((value) => {
    const margin = Math.max(Math.abs(value) * 2 ** -51, 1e-307);
    return sql`${name} between ${value - margin}::numeric and ${value + margin}::numeric`;
  });
  return sql`((${join(near, ' or ')}) and ${shown})`;
}

function isReal(value: number): boolean {
  const real = Math.fround(value);
  return Number.isFinite(real) && real !== 0;
}

/** What a filter finds among values as tiles show them: the same as its condition in SQL. */
export function filterTest({ column, values }: Filter): (value: unknown) => boolean {
  const shape = isCaseless(column) ? caseless : (value: unknown): unknown => value;
  const wanted = new Set<unknown>(values.map(shape));
  return (value) => wanted.has(shape(value));
}

/** Whether values that differ in nothing but case are equal. */
function isCaseless({ type }: Column): boolean {
  return /(^|\.)citext$/.test(type);
}

function caseless(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** `where …` of conditions, or nothing. */
export function where(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`` : sql`where ${join(conditions, ' and ')}`;
}

function filterValue(column: Column, text: string): string | number | boolean {
  const refuse = (expected: string) => invalidParameter(column.name, text, expected);
  switch (column.kind) {
    case 'boolean':
      if (/^(true|t|1)$/i.test(text)) return true;
      if (/^(false|f|0)$/i.test(text)) return false;
      throw refuse('true or false');
    case 'integer':
    case 'bigint': {
      if (!/^-?\d{1,19}$/.test(text)) throw refuse('a whole number');
      const value = BigInt(text);
      if (value > INT8_MAX || value < -INT8_MAX - 1n) throw refuse('a whole number of at most 64 bits');
      return Number.isSafeInteger(Number(text)) ? Number(text) : value.toString();
    }
    case 'number': {
      if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i.test(text) || !Number.isFinite(Number(text)))
        throw refuse('a number');
      return Number(text);
    }
    case 'date':
      if (!isDate(text)) throw refuse('a date as YYYY-MM-DD (a year before 0001 as -YYYY), or infinity');
      return text;
    case 'timestamp':
    case 'timestamptz':
    case 'json':
      throw refuse(`left out: columns of type ${column.type} cannot be filtered on`);
    case 'text':
      if (text.includes('\0')) throw refuse('free of NUL characters');
      if (column.type === 'uuid') {
        if (!UUID.test(text)) throw refuse('a UUID');
        return text.toLowerCase();
      }
      return text;
  }
}

/** Whether a text is a date as tiles show them: ISO 8601, where 0000 is the year before 0001. */
function isDate(text: string): boolean {
  if (/^-?infinity$/.test(text)) return true;
  const [, sign, digits = '', month, day] = DATE.exec(text) ?? [];
  const year = Number(`${sign}${digits}`);
  if (!(year >= YEARS[0] && year <= YEARS[1]) || (digits.length > 4 && digits.startsWith('0'))) return false;
  if (sign !== '' && year === 0) return false;
  // Years repeat every 400.
  const date = new Date(`${2000 + (((year % 400) + 400) % 400)}-${month}-${day}`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/** ISO 8601 as PostgreSQL reads it, which counts years before 0001 from 1 and calls them BC. */
function postgresDate(value: Filter['values'][number]): string {
  const [, sign, digits, month, day] = DATE.exec(String(value)) ?? [];
  if (digits === undefined) return String(value);
  const year = Number(`${sign}${digits}`);
  if (year > 0) return String(value);
  return `${String(1 - year).padStart(4, '0')}-${month}-${day} BC`;
}
