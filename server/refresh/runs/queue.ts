import { sql, type Sql } from '../../db/sql.ts';
import { sqlState } from '../../db/sqlstate.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { AppError } from '../../errors.ts';

export type Trigger = 'cron' | 'manual' | 'api' | 'startup' | 'dependency' | 'retry';
export type RunStatus = 'queued' | 'running' | 'succeeded' | 'skipped' | 'failed' | 'abandoned';

export interface QueuedRun {
  readonly id: number;
  readonly view: string;
  readonly trigger: Trigger;
  readonly status: RunStatus;
  readonly attempt: number;
}

/** A run that dies is put in the queue again this often; what kills a server twice would kill it for ever. */
const MAX_ATTEMPTS = 3;

const columns = sql`id, view, trigger, status, attempt`;

/**
 * Asks for a refresh. While one is queued already, that one is returned: it has not read anything yet,
 * so it will see what this caller sees, and is not skipped as one of the schedule where a caller is not. Undefined where a run was made of this tick of the schedule.
 */
export async function enqueue(
  db: Queryable,
  request: { view: string; trigger: Trigger; instance: string; dueAt?: Date },
): Promise<QueuedRun | undefined> {
  const { view, trigger, instance } = request;
  const dueAt = request.dueAt?.toISOString() ?? null;
  try {
    const [run] = await db.run<QueuedRun>(sql`
      insert into chorograph.refresh_run as r (view, trigger, instance, due_at)
      select ${view}, ${trigger}, ${instance}, ${dueAt}::timestamptz
      where ${dueAt}::timestamptz is null or not exists (
        select from chorograph.refresh_run where view = ${view} and due_at >= ${dueAt}::timestamptz)
      on conflict (view) where status = 'queued'
        do update set due_at = coalesce(excluded.due_at, r.due_at), trigger = case
          when r.trigger in ('cron', 'startup') then excluded.trigger else r.trigger end
      returning ${columns}`);
    return run;
  } catch (error) {
    // Another instance made a run of the same tick between our look and our insert.
    if (error instanceof AppError && sqlState(error.cause) === '23505') return undefined;
    throw error;
  }
}

/**
 * Takes the queued run of a view, if there is one and no other instance is refreshing the view: then
 * the lease is ours, and a run whose holder stopped renewing is marked abandoned and queued again.
 * @param sources what it reads: while one of them is to be refreshed, it waits. Whoever asks for both may have joined the run that was
 *   queued after somebody looked what there is to do.
 */
export async function claim(
  db: Database,
  {
    view,
    sources,
    holder,
    leaseMs,
  }: { view: string; sources: readonly string[]; holder: string; leaseMs: number },
): Promise<{ run: QueuedRun | undefined; abandoned: QueuedRun[] }> {
  return db.transaction(async (tx) => {
    const lease = await tx.run(sql`
      insert into chorograph.lease as l (view, holder, expires_at)
      values (${view}, ${holder}, ${inMs(leaseMs)})
      on conflict (view) do update set holder = excluded.holder, expires_at = excluded.expires_at
        where l.expires_at < clock_timestamp()
      returning view`);
    if (lease.length === 0) return { run: undefined, abandoned: [] };
    const abandoned = await tx.run<QueuedRun>(sql`
      update chorograph.refresh_run
      set status = 'abandoned', finished_at = clock_timestamp(),
        reason = 'the instance that ran it went away'
      where view = ${view} and status = 'running'
      returning ${columns}`);
    for (const run of abandoned) await requeue(tx, run, holder);
    const [run] = await tx.run<QueuedRun>(sql`
      update chorograph.refresh_run
      set status = 'running', instance = ${holder}, started_at = clock_timestamp()
      where view = ${view} and status = 'queued' and not exists (
        select from chorograph.refresh_run
        where view = any(${sources}::text[]) and status in ('queued', 'running'))
      returning ${columns}`);
    if (!run) await release(tx, { view, holder });
    return { run, abandoned };
  });
}

/** Puts a run that did not come to its end in the queue again, unless it had its chances. */
export async function requeue(db: Queryable, run: QueuedRun, instance: string): Promise<void> {
  if (run.attempt >= MAX_ATTEMPTS) return;
  await db.run(sql`
    insert into chorograph.refresh_run (view, trigger, instance, attempt)
    values (${run.view}, 'retry', ${instance}, ${run.attempt + 1}::int)
    on conflict (view) where status = 'queued' do nothing`);
}

/** False where the lease is no longer ours: it ran out and another instance took it. */
export async function renew(
  db: Queryable,
  { view, holder, leaseMs }: { view: string; holder: string; leaseMs: number },
): Promise<boolean> {
  const kept = await db.run(sql`
    update chorograph.lease set expires_at = ${inMs(leaseMs)}
    where view = ${view} and holder = ${holder} returning view`);
  return kept.length > 0;
}

export async function release(
  db: Queryable,
  { view, holder }: { view: string; holder: string },
): Promise<void> {
  await db.run(sql`delete from chorograph.lease where view = ${view} and holder = ${holder}`);
}

/** Views that somebody should look at: with a queued run, or with a running one whose lease ran out. */
export async function waitingViews(db: Queryable): Promise<string[]> {
  const rows = await db.run<{ view: string }>(sql`
    select r.view from chorograph.refresh_run r
    left join chorograph.lease l on l.view = r.view and l.expires_at >= clock_timestamp()
    where r.status in ('queued', 'running') and l.view is null
    group by r.view order by min(r.id)`);
  return rows.map(({ view }) => view);
}

/** Views with a run that is queued or running: what reads them should wait. */
export async function busyViews(
  db: Queryable,
  ...statuses: readonly ('queued' | 'running')[]
): Promise<Set<string>> {
  const rows = await db.run<{ view: string }>(
    sql`select distinct view from chorograph.refresh_run where status = any(${statuses}::text[])`,
  );
  return new Set(rows.map(({ view }) => view));
}

function inMs(ms: number): Sql {
  return sql`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`;
}

/** Ends a run that did not succeed. False where somebody ended it before: its record is theirs. */
export async function endRun(
  db: Queryable,
  run: QueuedRun,
  end: { status: 'failed' | 'abandoned'; reason?: string; error?: string; errorCode?: string },
): Promise<boolean> {
  const ended = await db.run(sql`
    update chorograph.refresh_run
    set status = ${end.status}, finished_at = clock_timestamp(), reason = ${end.reason ?? null},
      error = ${end.error ?? null}, error_code = ${end.errorCode ?? null}
    where id = ${run.id} and status = 'running' returning id`);
  return ended.length > 0;
}

/** Forgets runs that ended long ago, but not the last success of a view: the next run is held against it. */
export async function forgetOldRuns(db: Queryable, keepDays: number): Promise<void> {
  await db.run(sql`
    delete from chorograph.refresh_run r
    where status not in ('queued', 'running')
      and finished_at < now() - ${keepDays}::int * interval '1 day'
      and id <> coalesce((
        select max(id) from chorograph.refresh_run where view = r.view and status = 'succeeded'), 0)`);
}
