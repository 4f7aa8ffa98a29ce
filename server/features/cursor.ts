import { invalidParameter } from '../errors.ts';
import type { Column, TableLayer } from '../catalog/types.ts';
import type { KeyValues } from './query.ts';

/** A cursor is the key of the last feature seen: opaque to clients, checked when it comes back. */
export function encodeCursor(key: KeyValues): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws AppError `invalid_parameter` for a cursor that is not one of this layer's. */
export function decodeCursor(layer: TableLayer, cursor: string): KeyValues {
  const key = parse(cursor);
  const columns = layer.key?.columns ?? [];
  const valid =
    Array.isArray(key) &&
    columns.length > 0 &&
    key.length === columns.length &&
    key.every((value, i) => typeof value === 'string' && isValueOf(columnNamed(layer, columns[i]), value));
  if (!valid) throw invalidParameter('cursor', cursor, 'a cursor from the next link of this layer');
  return key as string[];
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
  } catch {
    return undefined;
  }
}

function columnNamed(layer: TableLayer, name: string | undefined): Column | undefined {
  return layer.columns.find((column) => column.name === name);
}

const INTEGER_LIMITS: Readonly<Record<string, bigint>> = {
  smallint: 2n ** 15n,
  integer: 2n ** 31n,
  bigint: 2n ** 63n,
};

const PATTERNS: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  numeric: /^(NaN|-?\d{1,1000}(\.\d{1,1000})?)$/,
};

/** Whether a text can be compared with the column's values without the database refusing it. */
export function isValueOf(column: Column | undefined, text: string): boolean {
  if (!column || text.includes('\0')) return false;
  const limit = INTEGER_LIMITS[column.type];
  if (limit !== undefined) {
    if (!/^-?\d{1,19}$/.test(text)) return false;
    const value = BigInt(text);
    return value < limit && value >= -limit;
  }
  return PATTERNS[column.type]?.test(text) ?? true;
}
