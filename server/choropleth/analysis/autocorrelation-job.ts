import type { LocalMoran, Quadrant } from '../space/index.ts';

/** What a test is made of, as numbers in a row: lists of many regions would take long to pass on. */
export interface AutocorrelationJob {
  readonly kind: 'global' | 'local';
  /** NaN where there is no value. */
  readonly values: Float64Array;
  readonly neighbours: FlatLists;
  readonly permutations: number;
  readonly seed: number;
}

/** Lists one after the other. */
export interface FlatLists {
  /** Where each list ends in `items`. */
  readonly ends: Int32Array;
  readonly items: Int32Array;
}

export function flatLists(lists: readonly (readonly number[])[]): FlatLists {
  const ends = new Int32Array(lists.length);
  let length = 0;
  for (const [i, list] of lists.entries()) ends[i] = length += list.length;
  const items = new Int32Array(length);
  let at = 0;
  for (const list of lists) for (const item of list) items[at++] = item;
  return { ends, items };
}

export function listsOf({ ends, items }: FlatLists): number[][] {
  return Array.from(ends, (end, i) => [...items.subarray(ends[i - 1] ?? 0, end)]);
}

export type LocalResult = Omit<LocalMoran, 'significant'>;

/** Local results by column. */
export interface LocalColumns {
  readonly i: Float64Array;
  /** Positions in `QUADRANTS`; −1 for a region without a result. */
  readonly quadrant: Int8Array;
  readonly p: Float64Array;
  readonly q: Float64Array;
}

const QUADRANTS: readonly Quadrant[] = ['HH', 'HL', 'LH', 'LL'];

export function columnsOf(results: readonly (LocalMoran | null)[]): LocalColumns {
  return {
    i: Float64Array.from(results, (result) => result?.i ?? NaN),
    quadrant: Int8Array.from(results, (result) => (result ? QUADRANTS.indexOf(result.quadrant) : -1)),
    p: Float64Array.from(results, (result) => result?.p ?? NaN),
    q: Float64Array.from(results, (result) => result?.q ?? NaN),
  };
}

export function resultsOf({ i, quadrant, p, q }: LocalColumns): (LocalResult | null)[] {
  return Array.from(quadrant, (at, region) =>
    at < 0 ? null : { i: i[region]!, quadrant: QUADRANTS[at]!, p: p[region]!, q: q[region]! },
  );
}
