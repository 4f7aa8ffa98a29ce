import { checkArray } from './array.ts';
import { isTemporal, spanComparison, temporalTest } from './temporal.ts';
import { checkSpatial } from './spatial.ts';
import { isCondition, unknownFunction, type Call, type Checking } from './checking.ts';
import { filterFault } from '../fault.ts';
import { isGeometry } from './queryables.ts';
import { readPattern, readScalar, sortOf } from './scalar.ts';
import {
  ARRAY,
  COMPARISONS,
  isOneOf,
  SPATIAL,
  TEMPORAL,
  type Comparison,
  type Node,
} from '../tree/syntax.ts';
import type { Condition, Scalar } from '../tree/typed.ts';

/** An expression held against what the layer has. @throws AppError `filter_invalid`, with the place */
export function checkCondition(node: Node, checking: Checking): Condition {
  if (node.is === 'boolean') return { is: 'constant', value: node.value };
  if (node.is === 'property') {
    const left = readScalar(node, checking);
    return compare('=', left, { is: 'boolean', value: true }, node);
  }
  if (node.is !== 'call') throw filterFault(node.at, "a condition, such as name = 'value'");
  if (isOneOf(SPATIAL, node.name)) return checkSpatial(node.name, pair(node), checking);
  if (isOneOf(TEMPORAL, node.name)) return temporalTest(node.name, pair(node), checking);
  if (isOneOf(ARRAY, node.name)) return checkArray(node.name, pair(node), checking);
  if (isOneOf(COMPARISONS, node.name)) return checkComparison(node.name, pair(node), node, checking);
  return checkNamed(node, checking);
}

function checkNamed(node: Call, checking: Checking): Condition {
  switch (node.name) {
    case 'and':
    case 'or':
      if (node.args.length === 0) throw filterFault(node.at, `conditions as args of ${node.name}`);
      return { is: node.name, args: node.args.map((arg) => checkCondition(arg, checking)) };
    case 'not':
      return { is: 'not', arg: checkCondition(only(node), checking) };
    case 'isnull':
      return checkNull(only(node), checking);
    case 'like': {
      const [value, pattern] = pair(node);
      return { is: 'like', ...readPattern(value, pattern, checking) };
    }
    case 'between':
      return checkBetween(node, checking);
    case 'in':
      return checkIn(node, checking);
    default:
      throw unknownFunction(node);
  }
}

function checkComparison(
  how: Comparison,
  [left, right]: readonly [Node, Node],
  node: Call,
  checking: Checking,
): Condition {
  if (isTemporal(left, checking.queryables) || isTemporal(right, checking.queryables))
    return spanComparison(how, [left, right], checking);
  return compare(how, readScalar(left, checking), readScalar(right, checking), node);
}

/** `>` and `>=` are `<` and `<=` the other way round. */
function compare(how: Comparison, left: Scalar, right: Scalar, node: Node): Condition {
  if (how === '>') return compare('<', right, left, node);
  if (how === '>=') return compare('<=', right, left, node);
  const { sort, values } = sortOf([left, right], node.at, how === '=' || how === '<>');
  if (sort === 'boolean' && how !== '=' && how !== '<>')
    throw filterFault(node.at, '= or <> between true and false', how);
  return { is: 'compare', how, sort, left: values[0] as Scalar, right: values[1] as Scalar };
}

/** `x between a and b` is defined as `x >= a and x <= b`. */
function checkBetween(node: Call, checking: Checking): Condition {
  const [value, low, high, more] = node.args;
  if (!value || !low || !high || more) throw filterFault(node.at, 'a value and two bounds for BETWEEN');
  const bounds = [
    { ...node, name: '<=', args: [low, value] },
    { ...node, name: '<=', args: [value, high] },
  ];
  return { is: 'and', args: bounds.map((bound) => checkCondition(bound, checking)) };
}

function checkIn(node: Call, checking: Checking): Condition {
  const [value, list] = pair(node);
  if (list.is !== 'list') throw filterFault(list.at, 'a list of values for IN');
  if (list.items.length === 0) throw filterFault(list.at, 'at least one value in the list of IN');
  const all = [value, ...list.items];
  if (all.some((one) => isTemporal(one, checking.queryables))) {
    return {
      is: 'or',
      args: list.items.map((item) => spanComparison('=', [value, item], checking)),
    };
  }
  const scalars = all.map((one) => readScalar(one, checking));
  const { sort, values } = sortOf(scalars, node.at, true);
  const [first, ...rest] = values;
  return { is: 'in', sort, value: first as Scalar, list: rest };
}

function checkNull(node: Node, checking: Checking): Condition {
  if (node.is === 'call' && isCondition(node.name)) return { is: 'null', of: checkCondition(node, checking) };
  if (node.is === 'property' && isGeometry(checking.queryables, node.name))
    return { is: 'null', of: { is: 'geometry' } };
  return { is: 'null', of: readScalar(node, checking, 'any column') };
}

function pair(node: Call): readonly [Node, Node] {
  const [left, right, more] = node.args;
  if (!left || !right || more) throw filterFault(node.at, `two arguments of ${node.name}`, node.args.length);
  return [left, right];
}

function only(node: Call): Node {
  const [arg, more] = node.args;
  if (!arg || more) throw filterFault(node.at, `one argument of ${node.name}`, node.args.length);
  return arg;
}
