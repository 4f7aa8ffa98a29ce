import type { Classification } from '../classify/index.ts';
import { sortValues } from '../classify/index.ts';
import { histogram } from '../classes/stats.ts';

/** A histogram whose bars are parted by class, so that each part can have its class colour. */
export interface ClassHistogram {
  /** One more than there are bars, ascending. */
  readonly edges: readonly number[];
  /** Per bar the values of each class: `counts[bar][class id]`. */
  readonly counts: readonly (readonly number[])[];
}

export function classHistogram(
  values: readonly (number | null)[],
  { classes, assign }: Pick<Classification, 'classes' | 'assign'>,
): ClassHistogram {
  const known = values.filter((value) => value !== null);
  const { edges } = histogram(sortValues(known).values);
  const counts = edges.slice(1).map(() => new Array<number>(classes.length).fill(0));
  for (const value of known) {
    const id = assign(value);
    const bar = counts[barOf(value, edges)];
    if (id !== null && bar) bar[id]! += 1;
  }
  return { edges, counts };
}

/** Bars are `(edge, next edge]`, the first closed below, as in `histogram`. */
function barOf(value: number, edges: readonly number[]): number {
  const next = edges.findIndex((edge, i) => i > 0 && value <= edge);
  return next === -1 ? edges.length - 2 : next - 1;
}
