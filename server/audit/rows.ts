import { sql, type Sql } from '../db/sql.ts';

/** Times as the hashes have them. */
export const stampOf = (column: Sql): Sql =>
  sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Members of an `AuditRow`; the table is called `e`. */
export const ROW = sql`e.chain, e.seq::float8 as seq, ${stampOf(sql`e.at`)} as at, e.severity, e.action, e.actor, e.object, e.outcome,
  e.address, e.correlation, e.times::text as times, e.before::text as before, e.after::text as after, e.note, e.hash`;
