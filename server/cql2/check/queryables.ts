import type { Column, TableLayer } from '../../catalog/types.ts';
import { shorten } from '../../errors.ts';
import { didYouMean } from '../../tools/nearest.ts';
import { filterFault, type Place } from '../fault.ts';
import type { Node } from '../tree/syntax.ts';

/** What a filter of a layer may name: its columns as they are shown, and its geometry. */
export type Queryables = Pick<TableLayer, 'columns'> & {
  readonly geometry: Pick<TableLayer['geometry'], 'column'>;
};

/** Names that the geometry goes by, besides its column's, where no column has them. */
const GEOMETRY = ['geometry', 'geom'];

export function isGeometry({ columns, geometry }: Queryables, name: string): boolean {
  if (name === geometry.column) return true;
  return GEOMETRY.includes(name) && !columns.some((column) => column.name === name);
}

/** @throws AppError `filter_invalid` with the name that may have been meant */
export function columnOf({ columns, geometry }: Queryables, name: string, at: Place): Column {
  const column = columns.find((candidate) => candidate.name === name);
  if (column) return column;
  const names = [...columns.map((one) => one.name), geometry.column];
  throw filterFault(at, `one of ${shorten(names.join(', '), 400)}${didYouMean(name, names)}`, name);
}

/** Whether all properties that an expression names are there. */
export function knowsAll(queryables: Queryables, node: Node): boolean {
  switch (node.is) {
    case 'property':
      return (
        isGeometry(queryables, node.name) || queryables.columns.some((column) => column.name === node.name)
      );
    case 'call':
      return node.args.every((arg) => knowsAll(queryables, arg));
    case 'list':
      return node.items.every((item) => knowsAll(queryables, item));
    case 'interval':
      return knowsAll(queryables, node.from) && knowsAll(queryables, node.to);
    default:
      return true;
  }
}
