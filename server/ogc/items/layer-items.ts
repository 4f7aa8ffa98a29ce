import type { TableLayer } from '../../catalog/types.ts';
import { invalidParameter, type AppError } from '../../errors.ts';
import {
  countQuery,
  featureCollection,
  planFeatures,
  rowsOf,
  type FeaturesPlan,
  type Ordering,
  type PageEnd,
} from '../../features/public.ts';
import type { WrittenFilter } from '../../cql2/filter.ts';
import type { Sight } from '../../sight/sight.ts';
import type { OgcContext } from '../context.ts';
import { boxCondition, type Box } from '../place/box.ts';
import { placingOf, type System } from '../place/systems.ts';
import { sortableColumns } from '../schemas/properties.ts';
import { decodeOffset } from './offset.ts';
import { timeColumn, timeCondition, type Interval } from './datetime.ts';

/** What a page of features is asked for, whatever the collection is. */
export interface ItemsRequest {
  readonly limit: number;
  readonly box: Box | undefined;
  readonly system: System;
  readonly time: Interval | undefined;
  readonly cursor: string | undefined;
  readonly filter: WrittenFilter | undefined;
  /** Names of properties, those to order by first. */
  readonly sortby: readonly SortKey[] | undefined;
  readonly shape: Shape;
  /** Parameters that the standard does not name. */
  readonly extra: Readonly<Record<string, string | string[]>>;
  readonly sight: Sight;
}

export interface SortKey {
  readonly name: string;
  readonly descending: boolean;
}

/** What of a feature is wanted: all of it where absent. */
export interface Shape {
  readonly properties?: readonly string[] | undefined;
  readonly skipGeometry?: boolean | undefined;
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
    cursor: asked.sortby ? undefined : asked.cursor,
    query: asked.extra,
    filter: asked.filter,
    sight: asked.sight,
  });
  return {
    ...plan,
    ...shapeOf(layer, asked.shape, system),
    ...(asked.sortby
      ? {
          order: orderOf(layer, asked.sortby),
          offset: asked.cursor === undefined ? 0 : decodeOffset(asked.cursor),
        }
      : {}),
    also: (guarded) => [
      ...(box ? [boxCondition(box, guarded)] : []),
      ...(time && column ? [timeCondition(time, column)] : []),
    ],
    refuse: refusing(system, box),
  };
}

/** The columns and the geometry of a feature. @throws AppError `invalid_parameter` */
export function shapeOf(
  layer: TableLayer,
  { properties, skipGeometry }: Shape,
  system: System,
): Pick<FeaturesPlan, 'columns' | 'place'> {
  if (properties)
    refuseStrangers(
      'properties',
      properties,
      layer.columns.map(({ name }) => name),
    );
  return {
    columns: properties ? layer.columns.filter(({ name }) => properties.includes(name)) : layer.columns,
    place: skipGeometry ? 'none' : placingOf(system),
  };
}

function orderOf(layer: TableLayer, keys: readonly SortKey[]): Ordering[] {
  const sortable = sortableColumns(layer);
  refuseStrangers(
    'sortby',
    keys.map(({ name }) => name),
    sortable.map(({ name }) => name),
  );
  return keys.flatMap(({ name, descending }) =>
    sortable.filter((column) => column.name === name).map((column) => ({ column, descending })),
  );
}

/** @throws AppError `invalid_parameter` where one of the names is none of those that there are */
export function refuseStrangers(parameter: string, names: readonly string[], known: readonly string[]): void {
  const strangers = names.filter((name) => !known.includes(name));
  if (strangers.length > 0)
    throw invalidParameter(parameter, strangers.join(), `some of ${known.join(', ')}`);
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
