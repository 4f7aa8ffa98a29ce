import type { Column } from '../../catalog/types.ts';
import { unknownFunction, type Checking } from './checking.ts';
import { filterFault, LIMITS, type Place } from '../fault.ts';
import { columnOf, isGeometry } from './queryables.ts';
import { ARITHMETIC, FOLDS, isOneOf, type Arithmetic, type Node } from '../tree/syntax.ts';
import type { Scalar, Sort } from '../tree/typed.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NUMBER = /^(-?)(\d+\.?\d*|\.\d+)(?:e([-+]?\d{1,4}))?$/i;
/** Beyond these a double is infinite or none at all, as the tiles' values have it. */
const LARGEST = 1.7e308;
const SMALLEST = 1e-307;

/** An expression that has a value. @param any also columns whose values cannot be compared @throws AppError `filter_invalid` */
export function readScalar(node: Node, checking: Checking, any?: 'any column'): Scalar {
  switch (node.is) {
    case 'property':
      return readColumn(node.name, node.at, checking, any);
    case 'number':
      return readNumber(node.text, node.at);
    case 'text':
      return readText(node.value, node.at);
    case 'boolean':
      return { is: 'boolean', value: node.value };
    case 'call':
      return readCall(node, checking);
    default:
      throw filterFault(node.at, 'a column, a number, a text, true or false');
  }
}

function readColumn(
  name: string,
  at: Place,
  { queryables }: Checking,
  any: 'any column' | undefined,
): Scalar {
  if (isGeometry(queryables, name))
    throw filterFault(at, 'a function such as S_INTERSECTS around the geometry', name);
  const column = columnOf(queryables, name, at);
  if (any === undefined && column.kind === 'json')
    throw filterFault(
      at,
      column.type.endsWith('[]')
        ? 'a function such as A_CONTAINS around an array, or IS NULL'
        : `IS NULL for a column of type ${column.type}`,
      name,
    );
  return column.type === 'citext' || column.type.endsWith('.citext')
    ? { is: 'fold', how: 'casei', of: { is: 'column', column } }
    : { is: 'column', column };
}

function readText(value: string, at: Place): Scalar {
  if (value.includes('\0')) throw filterFault(at, 'a text without NUL characters');
  return { is: 'text', value };
}

/** A number in one spelling: `1`, `-0.5`, `2e+300`. */
export function readNumber(text: string, at: Place): Extract<Scalar, { is: 'number' }> {
  const [, sign = '', digits = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const value = Number(text);
  if (
    digits === '' ||
    digits.length > LIMITS.digits ||
    Math.abs(Number(exponent)) > 400 ||
    Math.abs(value) > LARGEST
  )
    throw filterFault(at, 'a number that a double can hold', text);
  const plain = /[1-9]/.test(digits) ? `${sign}${spelled(digits, Number(exponent))}` : '0';
  if (plain !== '0' && Math.abs(value) < SMALLEST)
    throw filterFault(at, 'a number that a double can hold', text);
  return { is: 'number', text: plain, value: value === 0 ? 0 : value };
}

/** Digits without what says nothing: no exponent, no zeros at either end. */
function spelled(digits: string, exponent: number): string {
  const [whole = '', fraction = ''] = digits.split('.');
  const all = whole + fraction;
  const point = whole.length + exponent;
  const before = point > 0 ? all.slice(0, point).padEnd(point, '0') : '';
  const after = point >= 0 ? all.slice(point) : '0'.repeat(-point) + all;
  const [left, right] = [before.replace(/^0+/, ''), after.replace(/0+$/, '')];
  return `${left === '' ? '0' : left}${right === '' ? '' : `.${right}`}`;
}

function readCall(node: Extract<Node, { is: 'call' }>, checking: Checking): Scalar {
  const [first, second, more] = node.args;
  if (isOneOf(FOLDS, node.name)) {
    if (!first || second) throw filterFault(node.at, `one argument of ${node.name}`);
    const of = readScalar(first, checking);
    if (!isText(of)) throw filterFault(first.at, `a text for ${node.name}`);
    return of.is === 'fold' && of.how === node.name ? of : { is: 'fold', how: node.name, of };
  }
  if (!isOneOf(ARITHMETIC, node.name)) throw unknownFunction(node);
  if (!first || !second || more) throw filterFault(node.at, `two sides of ${node.name}`);
  const sides = [first, second].map((side) => {
    const value = readScalar(side, checking);
    if (!isNumber(value)) throw filterFault(side.at, `a number on each side of ${node.name}`);
    return value;
  });
  return arithmetic(node.name, sides[0] as Scalar, sides[1] as Scalar);
}

/** Literals are computed here only where that loses nothing: whole numbers that a double has exactly. */
function arithmetic(how: Arithmetic, left: Scalar, right: Scalar): Scalar {
  if (
    left.is === 'number' &&
    right.is === 'number' &&
    [left, right].every(({ value }) => Number.isSafeInteger(value))
  ) {
    const value = computed(how, left.value, right.value);
    if (value !== undefined && Number.isSafeInteger(value))
      return { is: 'number', text: String(value + 0), value: value + 0 };
  }
  return { is: 'arithmetic', how, left, right };
}

function computed(how: Arithmetic, a: number, b: number): number | undefined {
  switch (how) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? undefined : a / b;
    default:
      return undefined;
  }
}

export function isNumber(scalar: Scalar): boolean {
  if (scalar.is === 'column') return /^(integer|bigint|number)$/.test(scalar.column.kind);
  return scalar.is === 'number' || scalar.is === 'arithmetic';
}

export function isText(scalar: Scalar): boolean {
  return scalar.is === 'column'
    ? scalar.column.kind === 'text'
    : scalar.is === 'text' || scalar.is === 'fold';
}

function isBoolean(scalar: Scalar): boolean {
  return scalar.is === 'column' ? scalar.column.kind === 'boolean' : scalar.is === 'boolean';
}

/**
 * What values of a test are compared as, and the values made ready for it.
 * @param byEquality whether order does not matter
 * @throws AppError `filter_invalid` where they are of several kinds
 */
export function sortOf(
  values: readonly Scalar[],
  at: Place,
  byEquality: boolean,
): { sort: Sort; values: readonly Scalar[] } {
  if (values.every(isNumber)) return { sort: numberSort(values), values };
  if (values.every(isBoolean)) return { sort: 'boolean', values };
  if (!values.every(isText)) throw filterFault(at, expectedOf(values));
  if (byEquality && values.some(isUuid) && values.every((value) => isUuid(value) || value.is === 'text'))
    return { sort: 'uuid', values: values.map((value) => uuidOf(value, at)) };
  // A text without case on one side is one on all sides.
  const caseless = values.some(
    (value) =>
      value.is === 'fold' &&
      value.how === 'casei' &&
      value.of.is === 'column' &&
      /citext$/.test(value.of.column.type),
  );
  return { sort: 'text', values: caseless ? values.map(casei) : values };
}

function casei(value: Scalar): Scalar {
  return value.is === 'fold' && value.how === 'casei' ? value : { is: 'fold', how: 'casei', of: value };
}

function isUuid(value: Scalar): boolean {
  return value.is === 'column' && value.column.type === 'uuid';
}

function uuidOf(value: Scalar, at: Place): Scalar {
  if (value.is !== 'text') return value;
  if (!UUID.test(value.value)) throw filterFault(at, 'a UUID', value.value);
  return { is: 'text', value: value.value.toLowerCase() };
}

function expectedOf(values: readonly Scalar[]): string {
  const column = values.find(
    (value): value is Extract<Scalar, { is: 'column' }> => value.is === 'column',
  )?.column;
  if (!column) return 'values of one kind on both sides';
  const examples: Partial<Record<Column['kind'], string>> = {
    boolean: 'true or false',
    text: "a text in quotes ('…')",
  };
  return `${examples[column.kind] ?? 'a number without quotes'} to compare with ${column.name}, which is ${column.type}`;
}

const INT8 = 9223372036854775807n;

/** The text of a whole number of 64 bits. */
export function isInt8(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt(text) <= INT8 && BigInt(text) >= -INT8 - 1n;
}

function numberSort(values: readonly Scalar[]): 'integer' | 'numeric' | 'double' {
  const sorts = values.map((value) => {
    if (value.is === 'number') return isInt8(value.text) ? 'integer' : 'numeric';
    if (value.is !== 'column') return 'double';
    if (value.column.kind !== 'number') return 'integer';
    return value.column.type === 'numeric' ? 'numeric' : 'double';
  });
  if (sorts.includes('double')) return 'double';
  return sorts.includes('numeric') ? 'numeric' : 'integer';
}

/** Both sides of LIKE. @throws AppError `filter_invalid` */
export function readPattern(
  value: Node,
  pattern: Node,
  checking: Checking,
): { value: Scalar; pattern: Scalar } {
  const sides = [value, pattern].map((side) => readScalar(side, checking));
  const [text, like] = sides as [Scalar, Scalar];
  if (!isText(text)) throw filterFault(value.at, 'a text before LIKE');
  const literal = innermost(like);
  if (literal.is !== 'text') throw filterFault(pattern.at, 'a pattern in quotes after LIKE');
  if (/(^|[^\\])(\\\\)*\\$/.test(literal.value))
    throw filterFault(pattern.at, 'a character behind the last \\ of the pattern', literal.value);
  const { values } = sortOf(sides, pattern.at, false);
  return { value: values[0] as Scalar, pattern: values[1] as Scalar };
}

function innermost(value: Scalar): Scalar {
  return value.is === 'fold' ? innermost(value.of) : value;
}
