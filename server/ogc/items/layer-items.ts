import type { TableLayer } from '../../catalog/types.ts';
import { sql, type Sql } from '../../db/sql.ts';
import type { Bounds } from '../../tools/bounds.ts';
import { invalidParameter, type AppError } from '../../errors.ts';
import {
  featureCollection,
  planFeatures,
  type FeaturesPlan,
  type Ordering,
  type PageEnd,
} from '../../features/public.ts';
import type { WrittenFilter } from '../../cql2/filter.ts';
import type { Sight } from '../../sight/sight.ts';
import type { OgcContext, OtherRows } from '../context.ts';
import { boxCondition, orNowhere, type Box } from '../place/box.ts';
import { nearCondition } from '../place/near.ts';
import { placingOf, type System } from '../place/systems.ts';
import { sortableColumns } from '../schemas/properties.ts';
import { countMatched } from './count.ts';
import { decodeOffset } from './offset.ts';
import { timeColumn, timeCondition, type Interval } from './datetime.ts';

/** What a page of features is asked for, whatever the collection is. */
export interface ItemsRequest {
  readonly limit: number;
  readonly box: Box | undefined;
  /** What the index of the layer finds all in that lies in it. */
  readonly near: Bounds | undefined;
  /** Whether there are features without a geometry, which every box finds. */
  readonly hasNowhere: boolean;
  readonly system: System;
  readonly time: Interval | undefined;
  readonly cursor: string | undefined;
  readonly filter: WrittenFilter | undefined;
  /** Names of properties, those to order by first. */
  readonly sortby: readonly SortKey[] | undefined;
  readonly shape: Shape;
  /** Of the table behind the layer, instead of its own. */
  readonly rows: OtherRows | undefined;
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

/** @throws AppError 400 */
export function planLayerItems(ctx: OgcContext, layer: TableLayer, asked: ItemsRequest): FeaturesPlan {
  const { box, near, time, system } = asked;
  const column = timeColumn(layer);
  const found = (guarded: TableLayer): Sql => {
    const condition = box ? boxCondition(box, guarded) : sql`true`;
    return near ? sql`(${nearCondition(near, guarded)} and ${condition})` : condition;
  };
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
    layer: asked.rows ? { ...plan.layer, ...asked.rows.table } : plan.layer,
    ...shapeOf(layer, asked.shape, system),
    ...(asked.sortby
      ? {
          order: orderOf(layer, asked.sortby),
          offset: asked.cursor === undefined ? 0 : decodeOffset(asked.cursor),
        }
      : {}),
    also: (guarded) => [
      ...(asked.rows?.where ?? []),
      ...(box ? [asked.hasNowhere ? orNowhere(found(guarded), guarded) : found(guarded)] : []),
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
  const refuse = (parameter: string, uri: string) => () =>
    invalidParameter(parameter, uri, 'a system that has a place for every geometry asked for');
  if (placingOf(system) !== undefined) return refuse('crs', system.uri);
  return box && 'uri' in box ? refuse('bbox-crs', box.uri) : undefined;
}

/** The page as text, its end made by `tail`, which is told how many match where that is known. */
export function layerItems(
  ctx: OgcContext,
  plan: FeaturesPlan,
  tail: (end: PageEnd, matched: number | undefined) => object,
  { asked, signal }: { readonly asked: ItemsRequest; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  return featureCollection(
    ctx,
    plan,
    async (end) => {
      const isAll = asked.cursor === undefined && !end.more;
      return tail(end, isAll ? end.returned : await countMatched(ctx, plan, asked, signal));
    },
    signal,
  );
}
