import { LRUCache } from 'lru-cache';
import { tileValue } from '../../catalog/expressions.ts';
import { isTransformError } from '../../catalog/failed-query.ts';
import type { RowFaults } from '../../catalog/faults.ts';
import { relationName, type Column, type TableLayer } from '../../catalog/types.ts';
import { evaluator, isEvaluable } from '../../cql2/memory/evaluate.ts';
import { filterSql, outsideOfLayer, type LayerFilter } from '../../cql2/filter.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import type { Generations, Stamp } from '../../generations/generations.ts';
import { UNKNOWN } from '../../generations/tokens.ts';
import type { MemoryLayer } from './memory-layer.ts';

/** What asking the database for rows takes. */
export interface SelectionContext {
  readonly db: Database;
  readonly generations: Generations;
  readonly faults: RowFaults;
}

/** The rows of a layer in memory that a filter keeps. */
export interface Selection {
  keeps(row: number): boolean;
  /** Made from data of another generation than the layer in memory. */
  readonly stale: boolean;
}

/** What is kept of filters for each layer in memory: a byte for each row of those that the database was asked about. */
const MOST_BYTES = 16_000_000;
const OVERHEAD = 10_000;

const kept = new WeakMap<MemoryLayer, LRUCache<string, Promise<Selection>>>();

/** Keys that have one text for each row: a rounded number or time might be that of two. */
const IDENTIFYING = ['integer', 'bigint', 'text', 'date'];

/**
 * Whether a filter of the layer can be answered from memory: what is not evaluated there is asked of the database by the
 * layer's key.
 */
export function canSelect(layer: TableLayer, { condition }: LayerFilter): boolean {
  return isEvaluable(condition) || keyColumns(layer) !== undefined;
}

/**
 * The rows of a layer in memory that a filter keeps, the same as those of its condition in SQL. What memory cannot decide the
 * database is asked for once, for all rows; that is kept as long as the layer is.
 */
export function select(ctx: SelectionContext, loaded: MemoryLayer, filter: LayerFilter): Promise<Selection> {
  let known = kept.get(loaded);
  if (!known) kept.set(loaded, (known = new LRUCache({ maxSize: MOST_BYTES })));
  const before = known.get(filter.key);
  if (before) return before;
  const made = isEvaluable(filter.condition)
    ? Promise.resolve(evaluated(loaded, filter))
    : asked(ctx, loaded, filter);
  const size = OVERHEAD + (isEvaluable(filter.condition) ? 0 : loaded.rows);
  known.set(filter.key, made, { size: Math.min(size, MOST_BYTES) });
  // A failure, or what was asked of newer data, is not kept.
  const forget = (): void => void known.delete(filter.key);
  made.then(({ stale }) => stale && forget(), forget);
  return made;
}

function evaluated({ values }: MemoryLayer, { condition }: LayerFilter): Selection {
  const test = evaluator(condition, (column) => values.get(column));
  return { keeps: (row) => test(row) === true, stale: false };
}

async function asked(
  { db, generations, faults }: SelectionContext,
  loaded: MemoryLayer,
  filter: LayerFilter,
): Promise<Selection> {
  const layer = loaded.source;
  const key = keyColumns(layer) ?? [];
  const relation = relationName(layer);
  const stamp = generations.stamp([relation]);
  const [row] = await faults
    .leavingOut(layer, loaded.token, (guarded) =>
      db.run<{ keys: string; stamp: Stamp | null }>(keysQuery(guarded, key, filter, stamp), {
        readOnly: true,
      }),
    )
    .catch((error: unknown) => {
      throw isTransformError(error) ? outsideOfLayer(layer, error) : error;
    });
  const found = new Set(row ? (JSON.parse(row.keys) as string[][]).map((one) => JSON.stringify(one)) : []);
  const bits = new Uint8Array(loaded.rows);
  const arrays = key.map(({ name }) => loaded.values.get(name));
  for (let i = 0; i < loaded.rows; i++)
    if (found.has(JSON.stringify(arrays.map((array) => String(array?.at(i)))))) bits[i] = 1;
  const moment = row?.stamp ? generations.settle(row.stamp).of(relation) : loaded.token;
  return { keeps: (at) => bits[at] === 1, stale: moment !== UNKNOWN && moment !== loaded.token };
}

function keysQuery(layer: TableLayer, key: readonly Column[], filter: LayerFilter, stamp: Sql): Sql {
  const texts = key.map((column) => sql`${tileValue(column)}::text`);
  return sql`select ${stamp} as stamp, (select coalesce(json_agg(json_build_array(${join(texts)})), '[]')::text
    from ${ident(layer.schema, layer.name)} where ${join(filterSql(filter, layer), ' and ')}) as keys`;
}

function keyColumns({ key, columns }: TableLayer): Column[] | undefined {
  if (!key || key.nullable) return undefined;
  const found = key.columns.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  const all = found.length === key.columns.length && found.every(({ kind }) => IDENTIFYING.includes(kind));
  return all ? found : undefined;
}
