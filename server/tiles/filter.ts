import type { TableLayer } from '../catalog/types.ts';
import { filterOf, fits, readFilter, type LayerFilter, type WrittenFilter } from '../cql2/filter.ts';
import { AppError, invalidParameter } from '../errors.ts';
import type { TileRequest } from './types.ts';

const NAMES = ['filter', 'filter-lang', 'filter-crs'] as const;

type Query = TileRequest['query'];

/** Whether a parameter of a table's tiles belongs to `filter=`. Tile functions may have arguments of these names. */
export function isFilterName(name: string): boolean {
  return (NAMES as readonly string[]).includes(name);
}

/** The filter of a layer and the other parameters. @throws AppError `filter_invalid`, `invalid_parameter` */
export function splitFilter(
  layer: TableLayer,
  query: Query,
): { where: LayerFilter | undefined; query: Query } {
  if (!NAMES.some((name) => name in query)) return { where: undefined, query };
  const written = writtenIn(query);
  const rest = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of Object.entries(query)) if (!isFilterName(name)) rest[name] = value;
  return { where: written && filterOf(written, layer), query: rest };
}

/** Of several layers in a tile a filter is for those that have all that it names. */
export function knowsFilter(layer: TableLayer, query: Query): boolean {
  const written = writtenIn(query);
  return written !== undefined && fits(written, layer);
}

function writtenIn(query: Query): WrittenFilter | undefined {
  const [filter, lang, crs] = NAMES.map((name) => {
    const value = query[name];
    if (Array.isArray(value)) throw invalidParameter(name, value.join(' '), 'given once');
    return value;
  });
  return readFilter({ filter, lang, crs });
}

/** What only the database can decide it decides by the keys of rows. */
export function withoutKey({ id }: TableLayer): AppError {
  return new AppError('layer_unservable', {
    reason: 'no_key',
    detail: `${id} has no primary key or unique index of whole numbers, texts or dates, by which the rows of this filter could be told apart`,
  });
}
