import { ident, literal, sql, type Sql } from '../db/sql.ts';
import type { Column } from './types.ts';

/** Largest integer that every JavaScript client reads exactly. */
const MAX_SAFE = 9007199254740991;

/**
 * How a column is selected for tiles. Both engines use these, so that they serve equal attributes.
 * - numbers: NaN, infinities and what exceeds a double become NULL, which a tile leaves out; what is nearer
 *   to 0 than a double can be is 0; `real` goes through its shortest text, so that 0.1 stays 0.1
 * - dates ISO 8601, timestamps with milliseconds, with time zone in UTC; the year before 0001 is 0000, the one
 *   before that -0001; the end of time is `infinity`
 * - json as the table has it, jsonb and arrays as JSON text, where NaN and infinities are null; everything else
 *   as PostgreSQL's text
 */
export function tileValue(column: Column): Sql {
  const name = ident(column.name);
  switch (column.kind) {
    case 'boolean':
    case 'integer':
    case 'bigint':
      return name;
    case 'number':
      return finiteNumber(name, column.type);
    case 'date':
      return moment(name, name, '-MM-DD');
    case 'timestamp':
      return moment(name, name, '-MM-DD"T"HH24:MI:SS.MS');
    case 'timestamptz':
      return moment(name, sql`${name} at time zone 'UTC'`, '-MM-DD"T"HH24:MI:SS.MS"Z"');
    case 'json':
      return jsonText(name, column.type);
    case 'text':
      return sql`${name}::text`;
  }
}

function finiteNumber(name: Sql, type: string): Sql {
  // Adding 0 makes 0 of its negative, which JSON does not have.
  if (type === 'real') return sql`case when abs(${name}) < 3.5e38 then ${name}::text::float8 + 0 end`;
  if (type === 'double precision') return sql`case when abs(${name}) < 1.7e308 then ${name} + 0 end`;
  // PostgreSQL refuses to make a double of what would be 0.
  return sql`case when abs(${name}) < 1e-307 then 0 when abs(${name}) < 1.7e308 then ${name}::float8 end`;
}

/** ISO 8601, where years before 0001 have a sign; `to_char` knows neither those nor the end of time. */
function moment(name: Sql, local: Sql, rest: string): Sql {
  const [whole, tail] = [literal(`YYYY${rest}`), literal(rest)];
  return sql`case when ${name} >= '0001-01-02' then coalesce(to_char(${local}, ${whole}), ${name}::text)
    when isfinite(${name}) and extract(year from ${local}) < 0
      then to_char(extract(year from ${local}) + 1, 'FM0000') || to_char(${local}, ${tail})
    else coalesce(to_char(${local}, ${whole}), ${name}::text) end`;
}

function jsonText(name: Sql, type: string): Sql {
  // As it stands: `jsonb` has no place for an escaped NUL, half a character, or a number of a million digits.
  if (type === 'json') return sql`${name}::text`;
  if (type === 'json[]') return sql`array_to_json(${name})::text`;
  const text = sql`to_jsonb(${name})::text`;
  if (!/^(real|double precision|numeric)\[\]$/.test(type)) return text;
  // The elements are numbers, so what is quoted can be nothing else.
  return sql`regexp_replace(${text}, '"(NaN|-?Infinity)"', 'null', 'g')`;
}

/**
 * The column as items of a row given to `ST_AsMVT`. A bigint is two items of one name, of which one is
 * always NULL and so left out: a number where that is exact, else its text.
 */
export function mvtItems(column: Column): Sql[] {
  const name = ident(column.name);
  if (column.kind !== 'bigint') return [sql`${tileValue(column)} as ${name}`];
  const exact = sql`${name} between ${number(-MAX_SAFE)} and ${number(MAX_SAFE)}`;
  return [
    sql`case when ${exact} then ${name} end as ${name}`,
    sql`case when not ${exact} then ${name}::text end as ${name}`,
  ];
}

/** The values of an integer key that cannot be feature ids, which are unsigned: as a property they remain. */
export function keyItems(column: Column): Sql[] {
  const name = ident(column.name);
  return [
    sql`case when ${name} between ${number(-MAX_SAFE)} and -1 then ${name} end as ${name}`,
    sql`case when ${name} not between ${number(-MAX_SAFE)} and ${number(MAX_SAFE)} then ${name}::text end as ${name}`,
  ];
}

/** The values of an integer key that can be feature ids. */
export function featureIds(column: Column): Sql {
  const name = ident(column.name);
  return sql`case when ${name} between 0 and ${number(MAX_SAFE)} then ${name} end`;
}

/** A number from our own code, written into the text so that the planner sees it. */
export function number(value: number): Sql {
  if (!Number.isFinite(value)) throw new Error('only finite numbers can stand in SQL');
  return value < 0 ? fragment(`(${value})`) : fragment(String(value));
}

/** A column's type, as the catalogue has it (`format_type`): quoted where it needs to be. */
export function typeName({ type }: Pick<Column, 'type'>): Sql {
  return fragment(type);
}

/** The equality of a type of an extension, in whatever schema that is: elsewhere it would be that of text. */
export function typeEquals({ type }: Pick<Column, 'type'>): Sql {
  return fragment(`operator(${/^.*\./.exec(type)?.[0] ?? ''}=)`);
}

function fragment(text: string): Sql {
  return sql([text] as unknown as TemplateStringsArray);
}
