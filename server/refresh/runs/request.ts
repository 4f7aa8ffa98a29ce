import { setTimeout as sleep } from 'node:timers/promises';
import type { RefreshContext as Context } from '../context.ts';
import type { Who } from '../../audit/public.ts';
import { AppError } from '../../errors.ts';
import { busyViews } from './queue.ts';
import { getRun, type RunRecord } from './record.ts';
import { withSources } from '../views/sources.ts';
import { readViews } from '../views/views.ts';

const LOOK_EVERY_MS = 100;

/**
 * Asks for a refresh of views, and of those that they read and we refresh: what is read first. Returns the runs.
 * @throws AppError `refresh_running` (409) unless `evenIfRunning`; then a run after the present one is queued.
 */
export async function requestRefreshes(
  ctx: Context,
  views: readonly string[],
  { evenIfRunning, who }: { evenIfRunning: boolean; who: Who },
): Promise<RunRecord[]> {
  const ordered = await withSources(ctx.db, views, (view) => ctx.refresher.target(view) !== undefined);
  if (!evenIfRunning) await refuseRunning(ctx, views);
  const runs: RunRecord[] = [];
  for (const view of ordered) {
    const record = ctx.auditing.record.bind(ctx.auditing);
    const run = await ctx.refresher.requestByHand(view, { trigger: 'api', who, record });
    if (run) runs.push(await getRun(ctx.db, run.id));
  }
  return runs;
}

/** The views that may be refreshed, of those that `maps.yaml` names. @throws AppError `refresh_unavailable` */
export async function refreshableViews(ctx: Context, only?: string): Promise<string[]> {
  const { unwritable } = ctx.startup;
  if (unwritable !== undefined) {
    throw new AppError('refresh_unavailable', { detail: `refreshes cannot be recorded: ${unwritable}` });
  }
  const wanted = only === undefined ? ctx.refresher.targets.map((target) => target.view) : [only];
  const found = await readViews(ctx.db, wanted);
  const views = found.filter((view) => view.materialized).map((view) => view.view);
  if (only !== undefined && views.length === 0) {
    const detail = `${only} ${found.length === 0 ? 'does not exist' : 'is not a materialized view'}`;
    throw new AppError('refresh_unavailable', { detail });
  }
  return views;
}

/** Waits until a run has ended, whichever instance runs it. @throws AppError where client or server go away. */
export async function runToEnd(ctx: Context, id: number, signal: AbortSignal): Promise<RunRecord> {
  for (;;) {
    const run = await getRun(ctx.db, id, true);
    if (run.status !== 'queued' && run.status !== 'running') return run;
    if (ctx.startup.state === 'stopping') throw new AppError('shutting_down');
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
      throw new AppError('client_closed_request');
    });
  }
}

async function refuseRunning({ db }: Context, views: readonly string[]): Promise<void> {
  const busy = await busyViews(db, 'running');
  const running = views.filter((view) => busy.has(view));
  if (running.length > 0) {
    throw new AppError('refresh_running', {
      detail: `${running.join(', ')} is being refreshed; wait=true queues another run after it`,
      views: running,
    });
  }
}
