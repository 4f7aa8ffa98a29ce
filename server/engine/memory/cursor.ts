import { number } from '../../catalog/expressions.ts';
import { sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Stamp } from '../../generations/generations.ts';
import type { PropertyValue } from '../types.ts';
import type { RawRow } from './load-query.ts';

/** Rows that are read at once. */
const BATCH = 500;

/** What the rows of a layer have besides their geometry. */
export interface ReadRows {
  readonly rows: number;
  readonly stamp: Stamp | null;
  /** Values by column, in the order that it has in the query, and by row. */
  readonly columns: readonly (readonly (PropertyValue | null)[])[];
}

/** Has the rows of a query read by `readRows` of the same transaction. */
export function cursorOf(query: Sql): Sql {
  return sql`declare layer_rows no scroll cursor for ${query}`;
}

/**
 * Reads a layer by a cursor, in batches, so that no more than two of them are held at a time.
 * @param cursor of a `loadQuery`
 * @param columns how many that has
 * @param take is given the GeoJSON texts of each batch
 */
export async function readRows(
  tx: Queryable,
  { cursor, columns: count }: { cursor: Sql; columns: number },
  take: (texts: (string | null)[]) => Promise<void> | void,
): Promise<ReadRows> {
  const columns = Array.from({ length: count }, (): (PropertyValue | null)[] => []);
  let rows = 0;
  let stamp: Stamp | null = null;
  await tx.run(cursor);
  const fetch = (): Promise<RawRow[]> => tx.run<RawRow>(sql`fetch ${number(BATCH)} from layer_rows`);
  for (let next = fetch(); ;) {
    const batch = await next;
    // The database is at the next ones while these are made something of.
    if (batch.length === BATCH) next = fetch();
    next.catch(() => {});
    if (rows === 0) stamp = batch.find((row) => row.stamp)?.stamp ?? null;
    rows += batch.length;
    columns.forEach((values, i) => {
      for (const row of batch) values.push(row[`c${i}`] ?? null);
    });
    await take(batch.map((row) => row.g));
    if (batch.length < BATCH) return { rows, stamp, columns };
  }
}
