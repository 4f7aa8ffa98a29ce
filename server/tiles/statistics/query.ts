import { tileValue } from '../../catalog/expressions.ts';
import type { Column, TableLayer, ValueKind } from '../../catalog/types.ts';
import { empty, ident, join, sql, type Sql } from '../../db/sql.ts';

/** Pure: the statement that tells what stands in the columns of a layer. */

/** Rows that are looked at. A percentile of so many is within half of one of that of all, nineteen times of twenty. */
export const MOST_ROWS = 20_000;
/** Values that are told of a column by name. */
export const MOST_VALUES = 20;
/** Longer values are nobody's categories. */
const LONGEST_VALUE = 200;
/** A table may have grown since its rows were estimated. */
const MOST_SAMPLED = 4 * MOST_ROWS;

const NUMBERS: readonly ValueKind[] = ['integer', 'bigint', 'number'];

export const isNumeric = ({ kind }: Pick<Column, 'kind'>): boolean => NUMBERS.includes(kind);

/** What the statement says of one column; absent for documents, which have no order. */
export interface ColumnRow {
  /** Rows that have a value. */
  readonly present: number;
  readonly distinct?: number;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly mean?: number | null;
  /** The smallest value, those below which lie 1 %, 2 %, …, the largest. */
  readonly percentiles?: readonly number[] | null;
  /** The most frequent values with their rows. */
  readonly values?: readonly (readonly [value: string | boolean, rows: number])[] | null;
}

/**
 * One row: `rows` that were looked at, and `c0…`, one `ColumnRow` for each column. Values are those that tiles have, of
 * rows that tiles can show.
 */
export function statisticsQuery(layer: TableLayer, columns: readonly Column[]): Sql {
  const chosen = columns.map((column, i) => sql`${valueOf(column)} as ${ident(`v${i}`)}`);
  const told = columns.map((column, i) => sql`${toldOf(column, ident(`v${i}`))} as ${ident(`c${i}`)}`);
  return sql`
    with looked as materialized (
      select ${join([...chosen, sql`1 as one`])}
        from ${ident(layer.schema, layer.name)} t ${sample(layer)}
       where t.${ident(layer.geometry.column)} is not null
       limit ${isSampled(layer) ? MOST_SAMPLED : MOST_ROWS + 1}
    )
    select ${join([sql`count(*)::int as rows`, ...told])} from looked`;
}

/** Whether pages from all over it are looked at in place of all: of views only the first rows can be. */
export function isSampled({ kind, estimatedRows }: TableLayer): boolean {
  return (kind === 'table' || kind === 'materialized view') && estimatedRows > MOST_ROWS;
}

/** The same pages each time. */
const sample = (layer: TableLayer): Sql =>
  isSampled(layer)
    ? sql`tablesample system (${(100 * MOST_ROWS) / layer.estimatedRows}) repeatable (1)`
    : empty;

function valueOf(column: Column): Sql {
  const value = tileValue(column);
  if (isNumeric(column)) return sql`(${value})::float8`;
  return column.kind === 'boolean' ? value : sql`(${value})::text`;
}

function toldOf(column: Column, value: Sql): Sql {
  if (column.kind === 'json') return sql`json_build_object('present', count(${value}))`;
  if (!isNumeric(column))
    return sql`json_build_object('present', count(${value}), 'distinct', count(distinct ${value}), 'values', ${frequent(value)})`;
  return sql`json_build_object('present', count(${value}), 'distinct', count(distinct ${value}),
    'min', min(${value}), 'max', max(${value}), 'mean', ${mean(value)}, 'percentiles',
    (select percentile_disc((select array_agg(i / 100.0::float8 order by i) from generate_series(0, 100) i))
       within group (order by ${value}) from looked))`;
}

/** Numbers of which as many as are looked at add up to one that a double can be. */
const LARGE = sql`1e300::float8`;
const SCALE = sql`1048576::float8`;

/** PostgreSQL's own fails from 1e154 on, as it adds up squares beside; and large numbers may have a mean where they have no sum. */
function mean(value: Sql): Sql {
  const count = sql`nullif(count(${value}), 0)`;
  const usual = sql`coalesce(sum(${value}) filter (where abs(${value}) < ${LARGE}), 0) / ${count}`;
  const large = sql`sum(${value} / ${SCALE}) filter (where abs(${value}) >= ${LARGE}) / ${count} * ${SCALE}`;
  return sql`${usual} + coalesce(${large}, 0)`;
}

function frequent(value: Sql): Sql {
  return sql`(select json_agg(json_build_array(value, rows) order by rows desc, value) from (
    select ${value} as value, count(*)::int as rows from looked
     where length(${value}::text) <= ${LONGEST_VALUE}
     group by 1 order by 2 desc, 1 limit ${MOST_VALUES}) frequent)`;
}
