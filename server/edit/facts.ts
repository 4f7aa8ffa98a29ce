import type { TableLayer } from '../catalog/types.ts';
import { ident, sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';

/** What a table asks of the values of a column. */
export interface ColumnFacts {
  readonly name: string;
  readonly notNull: boolean;
  /** It has a value where none is given. */
  readonly hasDefault: boolean;
  /** The database makes its values, always. */
  readonly isMade: boolean;
  /** Characters that a text may have. */
  readonly length: number | null;
  /** The values of an enumeration. */
  readonly labels: readonly string[] | null;
}

export interface Facts {
  readonly columns: ReadonlyMap<string, ColumnFacts>;
  /** Columns of constraints and unique indexes, by their names. */
  readonly constraints: ReadonlyMap<string, readonly string[]>;
}

export async function readFacts(db: Queryable, { schema, name }: TableLayer): Promise<Facts> {
  const table = ident(schema, name).text;
  const columns = await db.run<ColumnFacts>(sql`
    select a.attname as name,
           a.attnotnull or coalesce(t.typnotnull, false) as "notNull",
           a.atthasdef and a.attgenerated = '' or a.attidentity <> '' or t.typdefault is not null as "hasDefault",
           a.attgenerated <> '' or a.attidentity = 'a' as "isMade",
           case when a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) and a.atttypmod > 4 then a.atttypmod - 4 end as length,
           (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = a.atttypid) as labels
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    where a.attrelid = to_regclass(${table}) and a.attnum > 0 and not a.attisdropped`);
  const constraints = await db.run<{ name: string; columns: string[] }>(sql`
    select x.name, array_agg(a.attname::text order by a.attnum) as columns
    from (
      select conname as name, unnest(conkey) as attnum from pg_constraint where conrelid = to_regclass(${table})
      union
      select c.relname, unnest(i.indkey::int2[])
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = to_regclass(${table}) and i.indisunique) x
    join pg_attribute a on a.attrelid = to_regclass(${table}) and a.attnum = x.attnum
    where x.attnum > 0
    group by x.name`);
  return {
    columns: new Map(columns.map((column) => [column.name, column])),
    constraints: new Map(constraints.map((one) => [one.name, one.columns])),
  };
}
