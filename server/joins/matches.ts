import { literal, sql, type Sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import { confirmationKey, type JoinReport } from '../places/match.ts';

export interface Confirmation {
  readonly value: string;
  readonly parent: string | undefined;
  readonly code: string;
}

/** What people confirmed for a region set, by the folded value and region above. */
export async function readConfirmed(db: Queryable, set: string): Promise<Map<string, string>> {
  // A role that may not have schema chorograph looks without remembering.
  const [own] = await db.run<{ present: boolean }>(
    sql`select to_regclass('chorograph.place_match') is not null as present`,
  );
  if (!own?.present) return new Map();
  const rows = await db.run<{ value: string; parent: string; code: string }>(sql`
    select value, parent, code from chorograph.place_match where region_set = ${set} and how = 'confirmed'
    order by matched_at`);
  return new Map(
    rows.map(({ value, parent, code }) => [
      confirmationKey({ value, parent: parent === '' ? undefined : parent }),
      code,
    ]),
  );
}

export async function confirm(
  db: Queryable,
  set: string,
  confirmations: readonly Confirmation[],
): Promise<void> {
  await store(
    db,
    set,
    confirmations.map((each) => ({ ...each, how: 'confirmed' })),
  );
}

/** Keeps what a report matched, for a cube that is made of it. */
export async function keepMatches(
  db: Queryable,
  set: string,
  { values }: Pick<JoinReport, 'values'>,
): Promise<void> {
  await store(db, set, matchedRows(values));
}

/** The same as a statement that a person takes along: its values stand in it. */
export const matchesStatement = (set: string, { values }: Pick<JoinReport, 'values'>): Sql =>
  storing(literal(set), literal(JSON.stringify(matchedRows(values))));

const matchedRows = (values: JoinReport['values']): (Confirmation & { how: string })[] =>
  values.flatMap(({ value, parent, match }) =>
    match.status === 'matched' ? [{ value, parent, code: match.code, how: match.how }] : [],
  );

async function store(
  db: Queryable,
  set: string,
  rows: readonly (Confirmation & { how: string })[],
): Promise<void> {
  await db.run(storing(sql`${set}`, sql`${JSON.stringify(rows)}`));
}

const storing = (set: Sql, rows: Sql): Sql => sql`
    insert into chorograph.place_match (region_set, value, parent, code, how)
    select ${set}::text, value, coalesce(parent, ''), code, how
    from json_to_recordset(${rows}::json) as r (value text, parent text, code text, how text)
    on conflict (region_set, value, parent) do update
      set code = excluded.code, how = excluded.how, matched_at = now()
      -- What a person said stands until a person says otherwise.
      where excluded.how = 'confirmed' or place_match.how <> 'confirmed'`;
