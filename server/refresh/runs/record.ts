import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { AppError, ERRORS, type ErrorCode } from '../../errors.ts';
import type { RunStatus, Trigger } from './queue.ts';

/** One run as `/refreshes` tells it. Times are ISO 8601, UTC. */
export interface RunRecord {
  readonly id: number;
  readonly view: string;
  readonly trigger: Trigger;
  readonly status: RunStatus;
  readonly attempt: number;
  readonly instance: string;
  readonly dueAt: string | null;
  readonly queuedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly mode: 'concurrently' | 'plain' | null;
  readonly rows: number | null;
  readonly rowsChanged: number | null;
  readonly generation: number | null;
  readonly madeFrom: Readonly<Record<string, string>> | null;
  readonly reason: string | null;
  readonly warning: string | null;
  readonly error: { readonly code: string; readonly title: string; readonly message?: string } | null;
}

export interface RunFilter {
  view: string | undefined;
  status: RunStatus | undefined;
  /** Views whose runs are left out. */
  hidden?: readonly string[];
  /** Runs older than this id. */
  before: number | undefined;
  limit: number;
}

export interface ViewStatistics {
  readonly view: string;
  readonly runs: number;
  /** Share of runs that ended well, of those that ended; null where none did. */
  readonly successRate: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** How fresh a view is. */
export interface ViewAge {
  readonly view: string;
  /** When what it holds was read from its sources, or was found to be unchanged; null where never by us. */
  readonly asOf: string | null;
  readonly ageSeconds: number | null;
  /** Code of the error of the last run; null where that ended well. */
  readonly lastError: string | null;
}

type Row = Omit<RunRecord, 'error'> & { errorCode: string | null; errorText: string | null };

const columns = sql`id, view, trigger, status, attempt, instance,
  ${time('due_at')} as "dueAt", ${time('queued_at')} as "queuedAt", ${time('started_at')} as "startedAt",
  ${time('finished_at')} as "finishedAt",
  round(extract(epoch from finished_at - started_at) * 1000)::float8 as "durationMs",
  mode, row_count as rows, rows_changed as "rowsChanged", generation, made_from as "madeFrom", reason, warning,
  error_code as "errorCode", error as "errorText"`;

/** The newest runs first. `secrets` adds what PostgreSQL said of a failure, which may quote data. */
export async function listRuns(db: Queryable, filter: RunFilter, secrets: boolean): Promise<RunRecord[]> {
  const conditions = [
    sql`true`,
    ...(filter.view === undefined ? [] : [sql`view = ${filter.view}`]),
    ...(filter.status === undefined ? [] : [sql`status = ${filter.status}`]),
    ...(filter.hidden?.length ? [sql`view <> all(${[...filter.hidden]}::text[])`] : []),
    ...(filter.before === undefined ? [] : [sql`id < ${filter.before}::int8`]),
  ];
  const rows = await db.run<Row>(sql`
    select ${columns} from chorograph.refresh_run
    where ${join(conditions, ' and ')} order by id desc limit ${filter.limit}::int`);
  return rows.map((row) => toRecord(row, secrets));
}

/** @throws AppError `run_not_found` */
export async function getRun(db: Queryable, id: number, secrets = false): Promise<RunRecord> {
  const [row] = await db.run<Row>(sql`select ${columns} from chorograph.refresh_run where id = ${id}::int8`);
  if (!row) throw noRun(id);
  return toRecord(row, secrets);
}

export const noRun = (id: number): AppError =>
  new AppError('run_not_found', { detail: `there is no run ${id}` });

/** Success rate and durations of each view, over the runs that are kept. Skipped runs are successes without a duration. */
export async function runStatistics(db: Queryable): Promise<ViewStatistics[]> {
  const seconds = sql`extract(epoch from finished_at - started_at)`;
  return db.run<ViewStatistics>(sql`
    select view, count(*)::int as runs,
      (count(*) filter (where status in ('succeeded', 'skipped')))::float8
        / nullif(count(*) filter (where status not in ('queued', 'running')), 0) as "successRate",
      round(1000 * percentile_cont(0.5) within group (order by ${seconds})
        filter (where status = 'succeeded'))::float8 as "p50Ms",
      round(1000 * percentile_cont(0.95) within group (order by ${seconds})
        filter (where status = 'succeeded'))::float8 as "p95Ms"
    from chorograph.refresh_run group by view order by view`);
}

/** How fresh each of the views is. */
export async function viewAges(db: Queryable, views: readonly string[]): Promise<ViewAge[]> {
  return db.run<ViewAge>(sql`
    select w.view, ${time('good', 'started_at')} as "asOf",
      round(extract(epoch from clock_timestamp() - good.started_at))::float8 as "ageSeconds",
      case when bad.id > coalesce(good.id, 0) then coalesce(bad.error_code, bad.status) end as "lastError"
    from unnest(${views}::text[]) with ordinality w (view, nth)
    left join lateral (
      select id, started_at from chorograph.refresh_run
      where view = w.view and status in ('succeeded', 'skipped') order by id desc limit 1) good on true
    left join lateral (
      select id, error_code, status from chorograph.refresh_run
      where view = w.view and status in ('failed', 'abandoned') order by id desc limit 1) bad on true
    order by w.nth`);
}

function toRecord({ errorCode, errorText, ...row }: Row, secrets: boolean): RunRecord {
  if (errorCode === null) return { ...row, error: null };
  const [, title] = ERRORS[errorCode as ErrorCode] ?? ERRORS.internal;
  const message = secrets && errorText !== null ? { message: errorText } : {};
  return { ...row, error: { code: errorCode, title, ...message } };
}

function time(...column: string[]): Sql {
  return sql`to_char(${ident(...column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
