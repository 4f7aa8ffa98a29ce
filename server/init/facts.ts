import { ident, join, sql, type Sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { from, LOOKING, type Relation, type RelationColumn } from './relations.ts';

/** Of a column with more different values nobody makes regions. */
export const MOST_VALUES = 20_000;

export const isText = ({ category }: RelationColumn): boolean => category === 'S' || category === 'E';
export const isNumber = ({ category }: RelationColumn): boolean => category === 'N';
export const isWhole = ({ type }: RelationColumn): boolean => /^(smallint|integer|bigint)$/.test(type);
const isDate = ({ category }: RelationColumn): boolean => category === 'D';

/** Columns whose values may be codes: text and whole numbers, `numeric` ones as shapefiles have them, too. */
export const mayBeCode = (column: RelationColumn): boolean =>
  isText(column) || isWhole(column) || column.type === 'numeric';

/** What may be filtered by. */
export const mayBeDimension = (column: RelationColumn): boolean =>
  isText(column) || isWhole(column) || isDate(column) || column.category === 'B';

/** The different values of a column as text, those that are NULL left out; undefined where there are too many. */
export async function readValues(
  db: Queryable,
  relation: Relation,
  column: string,
): Promise<ReadonlySet<string> | undefined> {
  const rows = await db.run<{ value: string }>(
    sql`select distinct ${ident(column)}::text as value from ${from(relation)}
      where ${ident(column)} is not null limit ${MOST_VALUES + 1}`,
    LOOKING,
  );
  return rows.length > MOST_VALUES ? undefined : new Set(rows.map(({ value }) => value));
}

/** How many rows, and for each column how many different values and how many rows that have one. */
export async function countValues(
  db: Queryable,
  relation: Relation,
  columns: readonly RelationColumn[],
): Promise<{ rows: number; counts: ReadonlyMap<string, { distinct: number; filled: number }> }> {
  const [row] = await readWide(db, relation, [
    sql`count(*)::int as rows`,
    ...columns.flatMap(({ name }, i) => [
      sql`count(distinct ${ident(name)}::text)::int as ${ident(`d${i}`)}`,
      sql`count(${ident(name)})::int as ${ident(`f${i}`)}`,
    ]),
  ]);
  const counts = columns.map(
    ({ name }, i) => [name, { distinct: row?.[`d${i}`] ?? 0, filled: row?.[`f${i}`] ?? 0 }] as const,
  );
  return { rows: row?.rows ?? 0, counts: new Map(counts) };
}

/** What a column of numbers holds. */
export interface Numbers {
  readonly least: number;
  readonly most: number;
  readonly areWhole: boolean;
}

export async function readNumbers(
  db: Queryable,
  relation: Relation,
  columns: readonly string[],
): Promise<ReadonlyMap<string, Numbers>> {
  if (columns.length === 0) return new Map();
  const [row] = await readWide(db, relation, [
    ...columns.flatMap((name, i) => [
      sql`min(${ident(name)})::float8 as ${ident(`l${i}`)}`,
      sql`max(${ident(name)})::float8 as ${ident(`m${i}`)}`,
      sql`coalesce(bool_and(${ident(name)} = trunc(${ident(name)}::numeric)), true)::int as ${ident(`w${i}`)}`,
    ]),
  ]);
  return new Map(
    columns.flatMap((name, i) => {
      const least = row?.[`l${i}`];
      // All NULL: there is nothing to be shown.
      if (row === undefined || least === undefined || least === null) return [];
      return [[name, { least, most: row[`m${i}`] ?? least, areWhole: row[`w${i}`] === 1 }] as const];
    }),
  );
}

const readWide = (
  db: Queryable,
  relation: Relation,
  columns: readonly Sql[],
): Promise<Record<string, number>[]> =>
  db.run<Record<string, number>>(sql`select ${join(columns)} from ${from(relation)}`, LOOKING);

/** Whether these columns tell rows apart; those without a region left out. */
export async function tellsApart(
  db: Queryable,
  relation: Relation,
  columns: readonly string[],
): Promise<boolean> {
  const by = join(columns.map((column) => ident(column)));
  const twice = await db.run(
    sql`select 1 as one from ${from(relation)} where ${ident(columns[0]!)} is not null
      group by ${by} having count(*) > 1 limit 1`,
    LOOKING,
  );
  return twice.length === 0;
}

/** Whether a column has several values within one region: else it is another name of it. */
export async function varies(
  db: Queryable,
  relation: Relation,
  region: string,
  column: string,
): Promise<boolean> {
  const rows = await db.run(
    sql`select 1 as one from ${from(relation)} group by ${ident(region)}
      having count(distinct ${ident(column)}::text) > 1 limit 1`,
    LOOKING,
  );
  return rows.length > 0;
}
