import pg from 'pg';
import { AppError } from '../../errors.ts';
import { databaseError, isClientTimeout } from '../sqlstate.ts';
import type { Queryable } from '../types.ts';
import { requestCancel } from './cancel.ts';
import { typeParser } from './parsers.ts';
import type { SessionPlan } from './session.ts';

/** Without it a statement whose client was killed would hold its locks until it is done. Not every platform has it. */
export const WATCH_CLIENT = `do $$ begin set local client_connection_check_interval = '2s'; exception when others then null; end $$`;

/**
 * Runs `work` in a read-only transaction of one moment, over a connection of its own: in any thread.
 * @param name what the connection is for, in `pg_stat_activity`
 * @param signal has what is running cancelled, and the connection closed
 * @throws AppError as the pool does
 */
export async function readApart<T>(
  plan: SessionPlan,
  { name, signal }: { name: string; signal: AbortSignal },
  work: (tx: Queryable) => Promise<T>,
): Promise<T> {
  const types = { getTypeParser: typeParser as typeof pg.types.getTypeParser };
  const client = new pg.Client({ ...plan.connection, application_name: name, types });
  client.on('error', () => {}); // the query that fails tells
  /** It would not answer to `commit` before it is done with what nobody waits for any more. */
  let hangs = false;
  const run: Queryable['run'] = async <Row extends object>(
    { text, values }: { text: string; values: readonly unknown[] },
    { timeoutMs }: { timeoutMs?: number | undefined } = {},
  ): Promise<Row[]> => {
    if (signal.aborted) throw new AppError('shutting_down');
    const timeout = timeoutMs === undefined ? {} : { query_timeout: timeoutMs };
    try {
      return (await client.query<Row>({ text, values: [...values], ...timeout } as pg.QueryConfig)).rows;
    } catch (error) {
      hangs ||= isClientTimeout(error);
      throw databaseError(error, true);
    }
  };
  const cancel = (): void =>
    void requestCancel(client).then(async (isSent) => {
      if (!isSent) await client.end().catch(() => {});
    });
  try {
    await client.connect();
    signal.addEventListener('abort', cancel, { once: true });
    const begin = 'begin isolation level repeatable read read only';
    await run({ text: `${begin}; ${plan.settings}; ${WATCH_CLIENT}`, values: [] });
    const result = await work({ run });
    if (!hangs) await client.query('commit');
    return result;
  } catch (error) {
    throw databaseError(error);
  } finally {
    signal.removeEventListener('abort', cancel);
    await client.end().catch(() => {});
  }
}
