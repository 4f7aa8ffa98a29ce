import type { TableLayer } from '../../catalog/types.ts';
import { filterOf, filterSql, type LayerFilter, type WrittenFilter } from '../../cql2/filter.ts';
import { evaluator, isEvaluable } from '../../cql2/memory/evaluate.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { invalidParameter } from '../../errors.ts';
import { rowsOf, type RowsContext } from '../../features/public.ts';
import type { RegionSet } from '../definitions.ts';
import { REGION_TYPES, type Region, type RegionProperty } from './region.ts';
import { codeText } from '../regions/codes.ts';

const TYPES = { text: 'text', number: 'double precision', integer: 'bigint' } as const;
const PROPERTIES = Object.entries(REGION_TYPES) as [RegionProperty, keyof typeof TYPES][];

/** The regions as a layer, for filters: their properties, and the geometry of their set. */
export function regionLayer({ layer }: RegionSet): TableLayer {
  const columns = PROPERTIES.map(([name, kind]) => ({ name, kind, type: TYPES[kind] }));
  return { ...layer, columns, key: undefined };
}

/**
 * Codes of the regions that a filter keeps. It sees what is shown, so it can tell nothing of what is hidden. What memory
 * cannot decide is asked of the database, which is given the values.
 * @throws AppError `filter_invalid`
 */
export function keptBy(
  ctx: RowsContext,
  set: RegionSet,
  regions: readonly Region[],
  written: WrittenFilter,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  return keptByFilter(ctx, set, regions, filterOf(written, regionLayer(set)), signal);
}

/** The same by a filter that was held against the regions. */
export async function keptByFilter(
  ctx: RowsContext,
  set: RegionSet,
  regions: readonly Region[],
  filter: LayerFilter,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (isEvaluable(filter.condition)) {
    const test = evaluator(filter.condition, (name) =>
      regions.map((region) => region[name as RegionProperty]),
    );
    return new Set(regions.filter((_, row) => test(row) === true).map(({ code }) => code));
  }
  const columns = PROPERTIES.map(([name, kind]) => sql`${ident(name)} ${TYPE_NAMES[kind]}`);
  const { schema, name, geometry } = set.layer;
  const query = (guarded: TableLayer): Sql => {
    const conditions = filterSql(filter, regionLayer({ ...set, layer: guarded }));
    return sql`select distinct code from (
      select v.*, g.${ident(geometry.column)}
      from json_to_recordset(${JSON.stringify(regions)}::json) as v(${join(columns)})
      left join (select ${codeOf(set)} as region, ${ident(geometry.column)} from ${ident(schema, name)} t) g
        on g.region = v.code) t
      where ${join(conditions, ' and ')}`;
  };
  const rows = await rowsOf(ctx, set.layer, query, signal, { where: filter });
  return new Set(rows.map(({ code }) => String(code)));
}

const TYPE_NAMES = { text: sql`text`, number: sql`double precision`, integer: sql`bigint` };

/** Codes as the values have them: text, of numbers as tiles show them. */
export function codeOf({ layer, code }: RegionSet): Sql {
  if (!layer.columns.some(({ name }) => name === code))
    throw invalidParameter('collection', code, 'a choropleth whose regions have their codes');
  return sql`coalesce(${codeText(layer, code, ident(code))}, '')`;
}
