import type { Column } from '../../catalog/types.ts';
import type { ColumnFacts } from '../facts.ts';

const LIMITS: Readonly<Record<string, bigint>> = {
  smallint: 2n ** 15n,
  integer: 2n ** 31n,
  bigint: 2n ** 63n,
};
const LARGEST_REAL = 3.4028234e38;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME =
  /^(\d{4}-\d{2}-\d{2})[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NUMERIC = /^-?\d{1,1000}(\.\d{1,1000})?$/;
const DEEPEST = 50;

/** What a value of a column would be where this is none; undefined where it is one, as far as can be told here. Pure. */
export function expectedOf(
  column: Column,
  facts: ColumnFacts | undefined,
  value: unknown,
): string | undefined {
  if (value === null) return facts?.notNull ? 'a value, which may not be null' : undefined;
  const { type, kind } = column;
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'integer':
    case 'bigint':
      return isInteger(type, value) ? undefined : `a whole number (${type})`;
    case 'number':
      return isNumber(type, value) ? undefined : `a number (${type})`;
    case 'date':
      return typeof value === 'string' && isDate(value) ? undefined : 'a date, such as 2026-11-27';
    case 'timestamp':
      return isTime(value, false) ? undefined : 'a time without a time zone, such as 2026-11-27T12:00:00';
    case 'timestamptz':
      return isTime(value, true) ? undefined : 'a time with its time zone, such as 2026-11-27T12:00:00Z';
    case 'json':
      return isJson(type, value)
        ? undefined
        : type.endsWith('[]')
          ? `a list (${type})`
          : 'JSON, not nested too deeply';
    case 'text':
      return expectedText(type, facts, value);
  }
}

function isInteger(type: string, value: unknown): boolean {
  const limit = LIMITS[type] ?? 2n ** 63n;
  const isExact = typeof value === 'number' && Number.isSafeInteger(value);
  if (!isExact && !(typeof value === 'string' && type === 'bigint' && /^-?\d{1,19}$/.test(value)))
    return false;
  const whole = BigInt(value as number | string);
  return whole < limit && whole >= -limit;
}

function isNumber(type: string, value: unknown): boolean {
  if (typeof value === 'string') return type === 'numeric' && NUMERIC.test(value);
  return (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (type !== 'real' || Math.abs(value) <= LARGEST_REAL)
  );
}

function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = DATE.exec(text) ?? [];
  if (year === '' || year === '0000') return false;
  const date = new Date(`${text}T00:00:00Z`);
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}

function isTime(value: unknown, hasZone: boolean): boolean {
  const [, date = '', zone] = typeof value === 'string' ? (TIME.exec(value) ?? []) : [];
  return isDate(date) && (zone !== undefined) === hasZone;
}

/** Of an array, each element is the database's to look at. */
function isJson(type: string, value: unknown): boolean {
  return (!type.endsWith('[]') || Array.isArray(value)) && isShallow(value, DEEPEST);
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return (
    depth > 0 &&
    Object.entries(value).every(([name, member]) => !name.includes('\0') && isShallow(member, depth - 1))
  );
}

function expectedText(type: string, facts: ColumnFacts | undefined, value: unknown): string | undefined {
  if (typeof value !== 'string' || value.includes('\0')) return 'a text';
  if (type === 'uuid') return UUID.test(value) ? undefined : 'a UUID';
  if (facts?.labels)
    return facts.labels.includes(value) ? undefined : `one of ${facts.labels.slice(0, 20).join(', ')}`;
  if (typeof facts?.length === 'number' && [...value].length > facts.length)
    return `a text of at most ${facts.length} characters`;
  return undefined;
}
