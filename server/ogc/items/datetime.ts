import type { Column, TableLayer } from '../../catalog/types.ts';
import { ident, sql, type Sql } from '../../db/sql.ts';
import { invalidParameter } from '../../errors.ts';

/** What `datetime` asks for: from the first instant to the last, or to before it; undefined where it is open. */
export interface Interval {
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** `to` is the end of a day, which is no more in it. */
  readonly isBefore: boolean;
}

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;
const EXPECTED =
  'an instant (2024-05-01T12:00:00Z), a day (2024-05-01), or two with / between, of which one may be ..';

/** @throws AppError `invalid_parameter` */
export function readDatetime(text: string): Interval {
  // In a URL a plus that is not escaped is a blank.
  const parts = text.split('/').map((part) => part.replace(/ (?=\d{2}:\d{2}$)/, '+'));
  const [first = '', last = first] = parts;
  const refuse = () => invalidParameter('datetime', text, EXPECTED);
  if (parts.length > 2 || (parts.length === 1 && first === '')) throw refuse();
  const isOpen = (part: string): boolean => parts.length === 2 && (part === '' || part === '..');
  const from = isOpen(first) ? undefined : startOf(first);
  const to = isOpen(last) ? undefined : startOf(last);
  if (from === null || to === null) throw refuse();
  const isDay = DATE.test(last);
  const end = to === undefined || !isDay ? to : to + DAY_MS;
  // Of a day the end is not in it any more.
  if (from !== undefined && end !== undefined && (isDay ? from >= end : from > end)) throw refuse();
  const write = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString();
  return {
    from: isOpen(first) || DATE.test(first) ? write(from) : first,
    to: isOpen(last) || isDay ? write(end) : last,
    isBefore: isDay,
  };
}

/** Milliseconds of its first instant, UTC; null where it is none. */
function startOf(part: string): number | null {
  const day = part.slice(0, 10);
  if (!DATE.test(part) && !INSTANT.test(part)) return null;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // 30 February would be taken for 1 March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return null;
  const ms = Date.parse(DATE.test(part) ? `${part}T00:00:00Z` : part.replace(' ', 'T').toUpperCase());
  return Number.isNaN(ms) ? null : ms;
}

/** When a layer's features are: its first column of dates or timestamps. */
export const timeColumn = (layer: Pick<TableLayer, 'columns'>): Column | undefined =>
  layer.columns.find(({ kind }) => kind === 'date' || kind === 'timestamp' || kind === 'timestamptz');

/** Features of a time within an interval, and those that are of no time, as the standard says. */
export function timeCondition({ from, to, isBefore }: Interval, column: Column): Sql {
  const name = sql`t.${ident(column.name)}`;
  const before = isBefore ? sql`<` : sql`<=`;
  const instant = (text: string): Sql => {
    const value = sql`${text}::timestamptz`;
    if (column.kind === 'timestamptz') return value;
    return column.kind === 'timestamp'
      ? sql`(${value} at time zone 'UTC')`
      : sql`(${value} at time zone 'UTC')::date`;
  };
  const start = from === undefined ? sql`true` : sql`${name} >= ${instant(from)}`;
  const end = to === undefined ? sql`true` : sql`${name} ${before} ${instant(to)}`;
  return sql`(${name} is null or (${start} and ${end}))`;
}
