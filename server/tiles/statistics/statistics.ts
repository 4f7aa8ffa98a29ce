import { readColumns } from '../../catalog/filters.ts';
import { explain } from '../../catalog/failed-query.ts';
import { relationName, type Column, type TableLayer } from '../../catalog/types.ts';
import { passingMoment, UNKNOWN } from '../../generations/tokens.ts';
import { json, type Representation } from '../../http/answers/respond.ts';
import type { Sight } from '../../sight/sight.ts';
import type { TilesContext as Context } from '../context.ts';
import { signatureOf } from '../version.ts';
import { isSampled, MOST_ROWS, statisticsQuery, type ColumnRow } from './query.ts';

/** Columns that are told of where none are named: one statement looks at all of them. */
const MOST_COLUMNS = 60;

export interface StatisticsRequest {
  readonly layer: string;
  readonly columns: readonly string[] | undefined;
  readonly sight: Sight;
  readonly signal: AbortSignal;
}

/**
 * What stands in the columns of a layer: how many rows have a value, the range and percentiles of numbers, the most
 * frequent of other values. Kept as tiles are, by the generation of the layer.
 *
 * @throws AppError 400 and 404 before any query; 502 and 503 as tiles
 */
export async function layerStatistics(shared: Context, request: StatisticsRequest): Promise<Representation> {
  const layer = shared.catalog.tableLayer(request.layer, request.sight.ofRows);
  const columns = readColumns(layer, request.columns) ?? layer.columns.slice(0, MOST_COLUMNS);
  const ctx = shared.roles.reading(shared, layer.access, request.sight);
  const generation = ctx.generations.of(relationName(layer));
  const versioned = generation !== UNKNOWN;
  const token = versioned ? generation : passingMoment();
  const names = columns.map(({ name }) => name);
  const key = JSON.stringify(['statistics', signatureOf(ctx, layer), token, names]);
  const make = async (signal: AbortSignal): Promise<Representation> =>
    json(await look(ctx, layer, columns, signal));
  const { answer } = await ctx.cache.get(key, request.signal, make, { versioned });
  return answer;
}

interface StatisticsRow extends Record<`c${number}`, ColumnRow | undefined> {
  rows: number;
}

async function look(
  ctx: Context,
  layer: TableLayer,
  columns: readonly Column[],
  signal: AbortSignal,
): Promise<object> {
  const query = statisticsQuery(layer, columns);
  const [row] = await ctx.db
    .run<StatisticsRow>(query, { signal, readOnly: true })
    .catch((error: unknown) => explain(ctx, layer, error));
  const rows = row?.rows ?? 0;
  return {
    layer: layer.id,
    rows,
    // There are more, which they stand for.
    sampled: isSampled(layer) || rows > MOST_ROWS,
    key: layer.key?.integer,
    columns: columns.map(({ name, type, kind, description }, i) => {
      return { name, type, kind, description, ...told(row?.[`c${i}`], rows) };
    }),
  };
}

function told(row: ColumnRow | undefined, rows: number): object {
  const { present = 0, values, percentiles, ...numbers } = row ?? {};
  return {
    present,
    missing: rows - present,
    ...numbers,
    ...(percentiles ? { percentiles } : {}),
    ...(values ? { values: values.map(([value, count]) => ({ value, rows: count })) } : {}),
  };
}
