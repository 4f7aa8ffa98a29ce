import { number } from '../../catalog/expressions.ts';
import { isFinite, geometryInWorld } from '../../catalog/geometry.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { join, sql, type Sql } from '../../db/sql.ts';
import { arrayTest } from './array.ts';
import { comparison, isIn, likeTest, scalarValue } from './scalar.ts';
import { spatialTest } from './spatial.ts';
import { temporalTest } from './temporal.ts';
import { isScalar } from '../tree/normal.ts';
import type { Condition, Writing } from '../tree/typed.ts';

/**
 * A condition as SQL for the rows of a layer. Values are parameters, names are quoted; NULL means what it means in SQL.
 * It never fails on a row: what has no result is NULL.
 */
export function compile(condition: Condition, layer: TableLayer): Sql {
  return write(condition, { layer, positive: true });
}

function write(condition: Condition, writing: Writing): Sql {
  switch (condition.is) {
    case 'and':
    case 'or': {
      const args = condition.args.map((arg) => write(arg, writing));
      return sql`(${join(args, condition.is === 'and' ? ' and ' : ' or ')})`;
    }
    case 'not':
      return sql`(not ${write(condition.arg, { ...writing, positive: false })})`;
    case 'constant':
      return condition.value ? sql`true` : sql`false`;
    case 'compare':
      return comparison(condition, writing.positive);
    case 'in':
      return isIn(condition, writing.positive);
    case 'like':
      return likeTest(condition);
    case 'null':
      return sql`(${subject(condition.of, writing)} is null)`;
    case 'spatial':
      return spatialTest(condition, writing);
    case 'temporal':
      return temporalTest(condition);
    case 'array':
      return arrayTest(condition);
  }
}

/** What is asked whether it is NULL: as it is shown, so that a number that is none is NULL, and a place that is nowhere. */
function subject(of: Extract<Condition, { is: 'null' }>['of'], { layer }: Writing): Sql {
  if (of.is === 'geometry') {
    const shown = geometryInWorld(layer);
    return sql`case when ${isFinite(layer)} and not st_isempty(${shown}) then ${number(1)} end`;
  }
  return isScalar(of) ? scalarValue(of) : write(of, { layer, positive: false });
}
