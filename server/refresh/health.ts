import type { Check } from '../capability.ts';
import type { RefreshContext as Context } from './context.ts';
import { readFreshness, type DeltaFreshness, type ViewFreshness } from './freshness.ts';

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
