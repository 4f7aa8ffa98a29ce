import { ident, sql } from '../../../db/sql.ts';
import type { Queryable } from '../../../db/types.ts';

/**
 * Rows of copies (and of `ROWS`) that are others than before, or are no more, by the name of their table: `was` is
 * the box that each had, null where it is new.
 */
export const CHANGE = ident('pg_temp', 'chorograph_overview_change');

export async function makeChanges(tx: Queryable): Promise<void> {
  await tx.run(sql`drop table if exists ${CHANGE}`);
  await tx.run(
    sql`create temp table chorograph_overview_change (source text, row int, was box, primary key (source, row)) on commit drop`,
  );
}
