import { empty, join, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { stampOf } from '../rows.ts';

export interface AuditFilter {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Any of these. */
  readonly severity?: readonly string[] | undefined;
  /** The action itself, or what it begins with: `key`. */
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly object?: string | undefined;
  readonly outcome?: string | undefined;
  readonly correlation?: string | undefined;
  /** Words that all stand somewhere in the row. */
  readonly q?: string | undefined;
}

export interface Place {
  readonly at: string;
  readonly chain: string;
  readonly seq: number;
}

/** Columns as they are given out, in the order of the CSV file. */
export const AUDIT_COLUMNS = [
  'chain',
  'seq',
  'at',
  'severity',
  'action',
  'actor',
  'object',
  'outcome',
  'times',
  'address',
  'correlation',
  'before',
  'after',
  'note',
  'hash',
] as const;

export type AuditEntry = Readonly<Record<(typeof AUDIT_COLUMNS)[number], unknown>> & Place;

/** Newest first. */
export function readAudit(
  db: Queryable,
  filter: AuditFilter,
  { before, limit }: { before?: Place | undefined; limit: number },
): Promise<AuditEntry[]> {
  const older =
    before &&
    sql`(e.at, e.chain, e.seq) < (${before.at}::timestamptz, ${before.chain}::text, ${before.seq}::bigint)`;
  return db.run<AuditEntry>(sql`
    select e.chain, e.seq::float8 as seq, ${stampOf(sql`e.at`)} as at, e.severity, e.action, e.actor, e.object, e.outcome,
      e.times::float8 as times, e.address, e.correlation, e.before, e.after, e.note, encode(e.hash, 'hex') as hash
    from chorograph.audit_event e ${where(filter, older)} order by e.at desc, e.chain desc, e.seq desc limit ${limit}`);
}

export interface AuditStats {
  readonly events: number;
  readonly bySeverity: readonly object[];
  readonly byOutcome: readonly object[];
  readonly byAction: readonly object[];
  readonly byActor: readonly object[];
  readonly byTime: readonly object[];
}

/** How many steps of time are told of at most. */
const MOST_STEPS = 400;

export async function readAuditStats(
  db: Queryable,
  filter: AuditFilter,
  { step, top }: { step: 'hour' | 'day' | 'week'; top: number },
): Promise<AuditStats> {
  const matching = where(filter);
  const counts = (column: Sql): Promise<{ events: number }[]> =>
    db.run(sql`
      select ${column} as value, sum(times)::float8 as events from chorograph.audit_event e ${matching}
      group by 1 order by 2 desc, 1 limit ${top}`);
  const bySeverity = await counts(sql`severity`);
  return {
    events: bySeverity.reduce((sum, { events }) => sum + events, 0),
    bySeverity,
    byOutcome: await counts(sql`outcome`),
    byAction: await counts(sql`action`),
    byActor: await counts(sql`actor`),
    byTime: await db.run(sql`
      select to_char(date_trunc(${step}, e.at at time zone 'UTC'), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as from,
        sum(times)::float8 as events, sum(times) filter (where severity in ('error', 'critical'))::float8 as grave,
        sum(times) filter (where outcome = 'refused')::float8 as refused
      from chorograph.audit_event e ${matching} group by 1 order by 1 desc limit ${MOST_STEPS}`),
  };
}

/** Events of a severity since a time. */
export async function countSince(db: Queryable, severity: string, seconds: number): Promise<number> {
  const chain = severity === 'critical' ? 'critical' : 'ordinary';
  const [row] = await db.run<{ events: number }>(sql`
    select coalesce(sum(times), 0)::float8 as events from chorograph.audit_event
    where chain = ${chain} and severity = ${severity} and at > now() - make_interval(secs => ${seconds}::float8)`);
  return row?.events ?? 0;
}

function where(filter: AuditFilter, more?: Sql): Sql {
  const { from, to, severity, action, actor, object, outcome, correlation, q } = filter;
  const conditions = [
    from && sql`e.at >= ${from.toISOString()}::timestamptz`,
    to && sql`e.at < ${to.toISOString()}::timestamptz`,
    severity && sql`e.severity = any (${[...severity]}::text[])`,
    action !== undefined && sql`(e.action = ${action} or starts_with(e.action, ${`${action}.`}))`,
    actor !== undefined && sql`e.actor = ${actor}`,
    object !== undefined && sql`e.object = ${object}`,
    outcome !== undefined && sql`e.outcome = ${outcome}`,
    correlation !== undefined && sql`e.correlation = ${correlation}`,
    ...wordsOf(q).map((word) => sql`strpos(${HAYSTACK}, ${word}) > 0`),
    more,
  ].filter((condition) => typeof condition === 'object');
  return conditions.length === 0 ? empty : sql`where ${join(conditions, ' and ')}`;
}

// An index of words would double what it costs to write a row; whole months are looked through in seconds.
const HAYSTACK = sql`lower(concat_ws(' ', e.action, e.actor, e.object, e.correlation, e.address, e.note, e.before::text, e.after::text))`;

const wordsOf = (q = ''): string[] =>
  q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
