import { literal, sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { DeltaProblem } from './inspect.ts';
import type { DeltaPlan } from './plan.ts';
import { foldQuery, leaseQuery, recomputeQuery, relation, searchPath, waitingQuery } from './sql.ts';

/** A fold takes milliseconds; after a long pause it may have much to take. */
const FOLD_TIMEOUT_MS = 120_000;
/** A recompute reads the whole base table. */
const RECOMPUTE_TIMEOUT_MS = 3_600_000;

export interface FoldResult {
  /** Queue rows that were taken. */
  readonly rows: number;
  readonly ms: number;
  /** Of the cube, where it changed. */
  readonly generation: number | undefined;
  /** Set where the fold had to be a full recompute, as after TRUNCATE. */
  readonly recomputed: RecomputeReport | undefined;
}

export interface Difference {
  /** Values of the key columns. */
  readonly key: Readonly<Record<string, unknown>>;
  /** Sums that the cube had, waiting deltas included, and those that the base table has; null: no row. */
  readonly cube: Readonly<Record<string, number | null>>;
  readonly base: Readonly<Record<string, number | null>>;
}

export interface RecomputeReport {
  /** Rows that the cube has to have, all of which were compared. */
  readonly compared: number;
  /** Rows of the cube that were not what the base table says; they are now. */
  readonly drifted: number;
  /** The first ten of them, by key; none where they were to be expected. */
  readonly sample: readonly Difference[];
  /** Base rows with a NULL key, which are counted nowhere. */
  readonly uncounted: number;
  /** Why a difference was to be expected (`truncate`, `install`); a drift without it is an alert. */
  readonly expected: string | undefined;
  /** Queue rows that were taken. */
  readonly rows: number;
  readonly ms: number;
  /** Of the cube, where it changed. */
  readonly generation: number | undefined;
}

interface Lease {
  fingerprint: string;
  filled: boolean;
  recomputed_ago: number | null;
}

/**
 * Adds to the cube all deltas that are committed. Any number of instances may call it at any time: one
 * does it, the others return at once with nothing done.
 * @throws DeltaProblem where the plan is not installed, or not as it is now.
 */
export async function fold(
  db: Database,
  plan: DeltaPlan,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<FoldResult> {
  const started = performance.now();
  const nothing = { rows: 0, generation: undefined, recomputed: undefined };
  await checkInstalled(db, plan);
  const [state] = await db.run<{ waiting: boolean }>(waitingQuery(plan));
  const result = state?.waiting
    ? await db.transaction(
        async (tx) => {
          await prepare(tx, plan, FOLD_TIMEOUT_MS);
          const [lease] = await tx.run<Lease>(leaseQuery(plan, 'pass'));
          if (!lease?.filled) return nothing;
          checkLease(plan, lease);
          return foldNow(tx, plan);
        },
        { signal },
      )
    : nothing;
  return { ...result, ms: performance.now() - started };
}

/**
 * Makes the cube what the base table says, and tells where it was not. Writers and readers go on; a fold
 * waits for it.
 * @param notWithinS Does nothing, and returns undefined, where it was done less than so many seconds ago.
 * @throws DeltaProblem where the plan is not installed, or not as it is now.
 */
export async function recompute(
  db: Database,
  plan: DeltaPlan,
  { notWithinS, signal }: { notWithinS?: number; signal?: AbortSignal | undefined } = {},
): Promise<RecomputeReport | undefined> {
  await checkInstalled(db, plan);
  return db.dedicated(
    async (tx) => {
      await prepare(tx, plan, RECOMPUTE_TIMEOUT_MS);
      const [lease] = await tx.run<Lease>(leaseQuery(plan, 'wait'));
      checkLease(plan, lease);
      if (notWithinS !== undefined && (lease?.recomputed_ago ?? Infinity) < notWithinS) return undefined;
      return recomputeNow(tx, plan, lease?.filled ? undefined : 'install');
    },
    { name: `chorograph recompute ${plan.id}`, timeoutMs: RECOMPUTE_TIMEOUT_MS, signal },
  );
}

async function foldNow(tx: Queryable, plan: DeltaPlan): Promise<Omit<FoldResult, 'ms'>> {
  const [done] = await tx.run<{ rows: number; changed: number; asked: boolean }>(foldQuery(plan), {
    timeoutMs: FOLD_TIMEOUT_MS + 5_000,
  });
  if (done?.asked) {
    await allow(tx, RECOMPUTE_TIMEOUT_MS);
    const recomputed = await recomputeNow(tx, plan, undefined);
    return { rows: recomputed.rows, generation: recomputed.generation, recomputed };
  }
  const generation = await bump(tx, plan, done?.changed ?? 0);
  await tx.run(sql`update chorograph.cube set folded_at = now() where cube = ${plan.id}`);
  return { rows: done?.rows ?? 0, generation, recomputed: undefined };
}

async function recomputeNow(
  tx: Queryable,
  plan: DeltaPlan,
  expected: string | undefined,
): Promise<RecomputeReport> {
  const started = performance.now();
  // TRUNCATE takes effect for statements that began before it; held off, it cannot empty what we compare.
  await tx.run(sql`lock table ${relation(plan.base)} in access share mode`);
  const [row] = await tx.run<
    Pick<RecomputeReport, 'compared' | 'drifted' | 'sample' | 'uncounted' | 'rows'> & {
      changed: number;
      asked: string | null;
    }
  >(recomputeQuery(plan), { timeoutMs: RECOMPUTE_TIMEOUT_MS + 5_000 });
  if (!row) throw new Error('a recompute returns one row');
  const { changed, asked, ...found } = row;
  const generation = await bump(tx, plan, changed);
  const because = expected ?? asked ?? undefined;
  const report = {
    ...found,
    sample: because === undefined ? found.sample : [],
    expected: because,
    ms: performance.now() - started,
    generation,
  };
  await tx.run(sql`update chorograph.cube
    set folded_at = now(), recomputed_at = now(), report = ${JSON.stringify(report)}::jsonb
    where cube = ${plan.id}`);
  return report;
}

async function bump(tx: Queryable, plan: DeltaPlan, changed: number): Promise<number | undefined> {
  if (changed === 0) return undefined;
  const [row] = await tx.run<{ generation: number }>(
    sql`select chorograph.bump(${literal(plan.id)}) as generation`,
  );
  return row?.generation;
}

/** Settings of the transaction; `row_security` off makes a hidden row an error, not a row less. */
async function prepare(tx: Queryable, plan: DeltaPlan, timeoutMs: number): Promise<void> {
  await tx.run(sql`select set_config('search_path', ${searchPath(plan)}, true),
    set_config('row_security', 'off', true)`);
  await allow(tx, timeoutMs);
}

async function allow(tx: Queryable, timeoutMs: number): Promise<void> {
  await tx.run(sql`select set_config('statement_timeout', ${String(timeoutMs)}, true)`);
}

/** In a query of its own: the lease passes by a row that another holds, and that is no missing row. */
async function checkInstalled(db: Queryable, plan: DeltaPlan): Promise<void> {
  const [row] = await db.run<Lease>(sql`select fingerprint from chorograph.cube where cube = ${plan.id}`);
  checkLease(plan, row);
}

function checkLease(plan: DeltaPlan, lease: Pick<Lease, 'fingerprint'> | undefined): void {
  if (!lease) throw new DeltaProblem(plan, ['it is not installed: run delta install']);
  if (lease.fingerprint !== plan.fingerprint) {
    throw new DeltaProblem(plan, ['maps.yaml was changed since it was installed: run delta install again']);
  }
}
