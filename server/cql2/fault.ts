import { AppError, shorten } from '../errors.ts';

/** Where something stands: the index of its first character in CQL2 text, or a JSON pointer. */
export type Place = number | string;

/** What a filter may cost before anything is done with it. */
export const LIMITS = { characters: 30_000, depth: 40, terms: 500, positions: 5_000, digits: 400 } as const;

/**
 * A 400 that says where in the filter something is wrong, and what would be right.
 * @param expected completes "at character 5: expected …"
 */
export function filterFault(at: Place, expected: string, found?: unknown): AppError {
  const where = typeof at === 'number' ? `character ${at + 1}` : at === '' ? 'the top' : at;
  const instead = found === undefined ? '' : `, found ${shorten(found, 60)}`;
  return new AppError('filter_invalid', {
    detail: `filter, at ${where}: expected ${expected}${instead}`,
    at: typeof at === 'number' ? at + 1 : at,
    errors: [
      { parameter: 'filter', ...(found === undefined ? {} : { value: shorten(found, 60) }), expected },
    ],
  });
}

/** Counts what a filter is made of while it is read. @throws AppError `filter_invalid` beyond the limits */
export class Budget {
  #terms = 0;
  #positions = 0;
  #depth = 0;

  term(at: Place): void {
    if (++this.#terms > LIMITS.terms) throw filterFault(at, `at most ${LIMITS.terms} terms in a filter`);
  }

  position(at: Place): void {
    if (++this.#positions > LIMITS.positions)
      throw filterFault(at, `at most ${LIMITS.positions} positions in the geometries of a filter`);
  }

  /** Runs what reads one level further down. */
  within<T>(at: Place, read: () => T): T {
    if (++this.#depth > LIMITS.depth) throw filterFault(at, `at most ${LIMITS.depth} levels of nesting`);
    const value = read();
    this.#depth--;
    return value;
  }
}
