import { ident, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { relationParts, type Joined } from '../../joins/public.ts';

export interface DraftValue {
  readonly code: string;
  readonly status: 'ok' | 'suppressed' | 'no_data';
  readonly value: number | null;
}

export interface ValuesAsked {
  readonly table: string;
  readonly column: string;
  readonly parent: string | undefined;
  readonly figure: string;
  readonly adds: boolean;
  readonly denominator: string | undefined;
  readonly multiplier: number;
  /** Of figures that do not add up the newest period is shown. */
  readonly time: string | undefined;
  readonly suppressBelow: number | undefined;
}

interface Sums {
  numerator: number | null;
  denominator: number | null;
}

/**
 * What a choropleth of this would show, of the table as it is: nothing is made for it. Of what is hidden so that nobody
 * computes what was suppressed nothing is known before there is a cube.
 */
export async function draftValues(db: Queryable, joined: Joined, asked: ValuesAsked): Promise<DraftValue[]> {
  const rows = await db.run<{ value: string; parent: string } & Sums>(figuresQuery(asked), {
    timeoutMs: 120_000,
  });
  const codes = new Map(
    joined.report.values.flatMap(({ value, parent, match }) =>
      match.status === 'matched' ? [[JSON.stringify([value, parent ?? '']), match.code]] : [],
    ),
  );
  const byCode = new Map<string, Sums>();
  for (const { value, parent, numerator, denominator } of rows) {
    const code = codes.get(JSON.stringify([value, parent]));
    if (code === undefined) continue;
    const before = byCode.get(code);
    byCode.set(code, {
      numerator: together(before?.numerator, numerator, asked.adds),
      denominator: together(before?.denominator, denominator, true),
    });
  }
  return joined.regions.map(({ code }) => ({ code, ...measure(byCode.get(code), asked) }));
}

function figuresQuery({ table, column, parent, figure, adds, denominator, time }: ValuesAsked): Sql {
  const from = ident(...relationParts(table));
  const above = parent === undefined ? sql`''` : sql`coalesce(${ident(parent)}::text, '')`;
  const number = (name: string): Sql => sql`${ident(name)}::numeric`;
  const numerator = adds ? sql`sum(${number(figure)})` : sql`max(${number(figure)})`;
  const below = denominator === undefined ? sql`null` : sql`sum(${number(denominator)})`;
  const newest =
    time === undefined || adds ? sql`` : sql` and ${ident(time)} = (select max(${ident(time)}) from ${from})`;
  return sql`
    select ${ident(column)}::text as value, ${above} as parent, ${numerator}::double precision as numerator,
      ${below}::double precision as denominator
    from ${from} where ${ident(column)} is not null${newest} group by 1, 2 limit 20001`;
}

function together(before: number | null | undefined, more: number | null, adds: boolean): number | null {
  if (before === undefined || before === null) return more;
  if (more === null) return before;
  return adds ? before + more : Math.max(before, more);
}

function measure(
  sums: Sums | undefined,
  { denominator: by, multiplier, suppressBelow, adds }: ValuesAsked,
): Omit<DraftValue, 'code'> {
  const none = { status: 'no_data', value: null } as const;
  if (!sums || sums.numerator === null) return none;
  const { numerator, denominator } = sums;
  // As `suppress` of maps.yaml counts: what is summed.
  const isSmall = adds && suppressBelow !== undefined && numerator > 0 && numerator < suppressBelow;
  if (isSmall) return { status: 'suppressed', value: null };
  if (by === undefined) return { status: 'ok', value: numerator * multiplier };
  if (denominator === null || denominator === 0) return none;
  return { status: 'ok', value: (numerator / denominator) * multiplier };
}
