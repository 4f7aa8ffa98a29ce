import type { Answer } from '../answer.ts';
import { ranking, shown } from '../forms/document.ts';
import type { RegionValue } from '../figures/values.ts';
import { mapped } from '../../tools/slices.ts';
import { sorted } from '../../tools/sorted.ts';

/** One region as the tables show it: what is not known is null. */
export interface TableRow extends Pick<
  RegionValue,
  'code' | 'name' | 'parent' | 'value' | 'numerator' | 'denominator' | 'status'
> {
  readonly class: number | null;
  /** Values of both periods, where a change is shown. */
  readonly from?: number | null;
  readonly to?: number | null;
  readonly rank: number | null;
}

export const COLUMNS = [
  'code',
  'name',
  'parent',
  'value',
  'numerator',
  'denominator',
  'class',
  'rank',
  'status',
] as const satisfies readonly (keyof TableRow)[];
export type ColumnName = (typeof COLUMNS)[number];

export const ORDERS = ['asc', 'desc'] as const;
export type Order = (typeof ORDERS)[number];

/** The regions of an answer, in the order of their set; in steps. */
export function tableRows(answer: Answer): Generator<undefined, TableRow[]> {
  const rankOf = ranking(answer.ranked ?? answer.values);
  const isChange = answer.request.change !== undefined;
  return mapped(answer.values, ({ value, from = null, to = null, ...entry }) => ({
    code: entry.code,
    name: entry.name,
    parent: entry.parent,
    value: shown(answer, value),
    numerator: entry.numerator,
    denominator: entry.denominator,
    class: answer.classification.assign(value),
    rank: rankOf(value),
    status: entry.status,
    ...(isChange ? { from, to } : {}),
  }));
}

/**
 * Rows in order of a column; what has nothing there comes last in either order. Equal ones go by name and code,
 * so that a hidden value cannot be told from its place. In steps: comparing names takes its time.
 */
export function sortRows(
  rows: readonly TableRow[],
  column: ColumnName,
  order: Order,
): Generator<undefined, TableRow[]> {
  const sign = order === 'asc' ? 1 : -1;
  return sorted(rows, (a, b) => {
    const [x, y] = [a[column], b[column]];
    if (x === null || y === null) {
      if (x !== y) return x === null ? 1 : -1;
    } else if (x !== y) {
      return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : compare(String(x), String(y)));
    }
    return compare(a.name, b.name) || compare(a.code, b.code);
  });
}

const { compare } = new Intl.Collator('en', { numeric: true });
