import cron from 'node-cron';
import { z } from 'zod';
import { didYouMean } from '../nearest.ts';
import { DueTimes, fieldsOf } from './due.ts';

/** When a view is refreshed, as `maps.yaml` says: a cron expression, or one with more about it. */

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `2h`, `1d` → milliseconds. */
const duration = z
  .string({ error: 'a duration such as 90s, 15m, 2h or 1d' })
  .regex(/^\d{1,6}[smhd]$/, 'a duration such as 90s, 15m, 2h or 1d')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]);

/** A cron expression that does what it says. */
export const cronExpression = z.string({ error: 'a cron expression' }).superRefine((text, issues) => {
  const { valid, errors } = cron.validateDetailed(text);
  const why = valid ? misleading(text) : errors.map(({ message }) => message).join('; ');
  if (why === undefined) return;
  const problem = valid ? `and ${JSON.stringify(text)} would mislead` : `and ${JSON.stringify(text)} is none`;
  issues.addIssue(`a cron expression, ${problem}: ${why}`);
});

/** Fields in the order of an expression: what steps are counted in, and after how many they start anew. */
const FIELDS = [
  ['seconds', 60, 'minute'],
  ['minutes', 60, 'hour'],
  ['hours', 24, 'day'],
  ['days', 31, 'month'],
  ['months', 12, 'year'],
  ['days', 7, 'week'],
] as const;

/** Why a valid expression is not what its writer means. */
function misleading(text: string): string | undefined {
  const fields = fieldsOf(text);
  for (const [i, [unit, size, whole]] of FIELDS.entries()) {
    const step = /\/(\d+)/.exec(fields[i] ?? '')?.[1];
    if (step !== undefined && Number(step) > size)
      return `steps of ${step} ${unit} start anew every ${whole}, so it runs once every ${whole}`;
  }
  const [day, weekday] = [fields[3], fields[5]];
  const isLimited = (field: string | undefined): boolean => field !== undefined && !/^[*?]$/.test(field);
  if (isLimited(day) && isLimited(weekday))
    return 'with a day of the month and a day of the week crontab runs on either, and others only where both match; give one of them';
  return new DueTimes(text, 'UTC').after(new Date()) ? undefined : 'there is no such day';
}

const timezone = z.string({ error: 'a time zone' }).superRefine((text, issues) => {
  if (isTimezone(text)) return;
  const near = didYouMean(text, Intl.supportedValuesOf('timeZone'));
  issues.addIssue(`a time zone of the IANA list, such as Asia/Jakarta, and ${text} is none${near}`);
});

const object = z.strictObject({
  /** Without one the view follows the materialized views that it reads, and can be refreshed by hand. */
  cron: cronExpression.optional(),
  timezone: timezone.optional(),
  /** Waits up to this long, at random, so that not every view starts on the minute. */
  jitter: duration.optional(),
  /** Health is degraded when the view is older. */
  maxAge: duration.optional(),
});

export const refreshSpec = z.preprocess(
  (value) => (typeof value === 'string' ? { cron: value } : value),
  object,
);

export type RefreshSpec = z.output<typeof object>;

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
