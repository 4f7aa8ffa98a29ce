import type { TableLayer } from '../../catalog/types.ts';
import { ident, sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';

/** Who wants the changed rows of a table, and what of them. */
export interface Wanted {
  readonly consumer: string;
  readonly layer: TableLayer;
  /** The column of the place; null where every row that a statement touches is wanted, whatever of it changed. */
  readonly place: string | null;
  /** Columns besides it, of types of PostgreSQL's own. */
  readonly columns: readonly string[];
}

/** Who does not come back within this time gets no more rows, and begins anew. */
const LEASE = '7 days';

/**
 * Has the changed rows of a tracked table kept from now on; does nothing where none can be: of a view, a table with
 * parts, one that nobody tracks.
 */
export async function captureChanges(
  db: Database,
  { consumer, layer, place, columns }: Wanted,
): Promise<void> {
  const table = ident(layer.schema, layer.name).text;
  await db.run(
    sql`select chorograph.capture(${consumer}, tgrelid, ${place}, ${columns}::text[], ${LEASE}::interval)
      from pg_trigger where tgrelid = to_regclass(${table}) and tgname = 'chorograph_captured_insert'`,
  );
  await db.run(sql`delete from chorograph.capture where leased_until < now()`);
  await db.run(
    sql`delete from chorograph.changed_row where capture not in (select id from chorograph.capture)`,
  );
}

/** Ends that. */
export async function endCapture(db: Queryable, consumer: string): Promise<void> {
  await db.run(
    sql`with ended as (delete from chorograph.capture where consumer = ${consumer} returning id)
      delete from chorograph.changed_row where capture in (select id from ended)`,
  );
}

/**
 * What the table is at in this transaction, as long as which is the same all changes since are among the changed rows;
 * null where that is never said.
 */
export async function basisOf(tx: Queryable, consumer: string): Promise<string | null> {
  const [row] = await tx.run<{ basis: string | null }>(sql`select chorograph.basis_of(${consumer}) as basis`);
  return row?.basis ?? null;
}

/** How many changed rows there are, or `most` + 1. */
export async function changedRows(tx: Queryable, consumer: string, most: number): Promise<number> {
  const [row] = await tx.run<{ rows: number }>(
    sql`select count(*)::int as rows from (
      select from chorograph.changed_row r join chorograph.capture c on c.id = r.capture
      where c.consumer = ${consumer} limit ${most + 1}) few`,
  );
  return row?.rows ?? 0;
}

/** Takes out those that this transaction sees: they are taken in. */
export async function forgetChanges(tx: Queryable, consumer: string): Promise<void> {
  await tx.run(
    sql`delete from chorograph.changed_row where capture = (
      select id from chorograph.capture where consumer = ${consumer})`,
  );
}
