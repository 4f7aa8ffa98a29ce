import type { TableLayer } from '../../catalog/types.ts';
import { invalidParameter, type AppError } from '../../errors.ts';
import {
  countQuery,
  featureCollection,
  planFeatures,
  rowsOf,
  type FeaturesPlan,
  type PageEnd,
} from '../../features/public.ts';
import type { Sight } from '../../sight/sight.ts';
import type { OgcContext } from '../context.ts';
import { boxCondition, type Box } from '../place/box.ts';
import { placingOf, type System } from '../place/systems.ts';
import { timeColumn, timeCondition, type Interval } from './datetime.ts';

/** What a page of features is asked for, whatever the collection is. */
export interface ItemsRequest {
  readonly limit: number;
  readonly box: Box | undefined;
  readonly system: System;
  readonly time: Interval | undefined;
  readonly cursor: string | undefined;
  /** Parameters that the standard does not name. */
  readonly extra: Readonly<Record<string, string | string[]>>;
  readonly sight: Sight;
}

/** Rows that are counted; of what has more, nobody is told how many match. */
const COUNTED = 2_000_000;

/** @throws AppError 400 */
export function planLayerItems(ctx: OgcContext, layer: TableLayer, asked: ItemsRequest): FeaturesPlan {
  const { box, time, system } = asked;
  const column = timeColumn(layer);
  const plan = planFeatures(ctx, {
    layer: layer.id,
    bbox: undefined,
    columns: undefined,
    limit: asked.limit,
    cursor: asked.cursor,
    query: asked.extra,
    sight: asked.sight,
  });
  return {
    ...plan,
    place: placingOf(system),
    also: (guarded) => [
      ...(box ? [boxCondition(box, guarded)] : []),
      ...(time && column ? [timeCondition(time, column)] : []),
    ],
    refuse: refusing(system, box),
  };
}

/** That the database could not transform a geometry, where the request chose the system. */
export function refusing(system: System, box?: Box): ((cause: unknown) => AppError) | undefined {
  const isChosen = placingOf(system) !== undefined || (box !== undefined && 'srid' in box);
  if (!isChosen) return undefined;
  const name = placingOf(system) === undefined ? 'bbox-crs' : 'crs';
  return () => invalidParameter(name, system.uri, 'a system that has a place for every geometry asked for');
}

/** The page as text, its end made by `tail`, which is told how many match where that is known. */
export function layerItems(
  ctx: OgcContext,
  plan: FeaturesPlan,
  tail: (end: PageEnd, matched: number | undefined) => object,
  { isFirst, signal }: { readonly isFirst: boolean; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  return featureCollection(
    ctx,
    plan,
    async (end) => tail(end, isFirst && !end.more ? end.returned : await matchedBy(ctx, plan, signal)),
    signal,
  );
}

async function matchedBy(
  ctx: OgcContext,
  plan: FeaturesPlan,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { layer } = plan;
  if (layer.estimatedRows > COUNTED) return undefined;
  const rows = await rowsOf(
    ctx,
    layer,
    (guarded) => countQuery({ ...plan, bbox: undefined, layer: guarded, after: undefined }, COUNTED),
    signal,
    plan,
  );
  const counted = Number(rows[0]?.n);
  return counted > COUNTED ? undefined : counted;
}
