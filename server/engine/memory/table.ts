import type { TableLayer } from '../../catalog/types.ts';
import { AttributeTable, type Attribute, type EncodedAttributes } from '../encoding/attributes.ts';
import type { ColumnValues, PropertyValue } from '../types.ts';

/** Attributes of a layer by column name, and feature ids, by row. */
export interface Rows {
  readonly values: ReadonlyMap<string, ColumnValues>;
  readonly ids: readonly (number | undefined)[];
  readonly rows: number;
}

/** A key that is the feature id is no property; of rows whose key cannot be the id, it is one. */
export const KEY_WITHOUT_ID = ''; // no column can be called that

/** Attributes above which none are kept encoded. */
const MAX_ENCODED = 1_000_000;

type Keyed = Pick<TableLayer, 'key'>;

/** Whether the attributes of a layer are kept encoded. */
export function isKeptEncoded({ rows, values }: Pick<Rows, 'rows' | 'values'>): boolean {
  return rows * values.size <= MAX_ENCODED;
}

/** Feature ids by row, of the key; none where that cannot be one. */
export function idsOf({ key }: Keyed, values: Rows['values']): (number | undefined)[] {
  const keys = key?.integer === undefined ? undefined : values.get(key.integer);
  return keys ? Array.from(keys, featureId) : [];
}

function featureId(value: PropertyValue | null): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** All attributes of a layer, encoded as tiles have them. */
export function attributeTable(layer: Keyed, rows: Rows, made?: EncodedAttributes): AttributeTable {
  return new AttributeTable(attributesOf(layer, rows), rows.rows, made);
}

/** All attributes of a layer. */
export function attributesOf({ key }: Keyed, { values, ids }: Rows): Attribute[] {
  const columns = [...values].map(([name, array]): Attribute => [name, name, (row) => array.at(row)]);
  if (key?.integer !== undefined) {
    const array = values.get(key.integer);
    columns.push([KEY_WITHOUT_ID, key.integer, (row) => (ids[row] === undefined ? array?.at(row) : null)]);
  }
  return columns;
}
