import type { TableLayer } from '../../catalog/types.ts';
import { AttributeTable, type Attribute } from '../encoding/attributes.ts';
import type { PropertyValue } from '../types.ts';

/** Attributes of a layer by column name, and feature ids, by row. */
export interface Rows {
  readonly values: ReadonlyMap<string, readonly (PropertyValue | null)[]>;
  readonly ids: readonly (number | undefined)[];
  readonly rows: number;
}

/** A key that is the feature id is no property; of rows whose key cannot be the id, it is one. */
export const KEY_WITHOUT_ID = ''; // no column can be called that

/** All attributes of a layer, encoded as tiles have them. */
export function attributeTable(layer: TableLayer, rows: Rows): AttributeTable {
  return new AttributeTable(attributesOf(layer, rows), rows.rows);
}

/** All attributes of a layer. */
export function attributesOf({ key }: TableLayer, { values, ids }: Rows): Attribute[] {
  const columns = [...values].map(([name, array]): Attribute => [name, name, (row) => array[row]]);
  if (key?.integer !== undefined) {
    const array = values.get(key.integer);
    columns.push([KEY_WITHOUT_ID, key.integer, (row) => (ids[row] === undefined ? array?.[row] : null)]);
  }
  return columns;
}
