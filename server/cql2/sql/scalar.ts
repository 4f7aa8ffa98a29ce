import { number, tileValue } from '../../catalog/expressions.ts';
import type { Column } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Condition, Scalar, Sort } from '../tree/typed.ts';

type Compare = Extract<Condition, { is: 'compare' }>;
type In = Extract<Condition, { is: 'in' }>;
type Like = Extract<Condition, { is: 'like' }>;

/** Where arithmetic ends: what is smaller or larger is NULL, so that no product of two leaves the doubles. */
export const ARITHMETIC_RANGE = [1e-150, 1e150] as const;

const OPERATORS: Readonly<Record<Compare['how'], Sql>> = {
  '=': sql`=`,
  '<>': sql`<>`,
  '<': sql`<`,
  '<=': sql`<=`,
};

/** A comparison; text is ordered by its bytes, so that every database orders it alike. */
export function comparison({ how, sort, left, right }: Compare, positive: boolean): Sql {
  const operator = OPERATORS[how];
  const order = sort === 'text' && how.startsWith('<') && how !== '<>' ? sql` collate "C"` : sql``;
  const test = sql`(${sorted(left, sort)}${order} ${operator} ${sorted(right, sort)})`;
  const [nearLeft, nearRight] = [nearly(left, sort), nearly(right, sort)];
  // The shown value is the column's or NULL: the bare comparison is true wherever the other is, and has an index.
  return positive && nearLeft && nearRight ? sql`(${nearLeft} ${operator} ${nearRight} and ${test})` : test;
}

export function isIn({ sort, value, list }: In, positive: boolean): Sql {
  const items = list.map((item) => sorted(item, sort));
  const test = sql`(${sorted(value, sort)} in (${join(items)}))`;
  const near = [value, ...list].map((one) => nearly(one, sort));
  if (!positive || near.includes(undefined)) return test;
  const [first, ...rest] = near as Sql[];
  return sql`(${first} in (${join(rest)}) and ${test})`;
}

/** The escape character is the backslash, in the standard as in PostgreSQL. */
export function likeTest({ value, pattern }: Like): Sql {
  return sql`(${sorted(value, 'text')} like ${sorted(pattern, 'text')})`;
}

/** A column as it stands where that can differ from what is shown, for its index; undefined where there is no use in it. */
function nearly(scalar: Scalar, sort: Sort): Sql | undefined {
  if (scalar.is === 'number') return sorted(scalar, sort);
  if (scalar.is !== 'column' || scalar.column.kind !== 'number') return undefined;
  const { type, name } = scalar.column;
  const isSorts = type === (sort === 'double' ? 'double precision' : 'numeric');
  return isSorts ? sql`${ident(name)}` : undefined;
}

/** A value by itself, NULL where it is shown as that: of a column that is no number where the column is. */
export function scalarValue(scalar: Scalar): Sql {
  if (scalar.is === 'column')
    return scalar.column.kind === 'number' ? tileValue(scalar.column) : ident(scalar.column.name);
  if (scalar.is === 'number' || scalar.is === 'arithmetic') return sorted(scalar, 'double');
  return sorted(scalar, scalar.is === 'boolean' ? 'boolean' : 'text');
}

function sorted(scalar: Scalar, sort: Sort): Sql {
  switch (scalar.is) {
    case 'column':
      return columnValue(scalar.column, sort);
    case 'number':
      return numberValue(scalar, sort);
    case 'text':
      return sort === 'uuid' ? sql`${scalar.value}::text::uuid` : sql`${scalar.value}::text`;
    case 'boolean':
      return sql`${scalar.value}::boolean`;
    case 'arithmetic':
      return arithmetic(scalar);
    case 'fold':
      return scalar.how === 'casei'
        ? sql`lower(${sorted(scalar.of, 'text')})`
        : sql`regexp_replace(normalize(${sorted(scalar.of, 'text')}, nfd), ${MARKS}::text, '', 'g')`;
  }
}

/** Combining diacritical marks, which stand behind their letters in normal form D. */
const MARKS = '[\u0300-\u036f]';

function columnValue(column: Column, sort: Sort): Sql {
  const name = ident(column.name);
  switch (sort) {
    case 'double':
      return column.kind === 'number' ? tileValue(column) : sql`${name}::float8`;
    case 'numeric':
      return column.type === 'numeric' ? sql`case when abs(${name}) < 1.7e308 then ${name} end` : name;
    case 'text':
      return /^(text|character varying|name)$/.test(column.type) ? name : sql`${name}::text`;
    default:
      return name;
  }
}

function numberValue({ text, value }: Extract<Scalar, { is: 'number' }>, sort: Sort): Sql {
  if (sort === 'integer') return sql`${text}::int8`;
  return sort === 'numeric' ? sql`${text}::numeric` : sql`${value}::float8`;
}

/** In doubles, by operations that every machine rounds alike; NULL where there is no result, such as of a division by 0. */
function arithmetic({ how, left, right }: Extract<Scalar, { is: 'arithmetic' }>): Sql {
  const [least, most] = ARITHMETIC_RANGE.map(number) as [Sql, Sql];
  const inRange = (name: Sql): Sql =>
    sql`(${name} = 0 or abs(${name}) between ${least}::float8 and ${most}::float8)`;
  return sql`(select case when ${inRange(sql`a`)} and ${inRange(sql`b`)} then ${OPERATIONS[how]} end
    from (select ${sorted(left, 'double')} as a, ${sorted(right, 'double')} as b offset 0) operands)`;
}

/** What a power may come to, as a natural logarithm. */
const LARGEST_POWER = sql`345`;

const OPERATIONS: Readonly<Record<Extract<Scalar, { is: 'arithmetic' }>['how'], Sql>> = {
  '+': sql`a + b`,
  '-': sql`a - b`,
  '*': sql`a * b`,
  '/': sql`case when b <> 0 then a / b end`,
  div: sql`case when b <> 0 then trunc(a / b) end`,
  '%': sql`case when b <> 0 and abs(a / b) < 1e15 then a - b * trunc(a / b) end`,
  '^': sql`case when a = 0 then case when b > 0 then 0 when b = 0 then 1 end
    when (a > 0 or b = trunc(b)) and abs(b) < 1e100 and abs(b * ln(abs(a))) < ${LARGEST_POWER} then power(a, b) end`,
};
