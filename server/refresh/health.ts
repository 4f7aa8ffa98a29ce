import type { Check } from '../capability.ts';
import type { RefreshContext as Context } from './context.ts';
import type { Queryable } from '../db/types.ts';
import { asCheck } from '../tools/finding.ts';
import { keptFor } from '../tools/kept.ts';
import { readFreshness, type DeltaFreshness, type ViewFreshness } from './freshness.ts';
import { lookAtViewIndexes } from './views/indexes.ts';
import type { RefreshTarget } from './views/targets.ts';

type RefreshCheck = {
  status: 'ok' | 'degraded';
  detail?: string;
  views?: readonly ViewFreshness[];
  deltas?: readonly DeltaFreshness[];
};

/** How fresh the cubes are, for `/health`. Stale data is still served, so it degrades and never fails. */
export async function refreshCheck(ctx: Context): Promise<RefreshCheck> {
  try {
    const { views, deltas } = await readFreshness(ctx);
    const members = { ...(views.length > 0 ? { views } : {}), ...(deltas.length > 0 ? { deltas } : {}) };
    const old = views.filter((entry) => entry.tooOld).map((entry) => entry.view);
    if (old.length === 0) return { status: 'ok', ...members };
    return { status: 'degraded', detail: `older than its maxAge: ${old.join(', ')}`, ...members };
  } catch {
    return { status: 'degraded', detail: 'the record of refreshes cannot be read' };
  }
}

/** Changes of these relations are still found, but late. */
export function trackingCheck({ generations }: Context): Check {
  const lost = generations.lost();
  if (lost.length === 0) return { status: 'ok' };
  const names = lost.map(({ relation, reason }) => `${relation}: ${reason}`);
  return { status: 'degraded', detail: names.join('; '), relations: lost };
}

/** Views with a schedule alone: of the others nobody waits unless somebody asks. Looked up at most every few seconds. */
export function viewIndexesCheck(
  db: Queryable,
  refresher: { readonly targets: readonly RefreshTarget[] },
): () => Promise<Check> {
  const isScheduled = ({ spec }: RefreshTarget): boolean => spec.cron !== undefined;
  return keptFor(3_000, async () =>
    asCheck(await lookAtViewIndexes(db, refresher.targets.filter(isScheduled))),
  );
}
