import { ident, sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import type { QueuedRun } from './queue.ts';
import type { RefreshTarget } from '../views/targets.ts';
import { readOrigin, readViews, type Origin, type View } from '../views/views.ts';

/** How long a refresh waits for another one, or for a VACUUM or DDL of its view, before it is tried again. */
const LOCK_TIMEOUT_MS = 5_000;
/** Above this many rows the count is PostgreSQL's estimate. */
const COUNTED_ROWS = 1_000_000;
/**
 * PostgreSQL's counters reach us late, after a pause of the session that wrote at worst. So where they
 * alone say that nothing changed, they are believed for this long after a real refresh.
 */
const COUNTERS_BELIEVED_MS = 3_600_000;

export type Outcome =
  | { status: 'skipped'; reason: string }
  | {
      status: 'succeeded';
      mode: 'concurrently' | 'plain';
      rows: number | null;
      rowsChanged: number | null;
      /** Undefined where nothing changed: what was made of the old generation stays right. */
      bumped: string | undefined;
      warning: string | undefined;
    };

/** Thrown where the view cannot be refreshed at all; trying again does not help. */
export class NotRefreshable extends Error {}

/** Thrown where another instance took over because our lease ran out. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease ran out and another instance took over');
  }
}

export interface RunOptions {
  target: RefreshTarget;
  holder: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * One refresh: the new data, its generation and the end of its record become visible together, or none
 * of them. Readers see the old data until then, and never wait.
 */
export async function refreshView(db: Database, run: QueuedRun, options: RunOptions): Promise<Outcome> {
  const { signal, timeoutMs } = options;
  const name = `chorograph refresh ${run.view}`;
  return db.dedicated((tx) => work(tx, run, options), { name, timeoutMs, signal });
}

async function work(tx: Queryable, run: QueuedRun, { target, holder }: RunOptions): Promise<Outcome> {
  await tx.run(sql`select set_config('lock_timeout', ${`${LOCK_TIMEOUT_MS}ms`}, true)`);
  // Parallel workers would take from readers the processors that they are answered with.
  await tx.run(sql`select set_config('max_parallel_workers_per_gather', '0', true)`);
  // Read before the refresh takes its snapshot: what changes in between makes one refresh too many, never one too few.
  const view = await requireView(tx, run.view);
  const origin = await readOrigin(tx, view);
  const reason = await reasonToSkip(tx, run, view, origin);
  if (reason !== undefined) {
    await finish(tx, run, holder, sql`status = 'skipped', reason = ${reason}`);
    return { status: 'skipped', reason };
  }
  const concurrently = view.populated && view.hasUniqueIndex;
  const warning = concurrently || !view.populated ? undefined : missingIndex(view, target);
  const before = await writes(tx, view);
  await tx.run(
    sql`refresh materialized view ${concurrently ? sql`concurrently` : sql``} ${ident(view.schema, view.name)}`,
  );
  const after = await writes(tx, view);
  // A changed row is written anew and the old one deleted; one counter alone misses new or vanished rows.
  const rowsChanged = concurrently
    ? Math.max(after.inserted - before.inserted, after.deleted - before.deleted)
    : null;
  // One that was made anew holds other rows than caches know, whatever this refresh changed of them.
  const fresh = !view.populated || (await isNew(tx, view));
  const same = rowsChanged === 0 && !fresh && (await isTracked(tx, view));
  const bumped = same ? await see(tx, view) : await bump(tx, view);
  // A view without data, or one that was not there, was no layer and no cube: now it is.
  if (fresh) await tx.run(sql`select pg_notify('chorograph_catalog', '')`);
  const mode = concurrently ? 'concurrently' : 'plain';
  const rows = await countRows(tx, view);
  await finish(
    tx,
    run,
    holder,
    sql`status = 'succeeded', mode = ${mode}, row_count = ${rows}::bigint,
      rows_changed = ${rowsChanged}::bigint, warning = ${warning ?? null},
      made_from = ${JSON.stringify(origin.madeFrom)}::jsonb,
      generation = (select generation from chorograph.generation where relation = ${view.view})`,
  );
  return { status: 'succeeded', mode, rows, rowsChanged, bumped, warning };
}

async function requireView(tx: Queryable, name: string): Promise<View> {
  const [view] = await readViews(tx, [name]);
  if (!view) throw new NotRefreshable(`there is no relation ${name}`);
  if (!view.materialized) throw new NotRefreshable(`${name} is not a materialized view`);
  return view;
}

/** Why this run need not refresh anything; undefined where it must. Whoever asked by hand gets a refresh. */
async function reasonToSkip(
  tx: Queryable,
  run: QueuedRun,
  view: View,
  { madeFrom, isCertain }: Origin,
): Promise<string | undefined> {
  const bySchedule = run.trigger === 'cron' || run.trigger === 'startup';
  if (!bySchedule || !view.populated || !view.timeless) return undefined;
  const [last] = await tx.run<{ same: boolean; age_ms: number }>(sql`
    select made_from = ${JSON.stringify(madeFrom)}::jsonb as same,
      extract(epoch from clock_timestamp() - started_at) * 1000 as age_ms
    from chorograph.refresh_run
    where view = ${view.view} and status = 'succeeded' order by id desc limit 1`);
  if (!last?.same) return undefined;
  if (isCertain) return 'no source changed since the last refresh';
  if (Number(last.age_ms) > COUNTERS_BELIEVED_MS) return undefined;
  return 'no source changed since the last refresh, as far as the counters of PostgreSQL tell';
}

function missingIndex({ view, schema, name }: View, { key }: RefreshTarget): string {
  const columns =
    key.length > 0 ? key.map((name) => ident(name).text).join(', ') : '… columns that identify a row …';
  return (
    `${view} has no unique index, so readers wait while it is refreshed; ` +
    `add one: create unique index on ${ident(schema, name).text} (${columns})`
  );
}

/** Rows of the view that this session wrote and deleted so far, this transaction included. */
async function writes(tx: Queryable, { oid }: View): Promise<{ inserted: number; deleted: number }> {
  const [row] = await tx.run<{ inserted: number; deleted: number }>(sql`
    select pg_stat_get_xact_tuples_inserted(${oid}::oid)::int8 as inserted,
      pg_stat_get_xact_tuples_deleted(${oid}::oid)::int8 as deleted`);
  return row ?? { inserted: 0, deleted: 0 };
}

async function isTracked(tx: Queryable, { view }: View): Promise<boolean> {
  const rows = await tx.run(sql`select 1 as one from chorograph.generation where relation = ${view}`);
  return rows.length > 0;
}

/** True where it was not refreshed before as the very relation that it is now: it may have been dropped and made anew. */
async function isNew(tx: Queryable, { view, oid }: View): Promise<boolean> {
  const [last] = await tx.run<{ oid: string | null }>(sql`
    select made_from ->> ${view} as oid from chorograph.refresh_run
    where view = ${view} and status = 'succeeded' order by id desc limit 1`);
  return last?.oid !== `o${oid}`;
}

/** Refreshed without a change: the generation stays, and this refresh is none that nobody told of. */
async function see(tx: Queryable, { view }: View): Promise<undefined> {
  await tx.run(
    sql`update chorograph.generation_base set seen = chorograph.version_of(relation) where relation = ${view}`,
  );
}

async function bump(tx: Queryable, { view }: View): Promise<string> {
  const [row] = await tx.run<{ generation: number }>(sql`select chorograph.bump(${view}) as generation`);
  return `g${row?.generation}`;
}

async function countRows(tx: Queryable, view: View): Promise<number> {
  if (view.estimatedRows > COUNTED_ROWS) return view.estimatedRows;
  const [row] = await tx.run<{ n: number }>(sql`select count(*) as n from ${ident(view.schema, view.name)}`);
  return row?.n ?? 0;
}

/** Ends the record in the same transaction, and only while the lease is ours. */
async function finish(
  tx: Queryable,
  run: QueuedRun,
  holder: string,
  outcome: ReturnType<typeof sql>,
): Promise<void> {
  const ended = await tx.run(sql`
    update chorograph.refresh_run set finished_at = clock_timestamp(), ${outcome}
    where id = ${run.id} and status = 'running' and exists (
      select from chorograph.lease where view = ${run.view} and holder = ${holder} for update)
    returning id`);
  if (ended.length === 0) throw new LeaseLost();
}
