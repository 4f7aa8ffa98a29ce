import { didYouMean } from '../../tools/nearest.ts';
import type { FilterCrs } from './crs.ts';
import { filterFault } from '../fault.ts';
import type { Queryables } from './queryables.ts';
import { ARITHMETIC, ARRAY, COMPARISONS, FOLDS, SPATIAL, TEMPORAL, type Node } from '../tree/syntax.ts';

/** What an expression is held against. */
export interface Checking {
  readonly queryables: Queryables;
  readonly crs: FilterCrs;
}

export type Call = Extract<Node, { is: 'call' }>;

const CONDITIONS: readonly string[] = [
  ...COMPARISONS,
  ...SPATIAL,
  ...TEMPORAL,
  ...ARRAY,
  'and',
  'or',
  'not',
  'like',
  'between',
  'in',
  'isnull',
];
const SCALARS: readonly string[] = [...ARITHMETIC, ...FOLDS];

/** Whether a name is that of an operation that is true or false. */
export function isCondition(name: string): boolean {
  return CONDITIONS.includes(name);
}

/** What is wrong with a call in this place: there are no functions besides those of the standard, refused by name. */
export function unknownFunction({ name, at }: Call): Error {
  if (SCALARS.includes(name)) return filterFault(at, 'a condition, not a value', name);
  if (isCondition(name)) return filterFault(at, 'a value, not a condition', name);
  const near = didYouMean(
    name,
    [...CONDITIONS, ...SCALARS].filter((known) => /^\w/.test(known)),
  );
  return filterFault(at, `an operation of CQL2, as there are no other functions here${near}`, name);
}
