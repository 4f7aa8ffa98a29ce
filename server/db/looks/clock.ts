import { ok, warning, type Finding } from '../../tools/finding.ts';
import { sql } from '../sql.ts';
import type { Queryable } from '../types.ts';

/** A schedule that is this late is noticed. */
const MOST_SKEW_MS = 2_000;

/** Whether the clock of the database and ours tell the same time. */
export async function lookAtClock(db: Queryable): Promise<Finding> {
  const before = Date.now();
  const [row] = await db.run<{ ms: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  );
  return clockFinding((row?.ms ?? NaN) - (before + Date.now()) / 2);
}

/** @param skewMs milliseconds that the clock of the database is ahead of ours */
export function clockFinding(skewMs: number): Finding {
  const seconds = Math.abs(skewMs) / 1000;
  if (!(Math.abs(skewMs) > MOST_SKEW_MS)) return ok('clock', 'that of the database and ours agree');
  return warning(
    'clock',
    `that of the database is ${seconds.toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} ours`,
    'let both machines follow a time server (timedatectl set-ntp true): schedules and ages are told by both',
  );
}
