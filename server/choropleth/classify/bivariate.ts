import { invalidParameter } from '../../errors.ts';
import { classify } from './index.ts';
import type { Classification, ClassifyOptions } from './types.ts';

export interface BivariateOptions {
  /** Classes per variable, 2–4, 3 where absent. */
  dim?: number | undefined;
  /** How to class the first and the second variable; `quantile` where absent. */
  first?: Pick<ClassifyOptions, 'method' | 'breaks'> | undefined;
  second?: Pick<ClassifyOptions, 'method' | 'breaks'> | undefined;
}

export interface BivariateClassification {
  readonly dim: number;
  readonly first: Classification;
  readonly second: Classification;
  /** Regions per pair; the pair of class a and class b is at `a * dim + b`. */
  readonly counts: readonly number[];
  /** Regions without a pair, because one of their values is missing. */
  readonly dropped: number;
  /** Pair index of two values of one region, `null` where one is missing. */
  readonly assign: (a: number | null | undefined, b: number | null | undefined) => number | null;
}

/**
 * Classes two variables at once. Only regions that have both values take part, in the breaks too: what is
 * not drawn should not place them.
 *
 * @param a values of the first variable by region
 * @param b values of the second variable, in the same order
 * @throws AppError `invalid_parameter`: `dim` is not 2–4, or a method makes more than `dim` classes
 */
export function classifyPairs(
  a: readonly (number | null)[],
  b: readonly (number | null)[],
  options: BivariateOptions = {},
): BivariateClassification {
  const { dim = 3 } = options;
  if (!Number.isInteger(dim) || dim < 2 || dim > 4) throw invalidParameter('dim', dim, '2, 3 or 4');
  if (a.length !== b.length) throw new Error('both variables need a value or null for each region');
  const rows = a.map((_, i) => i).filter((i) => isValue(a[i]) && isValue(b[i]));
  const first = oneVariable(
    rows.map((i) => a[i]!),
    dim,
    options.first,
  );
  const second = oneVariable(
    rows.map((i) => b[i]!),
    dim,
    options.second,
  );
  const assign = pairAssigner(dim, first, second);
  const counts = new Array<number>(dim * dim).fill(0);
  for (const i of rows) counts[assign(a[i], b[i])!]! += 1;
  return { dim, first, second, counts, dropped: a.length - rows.length, assign };
}

/** Pair index of two values by the classes of each. */
export function pairAssigner(
  dim: number,
  first: Pick<Classification, 'assign'>,
  second: Pick<Classification, 'assign'>,
): BivariateClassification['assign'] {
  return (x, y) => {
    const [row, column] = [first.assign(x), second.assign(y)];
    return row === null || column === null ? null : row * dim + column;
  };
}

function oneVariable(values: number[], dim: number, options: BivariateOptions['first']): Classification {
  const result = classify(values, { method: 'quantile', ...options, classes: dim });
  if (result.classesActual <= dim) return result;
  throw invalidParameter('method', result.method, `one that makes at most ${dim} classes of these values`);
}

function isValue(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
