import type { Place } from '../fault.ts';
import type { Shape } from './shape.ts';

/** An expression as it was written, in either encoding: nothing is known yet of columns and types. */
export type Node =
  | { readonly is: 'call'; readonly name: string; readonly args: readonly Node[]; readonly at: Place }
  | { readonly is: 'property'; readonly name: string; readonly at: Place }
  /** As written: what exceeds a double would not survive being one. */
  | { readonly is: 'number'; readonly text: string; readonly at: Place }
  | { readonly is: 'text'; readonly value: string; readonly at: Place }
  | { readonly is: 'boolean'; readonly value: boolean; readonly at: Place }
  | {
      readonly is: 'instant';
      readonly type: 'date' | 'timestamp';
      readonly value: string;
      readonly at: Place;
    }
  | { readonly is: 'interval'; readonly from: Node; readonly to: Node; readonly at: Place }
  | { readonly is: 'list'; readonly items: readonly Node[]; readonly at: Place }
  | { readonly is: 'shape'; readonly shape: Shape; readonly at: Place }
  | { readonly is: 'box'; readonly numbers: readonly number[]; readonly at: Place };

export const COMPARISONS = ['=', '<>', '<', '<=', '>', '>='] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const ARITHMETIC = ['+', '-', '*', '/', '%', 'div', '^'] as const;
export type Arithmetic = (typeof ARITHMETIC)[number];

export const SPATIAL = [
  's_intersects',
  's_equals',
  's_disjoint',
  's_touches',
  's_within',
  's_overlaps',
  's_crosses',
  's_contains',
] as const;
export type Spatial = (typeof SPATIAL)[number];

export const TEMPORAL = [
  't_after',
  't_before',
  't_contains',
  't_disjoint',
  't_during',
  't_equals',
  't_finishedby',
  't_finishes',
  't_intersects',
  't_meets',
  't_metby',
  't_overlappedby',
  't_overlaps',
  't_startedby',
  't_starts',
] as const;
export type Temporal = (typeof TEMPORAL)[number];

export const ARRAY = ['a_equals', 'a_contains', 'a_containedby', 'a_overlaps'] as const;
export type ArrayTest = (typeof ARRAY)[number];

export const FOLDS = ['casei', 'accenti'] as const;
export type Fold = (typeof FOLDS)[number];

/** Whether a word is one of a list, known to the compiler as such. */
export function isOneOf<Word extends string>(words: readonly Word[], word: string): word is Word {
  return (words as readonly string[]).includes(word);
}
