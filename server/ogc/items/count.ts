import { LRUCache } from 'lru-cache';
import { relationName, type TableLayer } from '../../catalog/types.ts';
import { AppError } from '../../errors.ts';
import { countQuery, rowsOf, type FeaturesPlan } from '../../features/public.ts';
import { isVersioned } from '../../generations/tokens.ts';
import type { OgcContext } from '../context.ts';
import type { Box } from '../place/box.ts';
import type { Interval } from './datetime.ts';

/** Rows that are counted; of what has more, nobody is told how many match. */
const COUNTED = 2_000_000;
/** Whoever reads page after page has the same counted each time. */
const KEPT_PER_LAYER = 200;

const kept = new WeakMap<TableLayer, LRUCache<string, number>>();

/** How many features match, on all pages together; undefined where that would take long to tell. */
export async function countMatched(
  ctx: OgcContext,
  plan: FeaturesPlan,
  { box, time }: { readonly box: Box | undefined; readonly time: Interval | undefined },
  signal: AbortSignal,
): Promise<number | undefined> {
  const { layer, filters, where } = plan;
  if (layer.estimatedRows > COUNTED) return undefined;
  // The token is read before the data: an old count can then never stand under a new token.
  const token = ctx.generations.of(relationName(layer));
  const isKept = isVersioned(token) && layer.access !== 'role';
  const wanted = filters.map(({ column, values }) => [column.name, values]);
  const key = JSON.stringify([token, wanted, where?.key, box, time]);
  const counts = kept.get(layer) ?? new LRUCache({ max: KEPT_PER_LAYER });
  kept.set(layer, counts);
  const known = isKept ? counts.get(key) : undefined;
  const counted = known ?? (await count(ctx, plan, signal));
  if (counted === undefined || counted > COUNTED) return undefined;
  if (isKept) counts.set(key, counted);
  return counted;
}

/** Undefined where the database gave up: the features are on their way already, and are right without it. */
async function count(ctx: OgcContext, plan: FeaturesPlan, signal: AbortSignal): Promise<number | undefined> {
  const query = (layer: TableLayer) =>
    countQuery({ ...plan, bbox: undefined, layer, after: undefined }, COUNTED);
  try {
    const [row] = await rowsOf(ctx, plan.layer, query, signal, plan);
    return Number(row?.n);
  } catch (error) {
    if (error instanceof AppError && error.code === 'query_timeout') return undefined;
    throw error;
  }
}
