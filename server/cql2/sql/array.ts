import { ident, sql, type Sql } from '../../db/sql.ts';
import type { Condition, Elements, ElementSort } from '../tree/typed.ts';

type ArrayCondition = Extract<Condition, { is: 'array' }>;

/** Both arrays are of the column's own type where the elements fit it, so that an index on it serves. */
export function arrayTest({ how, sort, left, right }: ArrayCondition): Sql {
  const own = ownType([left, right], sort);
  const [a, b] = [elements(left, sort, own), elements(right, sort, own)];
  switch (how) {
    case 'a_contains':
      return sql`(${a} @> ${b})`;
    case 'a_containedby':
      return sql`(${a} <@ ${b})`;
    case 'a_overlaps':
      return sql`(${a} && ${b})`;
    case 'a_equals':
      return sql`(${a} @> ${b} and ${a} <@ ${b})`;
  }
}

type OwnType = 'text' | 'integer' | 'bigint' | undefined;

/** The type of the column, where the other side can be one of it. */
function ownType(sides: readonly Elements[], sort: ElementSort): OwnType {
  const types = sides.flatMap((side) => (side.is === 'column' ? [side.column.type] : []));
  const items = sides.flatMap((side) => (side.is === 'list' ? side.items : []));
  const [type] = types;
  if (types.length !== 1) return undefined;
  if (type === 'text[]' && sort === 'text') return 'text';
  if (type === 'bigint[]' && sort === 'integer') return 'bigint';
  const fits = items.every((item) => item.is === 'number' && Math.abs(item.value) < 2 ** 31);
  return type === 'integer[]' && sort === 'integer' && fits ? 'integer' : undefined;
}

function elements(side: Elements, sort: ElementSort, own: OwnType): Sql {
  if (side.is === 'column') {
    const name = ident(side.column.name);
    return own === undefined ? cast(name, sort) : name;
  }
  const values = side.items.map((item) => {
    if (item.is === 'number') return sort === 'double' ? item.value : item.text;
    return item.is === 'text' || item.is === 'boolean' ? item.value : null;
  });
  return own === 'integer' ? sql`${values}::int4[]` : cast(sql`${values}`, sort);
}

function cast(value: Sql, sort: ElementSort): Sql {
  switch (sort) {
    case 'integer':
      return sql`${value}::int8[]`;
    case 'numeric':
      return sql`${value}::numeric[]`;
    case 'double':
      return sql`${value}::float8[]`;
    case 'boolean':
      return sql`${value}::boolean[]`;
    case 'text':
      return sql`${value}::text[]`;
  }
}
