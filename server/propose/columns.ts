import { ident, sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { relationParts } from '../joins/public.ts';

/** What a column of a table of figures may be. */
export interface ColumnFacts {
  readonly name: string;
  readonly kind: 'number' | 'text' | 'other';
  /** Different values, counted up to a bound. */
  readonly distinct: number;
  /** Whole numbers from 1900 to 2100, all of them. */
  readonly isYear: boolean;
}

/** Of one that has more, nobody wants them all to choose from. */
export const MOST_CHOICES = 50;
const PATIENCE = { timeoutMs: 120_000 };

export async function readFacts(
  db: Queryable,
  table: string,
): Promise<{ rows: number; columns: ColumnFacts[] }> {
  const [schema, name] = relationParts(table);
  const found = await db.run<{ name: string; category: string }>(sql`
    select a.attname::text as name, t.typcategory::text as category
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = a.atttypid
    where n.nspname = ${schema} and c.relname = ${name} and a.attnum > 0 and not a.attisdropped
    order by a.attnum`);
  const from = ident(schema, name);
  const [count] = await db.run<{ n: number }>(sql`select count(*)::integer as n from ${from}`, PATIENCE);
  const columns: ColumnFacts[] = [];
  for (const { name: column, category } of found) {
    const kind = category === 'N' ? 'number' : category === 'S' || category === 'E' ? 'text' : 'other';
    const year =
      kind === 'number'
        ? sql`coalesce(bool_and(${ident(column)} between 1900 and 2100 and ${ident(column)}::numeric % 1 = 0), false)`
        : sql`false`;
    const [row] = await db.run<{ distinct: number; year: boolean }>(
      sql`select count(distinct ${ident(column)}::text)::integer as distinct, ${year} as year from ${from}`,
      PATIENCE,
    );
    columns.push({
      name: column,
      kind,
      distinct: row?.distinct ?? 0,
      isYear: (row?.year ?? false) && isYearName(column),
    });
  }
  return { rows: count?.n ?? 0, columns };
}

const isYearName = (name: string): boolean => /(^|_)(tahun|thn|year|yr|periode)($|_)/i.test(name);

/** Names of figures that do not add up: shares, means, indices. */
export function isRate(name: string): boolean {
  return /(^|_)(pct|persen|persentase|percent|percentage|rate|ratio|rasio|rata|rerata|mean|avg|average|median|index|indeks|ipm|hdi|gini|per|tingkat|kepadatan|density|share)($|_)/i.test(
    name,
  );
}
