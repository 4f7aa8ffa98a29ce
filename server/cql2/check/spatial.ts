import type { Checking } from './checking.ts';
import { placed, placedBox } from './crs.ts';
import { filterFault } from '../fault.ts';
import { columnOf, isGeometry } from './queryables.ts';
import type { Node, Spatial } from '../tree/syntax.ts';
import type { Condition, Place2D, SpatialTest } from '../tree/typed.ts';

/** Those that are themselves; the others are one of these turned round or negated. */
const TESTS: Readonly<Record<Exclude<Spatial, 's_within' | 's_disjoint'>, SpatialTest>> = {
  s_intersects: 'intersects',
  s_equals: 'equals',
  s_touches: 'touches',
  s_overlaps: 'overlaps',
  s_crosses: 'crosses',
  s_contains: 'contains',
};

/** @throws AppError `filter_invalid` for what is no geometry */
export function checkSpatial(
  how: Spatial,
  [first, second]: readonly [Node, Node],
  checking: Checking,
): Condition {
  const [left, right] = [readPlace(first, checking), readPlace(second, checking)];
  if (how === 's_within') return { is: 'spatial', how: 'contains', left: right, right: left };
  if (how === 's_disjoint') return { is: 'not', arg: { is: 'spatial', how: 'intersects', left, right } };
  for (const [side, node] of [
    [left, first],
    [right, second],
  ] as const) {
    if (how !== 's_intersects' && side.is === 'shape' && side.placed.shape.type === 'GeometryCollection')
      throw filterFault(node.at, `a geometry for ${how} that is no collection`);
  }
  return { is: 'spatial', how: TESTS[how], left, right };
}

function readPlace(node: Node, { queryables, crs }: Checking): Place2D {
  if (node.is === 'shape') return { is: 'shape', placed: placed(node.shape, crs, node.at) };
  if (node.is === 'box') return { is: 'shape', placed: placedBox(node.numbers, crs, node.at) };
  if (node.is !== 'property') throw filterFault(node.at, 'a geometry, a BBOX or the geometry column');
  if (isGeometry(queryables, node.name)) return { is: 'geometry' };
  const column = columnOf(queryables, node.name, node.at);
  throw filterFault(node.at, `the geometry column, ${queryables.geometry.column}`, column.name);
}
