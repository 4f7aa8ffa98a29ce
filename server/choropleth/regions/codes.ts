import type { Column, TableLayer } from '../../catalog/types.ts';
import { sql, type Sql } from '../../db/sql.ts';
import type { PropertyValue } from '../../engine/types.ts';

interface Relation {
  readonly columns: readonly Column[];
}

/**
 * A code as text, by which regions and cubes are compared: as PostgreSQL writes it, but a number with no more decimals than it needs
 * and without an exponent, so that 17.00 of one table is 17 of another, whatever their types.
 * @param value the column `name`, qualified where it has to be
 */
export function codeText({ columns }: Relation, name: string, value: Sql): Sql {
  const column = columns.find((candidate) => candidate.name === name);
  if (column?.kind !== 'number' && !isNumericText(column)) return sql`${value}::text`;
  const isDouble = column?.type === 'real' || column?.type === 'double precision';
  return sql`trim_scale(${isDouble ? sql`${value}::text::numeric` : value})::text`;
}

/** The same of a value of a region set in memory; null where it has none. */
export function textOfCode(
  { columns }: Relation,
  name: string,
): (value: PropertyValue | null) => string | null {
  const column = columns.find((candidate) => candidate.name === name);
  if (!isNumericText(column)) return (value) => (value === null ? null : String(value));
  return (value) =>
    value === null
      ? null
      : String(value)
          .replace(/(\.\d*?)0+$/, '$1')
          .replace(/\.$/, '');
}

const exact = new WeakMap<TableLayer, Map<string, TableLayer>>();

/**
 * The layer of a region set with codes of more digits than a double has as text: as tiles have them, they would be the same as their
 * neighbours. It is the same object for the same columns, and the layer itself where there are none; else it is in memory beside it.
 * @param names columns of codes, those of regions above among them
 */
export function withExactCodes(layer: TableLayer, names: readonly string[]): TableLayer {
  const codes = layer.columns.filter((column) => names.includes(column.name) && mayBeLong(column));
  if (codes.length === 0) return layer;
  const known = exact.get(layer) ?? new Map<string, TableLayer>();
  exact.set(layer, known);
  const id = `${layer.id} by ${codes.map(({ name }) => name).join(', ')}`;
  const columns = layer.columns.map((column): Column =>
    codes.includes(column) ? { ...column, kind: 'text' } : column,
  );
  const found = known.get(id) ?? { ...layer, id, columns };
  known.set(id, found);
  return found;
}

/** Digits that a double holds whatever they are. */
const DOUBLE_DIGITS = 15;

function mayBeLong({ kind, type }: Column): boolean {
  if (kind !== 'number' || !type.startsWith('numeric')) return false;
  return Number(/^numeric\((\d+),\d+\)$/.exec(type)?.[1] ?? Infinity) > DOUBLE_DIGITS;
}

/** A column of `withExactCodes`. */
const isNumericText = (column: Column | undefined): boolean =>
  column?.kind === 'text' && /^numeric(\(|$)/.test(column.type);
