import type { TableLayer } from '../catalog/types.ts';
import type { Sql } from '../db/sql.ts';
import { AppError, invalidParameter } from '../errors.ts';
import { checkCondition } from './check/check.ts';
import { compile } from './sql/compile.ts';
import { findCrs, readCrs, type FilterCrs } from './check/crs.ts';
import { parseJson } from './read/json.ts';
import { normalize } from './tree/normal.ts';
import { knowsAll } from './check/queryables.ts';
import type { Node } from './tree/syntax.ts';
import { parseText } from './read/text.ts';
import type { Condition } from './tree/typed.ts';

/** The parameters `filter`, `filter-lang` and `filter-crs`, as they came. */
export interface FilterParameters {
  readonly filter?: string | undefined;
  readonly lang?: string | undefined;
  readonly crs?: string | undefined;
  /** What `crs` names, where that was looked up. */
  readonly system?: FilterCrs | undefined;
}

export { findCrs, type FilterCrs };

/** A filter that was read and is held against no layer yet. */
export interface WrittenFilter {
  readonly node: Node;
  readonly crs: FilterCrs;
}

/** A filter of one layer. */
export interface LayerFilter {
  /** Equal for filters that say the same in another order or another language. */
  readonly key: string;
  readonly condition: Condition;
}

export const FILTER_LANGUAGES = ['cql2-text', 'cql2-json'] as const;

/**
 * Reads the parameters. @throws AppError `filter_invalid`, `invalid_parameter`
 */
export function readFilter({
  filter,
  lang,
  crs,
  system: found,
}: FilterParameters): WrittenFilter | undefined {
  if (filter === undefined) {
    const lone = lang !== undefined ? 'filter-lang' : crs !== undefined ? 'filter-crs' : undefined;
    if (lone !== undefined) throw invalidParameter(lone, lang ?? crs, 'left out where there is no filter');
    return undefined;
  }
  if (lang !== undefined && lang !== 'cql2-text' && lang !== 'cql2-json')
    throw invalidParameter('filter-lang', lang, 'cql2-text or cql2-json');
  const system = found ?? readCrs(crs);
  return { node: lang === 'cql2-json' ? parseJson(filter) : parseText(filter), crs: system };
}

/** Holds a filter against a layer. @throws AppError `filter_invalid` */
export function filterOf({ node, crs }: WrittenFilter, layer: TableLayer): LayerFilter {
  return normalize(checkCondition(node, { queryables: layer, crs }));
}

/** Whether a layer has all that a filter names. */
export function fits({ node }: WrittenFilter, layer: TableLayer): boolean {
  return knowsAll(layer, node);
}

/** The condition of a layer's rows; none where there is no filter. */
export function filterSql(filter: LayerFilter | undefined, layer: TableLayer): Sql[] {
  return filter ? [compile(filter.condition, layer)] : [];
}

/** Whether a filter has geometries, which generalized copies of a layer would answer otherwise. */
export function isSpatial(condition: Condition): boolean {
  switch (condition.is) {
    case 'and':
    case 'or':
      return condition.args.some(isSpatial);
    case 'not':
      return isSpatial(condition.arg);
    case 'null':
      return condition.of.is === 'geometry' || ('args' in condition.of && isSpatial(condition.of));
    default:
      return condition.is === 'spatial';
  }
}

/** PostGIS could not bring a geometry into the layer's system: of rows that is known beforehand, so it is the filter's. */
export function outsideOfLayer(layer: TableLayer, cause: unknown): AppError {
  const expected = `geometries that lie where SRID ${layer.geometry.srid}, the layer's system, describes the earth`;
  return new AppError(
    'filter_invalid',
    { detail: `filter: expected ${expected}`, errors: [{ parameter: 'filter', expected }] },
    { cause },
  );
}
