import { sql } from '../../db/sql.ts';
import { sqlState } from '../../db/sqlstate.ts';
import type { Queryable } from '../../db/types.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import { redacted } from './redact.ts';
import type { AuditEvent } from '../types.ts';

/** The database itself is away or busy: that is said as it is. */
const OF_THE_DATABASE: readonly ErrorCode[] = [
  'database_unavailable',
  'database_busy',
  'query_timeout',
  'shutting_down',
];

/**
 * Writes events. In a transaction they stand or fall with what they tell of; they come last in it, as whoever else
 * records something waits from then on until it ends.
 * @throws AppError `audit_unavailable` (503): what cannot be recorded is not to be done
 */
export async function record(tx: Queryable, ...events: readonly AuditEvent[]): Promise<void> {
  const rows = JSON.stringify(events.map(redacted));
  try {
    await tx.run(sql`select chorograph.audit_append(${rows}::json)`);
  } catch (error) {
    if (error instanceof AppError && OF_THE_DATABASE.includes(error.code)) throw error;
    const state = error instanceof AppError ? sqlState(error.cause) : undefined;
    throw new AppError(
      'audit_unavailable',
      {},
      { cause: state === undefined ? error : (error as AppError).cause },
    );
  }
}

/** The same where there is a log: commands work on databases that no server has been over yet. */
export async function recordIfKept(tx: Queryable, ...events: readonly AuditEvent[]): Promise<void> {
  const [found] = await tx.run<{ kept: boolean }>(
    sql`select to_regprocedure('chorograph.audit_append(json)') is not null as kept`,
  );
  if (found?.kept) await record(tx, ...events);
}
