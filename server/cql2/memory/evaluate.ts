import { likeMatcher } from './like.ts';
import { isScalar } from '../tree/normal.ts';
import { ARITHMETIC_RANGE } from '../sql/scalar.ts';
import type { Arithmetic } from '../tree/syntax.ts';
import type { Condition, Scalar, Sort } from '../tree/typed.ts';

/** The values of a column by row, as tiles show them; a whole number beyond 2^53 is its text. */
export type Values = (column: string) => { at(row: number): unknown } | undefined;

/** True, false, or null where SQL has NULL. */
export type RowTest = (row: number) => boolean | null;

/**
 * Whether a condition has the same result in memory as in the database: of numbers, texts and booleans as they are shown.
 * Case and accents are folded by the database's locale, powers rounded by its library, times kept to the microsecond, and
 * geometry in memory is simplified: all that is asked of the database.
 */
export function isEvaluable(condition: Condition): boolean {
  switch (condition.is) {
    case 'and':
    case 'or':
      return condition.args.every(isEvaluable);
    case 'not':
      return isEvaluable(condition.arg);
    case 'constant':
      return true;
    case 'compare':
      return [condition.left, condition.right].every((side) => isKnown(side, condition.sort));
    case 'in':
      return [condition.value, ...condition.list].every((one) => isKnown(one, condition.sort));
    case 'like':
      return isKnown(condition.value, 'text') && condition.pattern.is === 'text';
    case 'null':
      if (condition.of.is === 'geometry') return false;
      return isScalar(condition.of) ? isKnown(condition.of, 'double') : isEvaluable(condition.of);
    default:
      return false;
  }
}

function isKnown(scalar: Scalar, sort: Sort): boolean {
  switch (scalar.is) {
    case 'fold':
      return false;
    case 'arithmetic':
      return scalar.how !== '^' && [scalar.left, scalar.right].every((side) => isKnown(side, 'double'));
    case 'column':
      return sort !== 'numeric' || scalar.column.kind !== 'number';
    case 'number':
      // Of whole numbers a fraction is on the same side as the double next to it; another whole number is not.
      return (
        sort !== 'numeric' || !Number.isInteger(scalar.value) || String(BigInt(scalar.value)) === scalar.text
      );
    default:
      return true;
  }
}

/** A condition that `isEvaluable` as a test of rows. */
export function evaluator(condition: Condition, values: Values): RowTest {
  switch (condition.is) {
    case 'and':
      return series(condition.args, values, false);
    case 'or':
      return series(condition.args, values, true);
    case 'not': {
      const test = evaluator(condition.arg, values);
      return (row) => opposite(test(row));
    }
    case 'constant':
      return () => condition.value;
    case 'compare':
      return comparison(condition, values);
    case 'in': {
      const tests = condition.list.map((item) =>
        comparison(
          { is: 'compare', how: '=', sort: condition.sort, left: condition.value, right: item },
          values,
        ),
      );
      return any(tests, true);
    }
    case 'like':
      return likeTest(condition, values);
    case 'null':
      return nullTest(condition.of, values);
    default:
      throw new Error(`${condition.is} is for the database to answer`);
  }
}

function opposite(result: boolean | null): boolean | null {
  return result === null ? null : !result;
}

function series(args: readonly Condition[], values: Values, decisive: boolean): RowTest {
  return any(
    args.map((arg) => evaluator(arg, values)),
    decisive,
  );
}

/** One decisive result decides; without one NULL leaves it open. */
function any(tests: readonly RowTest[], decisive: boolean): RowTest {
  return (row) => {
    let open = false;
    for (const test of tests) {
      const result = test(row);
      if (result === decisive) return decisive;
      if (result === null) open = true;
    }
    return open ? null : !decisive;
  };
}

function comparison(
  { how, sort, left, right }: Extract<Condition, { is: 'compare' }>,
  values: Values,
): RowTest {
  const [a, b] = [reader(left, sort, values), reader(right, sort, values)];
  const compare = sort === 'text' ? compareBytes : compareValues;
  const holds = HOLDS[how];
  return (row) => {
    const [x, y] = [a(row), b(row)];
    return x === null || y === null ? null : holds(compare(x, y));
  };
}

const HOLDS: Readonly<Record<'=' | '<>' | '<' | '<=', (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
};

type Value = number | bigint | string | boolean;

function compareValues(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As `collate "C"` orders UTF-8: by code points, which surrogates of UTF-16 are not. */
function compareBytes(a: Value, b: Value): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

function reader(scalar: Scalar, sort: Sort, values: Values): (row: number) => Value | null {
  switch (scalar.is) {
    case 'column': {
      const array = values(scalar.column.name) ?? [];
      const read = scalar.column.kind === 'bigint' ? wholeNumber(sort) : (value: Value): Value => value;
      return (row) => {
        const value = (array.at(row) ?? null) as Value | null;
        return value === null ? null : read(value);
      };
    }
    case 'number': {
      const value =
        sort !== 'double' && !Number.isSafeInteger(scalar.value) && Number.isInteger(scalar.value)
          ? BigInt(scalar.text)
          : scalar.value;
      return () => value;
    }
    case 'text':
    case 'boolean':
      return () => scalar.value;
    case 'arithmetic':
      return arithmetic(scalar, values);
    case 'fold':
      throw new Error('folding is for the database to do');
  }
}

/** What does not fit a double comes as its text. */
function wholeNumber(sort: Sort): (value: Value) => Value {
  return (value) => (typeof value !== 'string' ? value : sort === 'double' ? Number(value) : BigInt(value));
}

function arithmetic(
  { how, left, right }: Extract<Scalar, { is: 'arithmetic' }>,
  values: Values,
): (row: number) => number | null {
  const [a, b] = [reader(left, 'double', values), reader(right, 'double', values)] as ((
    row: number,
  ) => number | null)[];
  const compute = OPERATIONS[how];
  return (row) => {
    const [x, y] = [a?.(row) ?? null, b?.(row) ?? null];
    return x === null || y === null || !isInRange(x) || !isInRange(y) ? null : compute(x, y);
  };
}

function isInRange(value: number): boolean {
  const size = Math.abs(value);
  return size === 0 || (size >= ARITHMETIC_RANGE[0] && size <= ARITHMETIC_RANGE[1]);
}

/** Doubles, by operations whose rounding IEEE 754 fixes: PostgreSQL's results to the last bit. */
const OPERATIONS: Readonly<Record<Arithmetic, (a: number, b: number) => number | null>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? null : a / b),
  div: (a, b) => (b === 0 ? null : Math.trunc(a / b)),
  '%': (a, b) => (b === 0 || Math.abs(a / b) >= 1e15 ? null : a - b * Math.trunc(a / b)),
  '^': () => null,
};

function likeTest({ value, pattern }: Extract<Condition, { is: 'like' }>, values: Values): RowTest {
  const read = reader(value, 'text', values);
  const matches = likeMatcher(pattern.is === 'text' ? pattern.value : '');
  return (row) => {
    const text = read(row);
    return text === null ? null : matches(String(text));
  };
}

function nullTest(of: Extract<Condition, { is: 'null' }>['of'], values: Values): RowTest {
  if (of.is === 'geometry') throw new Error('geometry is for the database to look at');
  if (isScalar(of)) {
    const read = reader(of, 'double', values);
    return (row) => read(row) === null;
  }
  const test = evaluator(of, values);
  return (row) => test(row) === null;
}
