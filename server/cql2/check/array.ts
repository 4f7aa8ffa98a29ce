import type { Checking } from './checking.ts';
import { filterFault } from '../fault.ts';
import { columnOf, isGeometry } from './queryables.ts';
import { isInt8, readScalar } from './scalar.ts';
import type { ArrayTest, Node } from '../tree/syntax.ts';
import type { Condition, Elements, ElementSort, Scalar } from '../tree/typed.ts';

/** Arrays are sets: neither order nor repetition of their elements matters. @throws AppError `filter_invalid` */
export function checkArray(how: ArrayTest, nodes: readonly [Node, Node], checking: Checking): Condition {
  const [left, right] = nodes.map((node) => readElements(node, checking)) as [Elements, Elements];
  const sorts = [left, right].flatMap(sortsOf);
  const sort = commonSort(sorts);
  if (sort === undefined) throw filterFault(nodes[1].at, `elements of one kind in both arrays of ${how}`);
  return { is: 'array', how, sort, left, right };
}

function readElements(node: Node, checking: Checking): Elements {
  if (node.is === 'list') return { is: 'list', items: node.items.map((item) => readElement(item, checking)) };
  if (node.is !== 'property')
    throw filterFault(node.at, 'a column that is an array, or an array in brackets');
  if (isGeometry(checking.queryables, node.name))
    throw filterFault(node.at, 'a column that is an array', node.name);
  const column = columnOf(checking.queryables, node.name, node.at);
  if (!column.type.endsWith('[]') || elementSort(column.type) === undefined)
    throw filterFault(
      node.at,
      `an array of numbers, texts or booleans, which ${column.type} is not`,
      column.name,
    );
  return { is: 'column', column };
}

function readElement(node: Node, checking: Checking): Scalar {
  if (node.is !== 'number' && node.is !== 'text' && node.is !== 'boolean')
    throw filterFault(node.at, 'numbers, texts, true or false as elements of an array');
  return readScalar(node, checking);
}

function sortsOf(elements: Elements): ElementSort[] {
  if (elements.is === 'column') return [elementSort(elements.column.type) ?? 'text'];
  return elements.items.map((item) => {
    if (item.is === 'number') return isInt8(item.text) ? 'integer' : 'numeric';
    return item.is === 'boolean' ? 'boolean' : 'text';
  });
}

function elementSort(type: string): ElementSort | undefined {
  const of = type.slice(0, -2);
  if (/^(smallint|integer|bigint)$/.test(of)) return 'integer';
  if (of === 'numeric') return 'numeric';
  if (of === 'real' || of === 'double precision') return 'double';
  if (of === 'boolean') return 'boolean';
  return /^(text|character varying|character|name|uuid)$/.test(of) ? 'text' : undefined;
}

function commonSort(sorts: readonly ElementSort[]): ElementSort | undefined {
  const [first = 'text'] = sorts;
  if (sorts.every((sort) => sort === first)) return first;
  if (sorts.includes('text') || sorts.includes('boolean')) return undefined;
  return sorts.includes('double') ? 'double' : 'numeric';
}
