import { relationName, type Column, type TableLayer } from '../../catalog/types.ts';
import { ident, sql, type Sql } from '../../db/sql.ts';
import { tokenOrMoment } from '../../generations/tokens.ts';
import type { OgcContext } from '../context.ts';
import { timeColumn } from '../items/datetime.ts';

/** A layer that takes longer to read is of no known time. */
const TIMEOUT_MS = 3_000;

type Interval = readonly [from: string | null, to: string | null];

const intervals = new WeakMap<TableLayer, { readonly token: string; readonly interval: Interval }>();

/** From the first to the last time of a layer's features, which is open where it cannot be told; undefined where they have none. */
export async function timeExtent(ctx: OgcContext, layer: TableLayer): Promise<Interval | undefined> {
  const column = timeColumn(layer);
  if (!column) return undefined;
  const token = tokenOrMoment(ctx.generations.of(relationName(layer)));
  const isKept = layer.access !== 'role';
  const known = isKept ? intervals.get(layer) : undefined;
  if (known?.token === token) return known.interval;
  // The embedded database cannot end a query: a time limit would end all of it.
  const options = { readOnly: true, timeoutMs: ctx.db.hasMvt ? TIMEOUT_MS : undefined };
  const found = await ctx.db
    .run<{ from: string | null; to: string | null }>(firstAndLast(layer, column), options)
    .catch(() => []);
  const interval: Interval = [found[0]?.from ?? null, found[0]?.to ?? null];
  if (isKept) intervals.set(layer, { token, interval });
  return interval;
}

function firstAndLast({ schema, name }: TableLayer, column: Column): Sql {
  const time = ident(column.name);
  const written = (value: Sql): Sql => {
    const utc = column.kind === 'timestamptz' ? sql`${value} at time zone 'UTC'` : sql`${value}::timestamp`;
    return sql`to_char(${utc}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  };
  return sql`select ${written(sql`min(${time})`)} as from, ${written(sql`max(${time})`)} as to
    from ${ident(schema, name)} where isfinite(${time})`;
}
