import { invalidParameter } from '../../errors.ts';
import {
  DEFAULT_CLASSES,
  MAX_CLASSES,
  METHODS,
  MIN_CLASSES,
  type ClassifyOptions,
  type Method,
} from './types.ts';

/** Isolated values are exceptions; a map of more of them than this would be one of categories. */
const MAX_ISOLATED = 5;

export interface CheckedOptions {
  readonly method: Method;
  readonly classes: number;
  /** Ascending and distinct; empty except for `manual`. */
  readonly breaks: readonly number[];
  readonly repeatedBreaks: number;
  /** Ascending and distinct. */
  readonly isolate: readonly number[];
}

/** @throws AppError `invalid_parameter` that names the option and what it may be. */
export function checkOptions(options: ClassifyOptions): CheckedOptions {
  const { method, breaks } = options;
  if (!METHODS.includes(method)) throw invalidParameter('method', method, `one of ${METHODS.join(', ')}`);
  const classes = options.classes ?? (method === 'headtail' ? MAX_CLASSES : DEFAULT_CLASSES);
  if (!Number.isInteger(classes) || classes < MIN_CLASSES || classes > MAX_CLASSES) {
    throw invalidParameter(
      'classes',
      options.classes,
      `a whole number from ${MIN_CLASSES} to ${MAX_CLASSES}`,
    );
  }
  const distinct = method === 'manual' ? checkBreaks(breaks ?? []) : [];
  const isolate = [...new Set(options.isolate ?? [])].sort((a, b) => a - b);
  if (isolate.length > MAX_ISOLATED || !isolate.every(Number.isFinite)) {
    throw invalidParameter('isolate', options.isolate, `at most ${MAX_ISOLATED} numbers`);
  }
  return {
    method,
    classes: method === 'manual' ? distinct.length : classes,
    breaks: distinct,
    repeatedBreaks: method === 'manual' ? breaks!.length - distinct.length : 0,
    isolate,
  };
}

function checkBreaks(breaks: readonly number[]): number[] {
  const distinct = [...new Set(breaks)];
  const ascending = distinct.every((b, i) => Number.isFinite(b) && (i === 0 || b > distinct[i - 1]!));
  if (!ascending || distinct.length === 0 || distinct.length > MAX_CLASSES) {
    throw invalidParameter('breaks', breaks, `1 to ${MAX_CLASSES} numbers in ascending order`);
  }
  return distinct;
}
