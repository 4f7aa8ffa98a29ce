import { sql } from '../db/sql.ts';
import type { RefreshContext as Context } from './context.ts';
import { queueOf } from './delta/inspect.ts';
import { deltaPlans } from './delta/plan.ts';
import { viewAges } from './runs/record.ts';

/** How fresh a cube is that is refreshed. */
export interface ViewFreshness {
  readonly view: string;
  readonly asOf: string | null;
  readonly ageSeconds: number | null;
  readonly lastError: string | null;
  readonly tooOld: boolean;
  /** How long ago data was committed that this instance does not serve yet; 0 where it serves the newest. */
  readonly lagSeconds: number;
}

/** How fresh a cube is that its deltas keep. */
export interface DeltaFreshness {
  readonly cube: string;
  /** Changes that wait to be folded in, and for how long the oldest has. */
  readonly waiting: number;
  readonly waitingSeconds: number;
  readonly lagSeconds: number;
}

export interface Freshness {
  readonly views: readonly ViewFreshness[];
  readonly deltas: readonly DeltaFreshness[];
}

/** @throws AppError where the database cannot tell. */
export async function readFreshness(ctx: Context): Promise<Freshness> {
  const { targets } = ctx.refresher;
  const plans = deltaPlans(ctx.maps);
  const names = targets.map((target) => target.view);
  if (!ctx.generations.tracking || names.length + plans.length === 0) return { views: [], deltas: [] };
  const ages = await viewAges(ctx.db, names);
  const lags = await readLags(ctx, [...names, ...plans.map((plan) => plan.id)]);
  const views = targets.map(({ view, spec }, i) => {
    const { asOf = null, ageSeconds = null, lastError = null } = ages[i] ?? {};
    const tooOld = spec.maxAge !== undefined && (ageSeconds ?? Infinity) * 1000 > spec.maxAge;
    return { view, asOf, ageSeconds, lastError, tooOld, lagSeconds: lags.get(view) ?? 0 };
  });
  const deltas: DeltaFreshness[] = [];
  for (const plan of plans) {
    const queue = await queueOf(ctx.db, plan);
    if (queue) deltas.push({ cube: plan.id, ...queue, lagSeconds: lags.get(plan.id) ?? 0 });
  }
  return { views, deltas };
}

/** A generation is the time of its bump in ms, as long as bumps are not closer than that. */
async function readLags(
  { db, generations }: Context,
  relations: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.run<{ relation: string; generation: number; seconds: number }>(sql`
    select relation, generation,
      greatest(0, extract(epoch from clock_timestamp()) - generation / 1000.0)::float8 as seconds
    from chorograph.generation where relation = any(${relations}::text[])`);
  return new Map(
    rows.map(({ relation, generation, seconds }) => {
      const isServed = (generations.numberOf(relation) ?? 0) >= generation;
      return [relation, isServed ? 0 : seconds];
    }),
  );
}
