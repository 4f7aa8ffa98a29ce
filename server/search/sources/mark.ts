import { ident, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Patched } from '../documents/patched.ts';
import { turn, type Turns } from '../index/slices.ts';
import type { RowSource } from './sources.ts';

/**
 * Where the reading of a table stands. A row that is written gets the number of its transaction (`xmin`), and every
 * transaction below the horizon was over when the table was read: what has no higher one has not changed since.
 */
export interface Mark {
  /** The oid of the table: another one of the same name begins anew. */
  readonly relation: string;
  /** Of 64 bits. */
  readonly horizon: string;
  /** The largest number of the column of ranks. */
  readonly highest: number;
}

/** With more changed rows than these it is faster to read all. */
const MOST_CHANGED = 5_000;
/** `xmin` has 32 bits: numbers that lie further apart cannot be compared. */
const FARTHEST = 1_000_000_000n;

export const textOf = (name: string | undefined): Sql =>
  name === undefined ? sql`null::text` : sql`${ident(name)}::text`;

/** What tells the documents of a source apart; undefined where only their order does. */
export function keyOf({ code, layer }: RowSource): Sql | undefined {
  const key = code ?? layer.key?.columns[0];
  return key === undefined ? undefined : textOf(key);
}

/** Where a reading in this transaction stands; undefined of views, parted and foreign tables. */
export async function markOf(tx: Queryable, source: RowSource): Promise<Mark | undefined> {
  if (keyOf(source) === undefined) return undefined;
  const { schema, name } = source.layer;
  const [row] = await tx.run<{ relation: string; horizon: string }>(sql`
    select c.oid::text as relation, pg_snapshot_xmin(pg_current_snapshot())::text as horizon
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${name} and c.relkind = 'r' and not c.relhassubclass`);
  return row && { ...row, highest: 0 };
}

/** Keys of what was written between two readings; undefined where that cannot be told, or is too much. */
export async function changedKeys(
  tx: Queryable,
  source: RowSource,
  { since, now }: { since: Mark; now: Mark },
): Promise<string[] | undefined> {
  const passed = BigInt(now.horizon) - BigInt(since.horizon);
  if (since.relation !== now.relation || passed < 0n || passed > FARTHEST) return undefined;
  const horizon = String(BigInt(since.horizon) % 2n ** 32n);
  const rows = await tx.run<{ key: string | null }>(sql`
    select distinct ${keyOf(source) ?? sql`null`} as key from ${ident(source.layer.schema, source.layer.name)}
    where age(xmin) <= age(${horizon}::text::xid) limit ${MOST_CHANGED + 1}`);
  return rows.length > MOST_CHANGED ? undefined : rows.flatMap(({ key }) => key ?? []);
}

/** How many documents a source has. */
export async function countKeys(tx: Queryable, source: RowSource): Promise<number> {
  const [row] = await tx.run<{ count: number }>(sql`
    select count(distinct ${keyOf(source) ?? sql`null`})::float8 as count
    from ${ident(source.layer.schema, source.layer.name)} where ${ident(source.title)} is not null`);
  return row?.count ?? 0;
}

/** Keys of documents of which there are no rows any more; undefined where they are too many. Rows that are no more leave no trace but that. */
export async function missingKeys(
  tx: Queryable,
  source: RowSource,
  { documents, turns }: { documents: Patched; turns: Turns },
): Promise<string[] | undefined> {
  const present = new Set<string>();
  await tx.run(sql`
    declare search_keys no scroll cursor for select ${keyOf(source) ?? sql`null`} as key
    from ${ident(source.layer.schema, source.layer.name)} where ${ident(source.title)} is not null`);
  for (let isMore = true; isMore;) {
    const rows = await tx.run<{ key: string }>(sql`fetch 1000 from search_keys`);
    for (const { key } of rows) present.add(key);
    isMore = rows.length === 1000;
    await turn(turns);
  }
  const gone: string[] = [];
  let seen = 0;
  for (const key of documents.keys()) {
    if (!present.has(key) && gone.push(key) > MOST_CHANGED) return undefined;
    if ((++seen & 1023) === 0) await turn(turns);
  }
  return gone;
}
