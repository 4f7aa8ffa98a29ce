import type { Context } from '../context.ts';
import { viewAges } from './record.ts';

/** How fresh the views are, for `/health`. Stale data is still served, so it degrades and never fails. */
export async function refreshCheck(
  ctx: Context,
): Promise<{ status: 'ok' | 'degraded'; detail?: string; views?: object[] }> {
  const { targets } = ctx.refresher;
  if (!ctx.generations.tracking || targets.length === 0) return { status: 'ok' };
  try {
    const ages = await viewAges(
      ctx.db,
      targets.map((target) => target.view),
    );
    const views = targets.map(({ view, spec }, i) => {
      const { asOf = null, ageSeconds = null, lastError = null } = ages[i] ?? {};
      const tooOld = spec.maxAge !== undefined && (ageSeconds ?? Infinity) * 1000 > spec.maxAge;
      return { view, asOf, ageSeconds, lastError, tooOld };
    });
    const old = views.filter((entry) => entry.tooOld).map((entry) => entry.view);
    if (old.length === 0) return { status: 'ok', views };
    return { status: 'degraded', detail: `older than its maxAge: ${old.join(', ')}`, views };
  } catch {
    return { status: 'degraded', detail: 'the record of refreshes cannot be read' };
  }
}
