import { readFilter } from '../cql2/filter.ts';
import type { Bbox } from '../http/requests/params.ts';
import type { Sight } from '../sight/sight.ts';
import type { FeaturesContext as Context } from './context.ts';
import { planFeatures, type FeaturesPlan } from './service.ts';

/** Parameters of a request for features, those of its filter as they are written. */
export interface Requested {
  readonly layer: string;
  readonly bbox?: Bbox | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly filter?: string | undefined;
  readonly 'filter-lang'?: string | undefined;
  readonly 'filter-crs'?: string | undefined;
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly sight: Sight;
}

/** @throws AppError 400 or 404, before any query */
export function requestedPlan(ctx: Context, asked: Requested): FeaturesPlan {
  const { filter, 'filter-lang': lang, 'filter-crs': crs, bbox, columns, cursor, ...rest } = asked;
  return planFeatures(ctx, { ...rest, filter: readFilter({ filter, lang, crs }), bbox, columns, cursor });
}
