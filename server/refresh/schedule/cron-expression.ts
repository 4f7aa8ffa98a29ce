import cron from 'node-cron';
import { z } from 'zod';
import { DueTimes, fieldsOf } from './due.ts';

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
