import { ident, sql, type Sql } from '../../db/sql.ts';
import type { Condition, Grain, Moment } from '../tree/typed.ts';

type TemporalCondition = Extract<Condition, { is: 'temporal' }>;

/** A relation of two intervals, both ends of which belong to them (Allen's, as the standard has them). */
export function temporalTest({ how, grain, left, right }: TemporalCondition): Sql {
  const a = { from: edge(left.from, 'from', grain), to: edge(left.to, 'to', grain) };
  const b = { from: edge(right.from, 'from', grain), to: edge(right.to, 'to', grain) };
  switch (how) {
    case 'before':
      return sql`(${a.to} < ${b.from})`;
    case 'intersects':
      return sql`(${a.from} <= ${b.to} and ${a.to} >= ${b.from})`;
    case 'equals':
      return sql`(${a.from} = ${b.from} and ${a.to} = ${b.to})`;
    case 'during':
      return sql`(${a.from} > ${b.from} and ${a.to} < ${b.to})`;
    case 'finishes':
      return sql`(${a.from} > ${b.from} and ${a.to} = ${b.to})`;
    case 'starts':
      return sql`(${a.from} = ${b.from} and ${a.to} < ${b.to})`;
    case 'meets':
      return sql`(${a.to} = ${b.from})`;
    case 'overlaps':
      return sql`(${a.from} < ${b.from} and ${a.to} > ${b.from} and ${a.to} < ${b.to})`;
  }
}

const LAST = sql`interval '1 day' - interval '1 microsecond'`;

function edge(moment: Moment, end: 'from' | 'to', grain: Grain): Sql {
  if (moment.is === 'open') return ofGrain(moment.end === 'from' ? sql`'-infinity'` : sql`'infinity'`, grain);
  if (moment.is === 'instant') {
    if (grain === 'date') return sql`${moment.text}::text::date`;
    if (moment.type === 'timestamp') return instant(moment.text, grain);
    return instant(`${moment.text}T${end === 'from' ? '00:00:00.000000' : '23:59:59.999999'}Z`, grain);
  }
  const name = ident(moment.column.name);
  const { kind } = moment.column;
  if (kind === grain) return name;
  const local = kind === 'date' ? day(name, end) : name;
  return grain === 'timestamptz' ? sql`(${local} at time zone 'UTC')` : local;
}

const ofGrain = (text: Sql, grain: Grain): Sql =>
  grain === 'date'
    ? sql`${text}::date`
    : grain === 'timestamp'
      ? sql`${text}::timestamp`
      : sql`${text}::timestamptz`;

function instant(text: string, grain: Grain): Sql {
  return grain === 'timestamp' ? sql`${text.slice(0, -1)}::text::timestamp` : sql`${text}::text::timestamptz`;
}

/** The first or the last moment of a day. Dates go on for longer than timestamps do. */
function day(name: Sql, end: 'from' | 'to'): Sql {
  const start = sql`${name}::timestamp`;
  const moment = end === 'from' ? start : sql`${start} + ${LAST}`;
  return sql`case when ${name} < '294276-01-01'::date then ${moment} else 'infinity'::timestamp end`;
}
