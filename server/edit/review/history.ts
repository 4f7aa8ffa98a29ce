import { relationName } from '../../catalog/types.ts';
import { ident, sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { isRow } from '../../features/public.ts';
import type { Editable } from '../editable.ts';
import type { State, Step } from './states.ts';

export interface Moved extends Step {
  readonly feature: string;
  readonly from: State | undefined;
  readonly actor: string;
}

/** Notes how features came to their states. */
export async function noteSteps(tx: Queryable, { table }: Editable, steps: readonly Moved[]): Promise<void> {
  if (steps.length === 0) return;
  const rows = JSON.stringify(
    steps.map(({ feature, from, to, actor, comment }) => ({ feature, from, to, actor, comment })),
  );
  await tx.run(sql`
    insert into chorograph.review_step (relation, feature, from_state, to_state, actor, comment)
    select ${relationName(table)}, feature, "from", "to", actor, comment
    from json_to_recordset(${rows}::json) as s (feature text, "from" text, "to" text, actor text, comment text)`);
}

/** Writes the state of a row that is locked. */
export async function moveRow(
  tx: Queryable,
  { table, review }: Editable,
  id: string,
  to: State,
): Promise<void> {
  await tx.run(sql`update ${ident(table.schema, table.name)} as t set ${ident(review!.column)} = ${to}
    where ${isRow(table, id)}`);
}

export interface HistoryEntry {
  readonly from: string | null;
  readonly to: string;
  readonly actor: string;
  readonly comment: string | null;
  readonly at: string;
}

/** How a feature came to its state, the first step first. */
export function historyOf(db: Queryable, { table }: Editable, id: string): Promise<HistoryEntry[]> {
  return db.run<HistoryEntry>(sql`
    select from_state as from, to_state as to, actor, comment,
           to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
    from chorograph.review_step where relation = ${relationName(table)} and feature = ${id} order by id limit 1000`);
}
