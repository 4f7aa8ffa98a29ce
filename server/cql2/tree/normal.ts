import type { Condition, Elements, Moment, Place2D, Scalar, Span } from './typed.ts';
import { shapeText } from './shape.ts';

/** A condition in the one form that all have which say the same in another order, and that form as text. */
export interface Normal {
  readonly condition: Condition;
  readonly key: string;
}

/**
 * The normal form: operands whose order does not matter are sorted, what is said twice is said once, what is nested in the
 * same connective is not. Each step keeps the three values of SQL's logic.
 */
export function normalize(condition: Condition): Normal {
  const simple = simplify(condition);
  return { condition: simple, key: JSON.stringify(keyOf(simple)) };
}

type Key = readonly unknown[];

function simplify(condition: Condition): Condition {
  switch (condition.is) {
    case 'and':
    case 'or':
      return simplifySeries(condition.is, condition.args.map(simplify));
    case 'not':
      return negated(simplify(condition.arg));
    case 'compare': {
      const [left, right] = [sortedScalar(condition.left), sortedScalar(condition.right)];
      const symmetric = condition.how === '=' || condition.how === '<>';
      return symmetric && textOf(keyOfScalar(left)) > textOf(keyOfScalar(right))
        ? { ...condition, left: right, right: left }
        : { ...condition, left, right };
    }
    case 'in':
      return simplifyIn(condition);
    case 'like':
      return { ...condition, value: sortedScalar(condition.value) };
    case 'null':
      return { is: 'null', of: simplifyNull(condition.of) };
    case 'spatial':
      return condition.how !== 'contains' &&
        condition.how !== 'crosses' &&
        textOf(keyOfPlace(condition.left)) > textOf(keyOfPlace(condition.right))
        ? { ...condition, left: condition.right, right: condition.left }
        : condition;
    case 'temporal':
      return (condition.how === 'intersects' || condition.how === 'equals') &&
        textOf(keyOfSpan(condition.left)) > textOf(keyOfSpan(condition.right))
        ? { ...condition, left: condition.right, right: condition.left }
        : condition;
    case 'array':
      return simplifyArray(condition);
    case 'constant':
      return condition;
  }
}

function simplifyNull(of: Extract<Condition, { is: 'null' }>['of']): typeof of {
  if (of.is === 'geometry') return of;
  return isScalar(of) ? sortedScalar(of) : simplify(of);
}

const SCALARS = ['column', 'number', 'text', 'boolean', 'arithmetic', 'fold'];

/** Whether what may be null is a value, not a condition. */
export function isScalar(of: Scalar | Condition): of is Scalar {
  return SCALARS.includes(of.is);
}

function simplifySeries(is: 'and' | 'or', args: readonly Condition[]): Condition {
  const flat = args.flatMap((arg) => (arg.is === is ? arg.args : [arg]));
  const unique = sortedBy(flat, keyOf);
  const [only] = unique;
  return unique.length === 1 && only ? only : { is, args: unique };
}

function negated(arg: Condition): Condition {
  if (arg.is === 'not') return arg.arg;
  if (arg.is === 'constant') return { is: 'constant', value: !arg.value };
  if (arg.is === 'compare' && arg.how === '=') return { ...arg, how: '<>' };
  if (arg.is === 'compare' && arg.how === '<>') return { ...arg, how: '=' };
  return { is: 'not', arg };
}

function simplifyIn({ sort, value, list }: Extract<Condition, { is: 'in' }>): Condition {
  const items = sortedBy(list.map(sortedScalar), keyOfScalar);
  const [only] = items;
  const wanted = sortedScalar(value);
  if (items.length === 1 && only)
    return simplify({ is: 'compare', how: '=', sort, left: wanted, right: only });
  return { is: 'in', sort, value: wanted, list: items };
}

/** `contains` and `containedby` are one another the other way round. */
function simplifyArray(condition: Extract<Condition, { is: 'array' }>): Condition {
  const [left, right] = [sortedElements(condition.left), sortedElements(condition.right)];
  const turn =
    condition.how === 'a_containedby' ||
    (condition.how !== 'a_contains' && textOf(keyOfElements(left)) > textOf(keyOfElements(right)));
  const how = condition.how === 'a_containedby' ? 'a_contains' : condition.how;
  return turn ? { ...condition, how, left: right, right: left } : { ...condition, how, left, right };
}

function sortedElements(elements: Elements): Elements {
  return elements.is === 'column' ? elements : { is: 'list', items: sortedBy(elements.items, keyOfScalar) };
}

/** Sums and products of two do not mind their order; of three they would, as doubles are rounded. */
function sortedScalar(scalar: Scalar): Scalar {
  if (scalar.is === 'fold') return { ...scalar, of: sortedScalar(scalar.of) };
  if (scalar.is !== 'arithmetic') return scalar;
  const [left, right] = [sortedScalar(scalar.left), sortedScalar(scalar.right)];
  const turn =
    (scalar.how === '+' || scalar.how === '*') && textOf(keyOfScalar(left)) > textOf(keyOfScalar(right));
  return turn ? { ...scalar, left: right, right: left } : { ...scalar, left, right };
}

function sortedBy<T>(items: readonly T[], key: (item: T) => Key): T[] {
  const byKey = new Map(items.map((item) => [textOf(key(item)), item]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

const textOf = (key: Key): string => JSON.stringify(key);

function keyOf(condition: Condition): Key {
  switch (condition.is) {
    case 'and':
    case 'or':
      return [condition.is, ...condition.args.map(keyOf)];
    case 'not':
      return ['not', keyOf(condition.arg)];
    case 'constant':
      return [condition.value];
    case 'compare':
      return [condition.how, condition.sort, keyOfScalar(condition.left), keyOfScalar(condition.right)];
    case 'in':
      return ['in', condition.sort, keyOfScalar(condition.value), ...condition.list.map(keyOfScalar)];
    case 'like':
      return ['like', keyOfScalar(condition.value), keyOfScalar(condition.pattern)];
    case 'null':
      return ['null', keyOfNull(condition.of)];
    case 'spatial':
      return [condition.how, keyOfPlace(condition.left), keyOfPlace(condition.right)];
    case 'temporal':
      return ['time', condition.how, condition.grain, keyOfSpan(condition.left), keyOfSpan(condition.right)];
    case 'array':
      return [condition.how, condition.sort, keyOfElements(condition.left), keyOfElements(condition.right)];
  }
}

function keyOfNull(of: Extract<Condition, { is: 'null' }>['of']): Key {
  if (of.is === 'geometry') return ['geometry'];
  return isScalar(of) ? keyOfScalar(of) : keyOf(of);
}

function keyOfScalar(scalar: Scalar): Key {
  switch (scalar.is) {
    case 'column':
      return ['column', scalar.column.name];
    case 'number':
      return ['number', scalar.text];
    case 'text':
    case 'boolean':
      return [scalar.is, scalar.value];
    case 'arithmetic':
      return [scalar.how, keyOfScalar(scalar.left), keyOfScalar(scalar.right)];
    case 'fold':
      return [scalar.how, keyOfScalar(scalar.of)];
  }
}

function keyOfPlace(place: Place2D): Key {
  return place.is === 'geometry' ? ['geometry'] : ['shape', place.placed.srid, shapeText(place.placed.shape)];
}

function keyOfSpan({ from, to }: Span): Key {
  return from === to ? [keyOfMoment(from)] : [keyOfMoment(from), keyOfMoment(to)];
}

function keyOfMoment(moment: Moment): Key {
  if (moment.is === 'column') return ['column', moment.column.name];
  return moment.is === 'open' ? ['open', moment.end] : [moment.type, moment.text];
}

function keyOfElements(elements: Elements): Key {
  return elements.is === 'column'
    ? ['column', elements.column.name]
    : ['list', ...elements.items.map(keyOfScalar)];
}
