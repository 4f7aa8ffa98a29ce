import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/types.ts';
import type { Observe } from '../../observe/events.ts';
import { Clock } from '../schedule/clock.ts';
import type { RefreshMaps } from '../spec.ts';
import type { DeltaEvent } from './events.ts';
import { fold, recompute, type RecomputeReport } from './fold.ts';
import { deltaPlans, type DeltaPlan } from './plan.ts';

/** Pause after failures doubles up to this. */
const LONGEST_PAUSE_MS = 60_000;
/** Every instance hears the same tick of the schedule; the second finds it done. */
const SAME_TICK_S = 45;

export interface FoldingContext {
  readonly db: Database;
  readonly maps: Pick<RefreshMaps, 'choropleths'>;
  readonly observe: Observe<DeltaEvent>;
}

/**
 * Folds every cube of `maps.yaml` that is kept by deltas at its pace, and recomputes it by its schedule.
 * Safe in any number of instances. What fails is told as an event and tried again.
 * @returns a stopper that cancels what is under way (its transaction rolls back) and waits for its end.
 */
export function startFolding(ctx: FoldingContext): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const plans = deltaPlans(ctx.maps);
  const recomputing = new Set<Promise<void>>();
  const nightly = new Clock(
    plans.map((plan) => ({
      cron: plan.recompute,
      ring: () => {
        const running = recomputeAndTell(ctx, plan, signal).finally(() => recomputing.delete(running));
        recomputing.add(running);
      },
    })),
  );
  const loops = plans.map((plan) => foldAgainAndAgain(ctx, plan, signal));
  return async () => {
    stopping.abort();
    await nightly.stop();
    await Promise.all([...loops, ...recomputing]);
  };
}

async function foldAgainAndAgain(ctx: FoldingContext, plan: DeltaPlan, signal: AbortSignal): Promise<void> {
  for (let pauseMs = plan.everyMs; ;) {
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const folded = await orTell(ctx, plan, signal, () => foldAndTell(ctx, plan, signal));
    pauseMs = folded ? plan.everyMs : Math.min(pauseMs * 2, Math.max(LONGEST_PAUSE_MS, plan.everyMs));
  }
}

async function foldAndTell(ctx: FoldingContext, plan: DeltaPlan, signal: AbortSignal): Promise<void> {
  const { rows, ms, generation, recomputed } = await fold(ctx.db, plan, { signal });
  if (recomputed) tellRecompute(ctx, plan, recomputed);
  else if (rows > 0) ctx.observe({ type: 'delta.folded', cube: plan.id, rows, ms, generation });
}

async function recomputeAndTell(ctx: FoldingContext, plan: DeltaPlan, signal: AbortSignal): Promise<void> {
  await orTell(ctx, plan, signal, async () => {
    const report = await recompute(ctx.db, plan, { notWithinS: SAME_TICK_S, signal });
    if (report) tellRecompute(ctx, plan, report);
  });
}

/** False where it failed. What was cancelled by the stopper is no failure. */
async function orTell(
  ctx: FoldingContext,
  plan: DeltaPlan,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!signal.aborted) ctx.observe({ type: 'delta.failed', cube: plan.id, error });
    return false;
  }
}

/** Unforeseen differences are an alert: somebody changed the table where no trigger saw it. */
function tellRecompute(ctx: FoldingContext, plan: DeltaPlan, report: RecomputeReport): void {
  const { compared, drifted, sample, ms, expected } = report;
  const surprising = drifted > 0 && expected === undefined;
  ctx.observe(
    surprising
      ? { type: 'delta.drifted', cube: plan.id, compared, drifted, sample, ms }
      : { type: 'delta.recomputed', cube: plan.id, compared, because: expected, ms },
  );
}
