import { ident, sql } from '../db/sql.ts';
import type { Database, Queryable } from '../db/types.ts';
import { AppError } from '../errors.ts';
import { diagnose, keepMatches, relationParts, type Joined, type JoinMaps } from '../joins/public.ts';
import type { ColumnFacts } from './columns.ts';
import type { Proposal } from './proposal.ts';

/**
 * Makes the cube of a proposal, and keeps the matches that it is made of, in one transaction.
 * @param more what is done last in it
 */
export async function makeCube(
  db: Database,
  { view, statements }: Proposal,
  joined: Joined,
  set: string,
  more: (tx: Queryable) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await db.dedicated(
    async (tx) => {
      await keepMatches(tx, set, joined.report);
      for (const statement of statements) await tx.run(statement, { timeoutMs: 600_000 });
      await tx.run(sql`select chorograph.bump(${view})`);
      await more(tx);
    },
    { name: 'chorograph propose', timeoutMs: 600_000 },
  );
}

interface Wanted {
  readonly set: string;
  readonly table: string;
  readonly column?: string | undefined;
  readonly parent?: string | undefined;
}

/** The column that is named, or the one whose values name the most regions. @throws AppError where none does */
export async function findColumn(
  db: Queryable,
  maps: JoinMaps,
  columns: readonly ColumnFacts[],
  { set, table, column, parent }: Wanted,
): Promise<{ column: string; joined: Joined }> {
  const candidates = column === undefined ? columns.filter(isCandidate).map(({ name }) => name) : [column];
  let best: { column: string; joined: Joined; score: number } | undefined;
  for (const name of candidates) {
    const joined = await diagnose(db, maps, set, { table, column: name, parent });
    const { matched, rows } = joined.report;
    const score = matched * (rows.matched / Math.max(1, rows.matched + rows.additional));
    if (score > (best?.score ?? 0)) best = { column: name, joined, score };
  }
  if (best) return best;
  throw new AppError('invalid_parameter', {
    detail: `no column of ${table} names regions of ${set}; see chorograph join, or name it with --column`,
  });
}

const isCandidate = ({ kind, isYear, distinct }: ColumnFacts): boolean =>
  kind !== 'other' && !isYear && distinct > 0 && distinct <= 20_000;

/** Whether no two rows agree in all of these columns. */
export async function isUnique(db: Queryable, table: string, columns: readonly string[]): Promise<boolean> {
  const by = sql`${ident(columns[0]!)}${columns
    .slice(1)
    .map((name) => sql`, ${ident(name)}`)
    .reduce((all, each) => sql`${all}${each}`, sql``)}`;
  const rows = await db.run(
    sql`select 1 as one from ${ident(...relationParts(table))} group by ${by} having count(*) > 1 limit 1`,
    { timeoutMs: 120_000 },
  );
  return rows.length === 0;
}

/** Dimensions that say something besides the region; all that a person gave. */
export async function withoutNames(
  db: Queryable,
  table: string,
  column: string,
  dimensions: readonly ColumnFacts[],
  given: boolean,
): Promise<ColumnFacts[]> {
  const telling: ColumnFacts[] = [];
  for (const dimension of dimensions) {
    const several = await db.run(
      sql`select 1 as one from ${ident(...relationParts(table))} group by ${ident(column)}
        having count(distinct ${ident(dimension.name)}::text) > 1 limit 1`,
      { timeoutMs: 120_000 },
    );
    if (given || several.length > 0) telling.push(dimension);
  }
  return telling;
}
