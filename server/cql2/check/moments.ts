import { filterFault, type Place } from '../fault.ts';

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|z|[-+]\d\d:\d\d)$/;

/** A date as PostgreSQL reads it. @throws AppError `filter_invalid` */
export function readDate(text: string, at: Place): string {
  if (!isDate(text)) throw filterFault(at, "a date, as DATE('2024-12-31')", text);
  return text;
}

/**
 * A timestamp in UTC, to the microsecond, which is what PostgreSQL keeps: `2024-12-31T23:59:59.000000Z`.
 * @throws AppError `filter_invalid`
 */
export function readTimestamp(text: string, at: Place): string {
  const [, date = '', hours, minutes, seconds, fraction = '', zone = ''] = TIMESTAMP.exec(text) ?? [];
  const [hour, minute, second] = [hours, minutes, seconds].map(Number) as [number, number, number];
  const offset = /^z$/i.test(zone) ? 0 : offsetOf(zone);
  if (!isDate(date) || !(hour <= 23 && minute <= 59 && second <= 59) || offset === undefined)
    throw filterFault(at, "a timestamp, as TIMESTAMP('2024-12-31T23:59:59Z')", text);
  const moment = new Date(Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`) - offset * 60_000);
  const year = moment.getUTCFullYear();
  if (year < 1 || year > 9999) throw filterFault(at, 'a timestamp of the years 1 to 9999', text);
  return `${moment.toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

/** Minutes that a zone is ahead of UTC. */
function offsetOf(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([-+])(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (Number(hours) > 15 || Number(minutes) > 59 || sign === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined || year === '0000') return false;
  const date = new Date(`${text}T00:00:00Z`);
  return (
    !Number.isNaN(date.getTime()) &&
    date.getUTCMonth() + 1 === Number(month) &&
    date.getUTCDate() === Number(day)
  );
}
