import type { Answer } from '../answer.ts';
import { describeAnswer, shown } from '../forms/document.ts';
import { permutationsOf, testGlobal, testLocal, type LocalResult } from './autocorrelation.ts';
import { rowsText } from '../forms/writing.ts';
import type { Neighbours } from '../space/index.ts';
import { neighboursOfLayer } from './neighbours.ts';
import { checkRatio, smoothedRates, type Smoothing } from './smooth.ts';

/** What a test is asked with. */
export interface MoranQuery {
  readonly permutations?: number | undefined;
  readonly seed: number;
  readonly smooth?: Smoothing | undefined;
}

interface MoranOptions extends MoranQuery {
  readonly permutations: number;
}

function withPermutations<Query extends MoranQuery>(answer: Answer, query: Query) {
  return { ...query, permutations: permutationsOf(query.permutations, answer.values.length) };
}

/** moran.json: whether neighbours are alike, over the whole map. */
export async function moranDocument(
  answer: Answer,
  query: MoranQuery,
  client: string,
): Promise<Record<string, unknown>> {
  const options = withPermutations(answer, query);
  const values = valuesByRow(answer, options.smooth);
  const { lists } = await neighboursOfLayer(answer.regions.layer);
  const moran = await testGlobal({ ...options, values, lists }, client);
  return { ...aboutTest(answer, options, values, lists), moran };
}

/** lisa.json: where neighbours are alike, region by region. */
export async function lisaDocument(
  answer: Answer,
  query: MoranQuery & { readonly alpha: number },
  client: string,
): Promise<Generator<string>> {
  const options = withPermutations(answer, query);
  const values = valuesByRow(answer, options.smooth);
  const { lists } = await neighboursOfLayer(answer.regions.layer);
  const local = await testLocal({ ...options, values, lists }, client);
  const isSignificant = ({ q }: LocalResult): boolean => q <= options.alpha;
  const clusters: Record<string, number> = { HH: 0, LL: 0, HL: 0, LH: 0 };
  for (const entry of local) if (entry && isSignificant(entry)) clusters[entry.quadrant]! += 1;
  const head = {
    ...aboutTest(answer, options, values, lists),
    alpha: options.alpha,
    correction: 'false discovery rate (Benjamini–Hochberg)',
    clusters: { ...clusters, notSignificant: local.filter((entry) => entry && !isSignificant(entry)).length },
    columns: ['code', 'name', 'parent', 'value', 'i', 'quadrant', 'p', 'q', 'significant', 'status'],
  };
  return rowsText(head, answer.values, (entry) => {
    const found = local[entry.row];
    return [
      entry.code,
      entry.name,
      entry.parent,
      shown(answer, values[entry.row] ?? null),
      found?.i ?? null,
      found?.quadrant ?? null,
      found?.p ?? null,
      found?.q ?? null,
      found ? isSignificant(found) : null,
      entry.status,
    ];
  });
}

/** The values shown by row of the region set; a region of another parent has none. */
function valuesByRow(answer: Answer, smooth: Smoothing | undefined): (number | null)[] {
  if (smooth) checkRatio(answer, 'smooth', smooth);
  const own = smooth ? smoothedRates(answer) : answer.values.map(({ value }) => value);
  const values = new Array<number | null>(answer.regions.layer.rows).fill(null);
  for (const [i, { row }] of answer.values.entries()) values[row] = own[i] ?? null;
  return values;
}

function aboutTest(
  answer: Answer,
  { permutations, seed, smooth }: MoranOptions,
  values: readonly (number | null)[],
  lists: Neighbours['lists'],
): Record<string, unknown> {
  const shownRows = answer.values.map(({ row }) => row);
  const isIsland = (row: number): boolean => (lists[row] ?? []).length === 0;
  const codes = (rows: readonly number[]): string[] => rows.map((row) => answer.regions.codes[row] ?? '');
  return {
    ...describeAnswer(answer),
    neighbours: {
      rule: 'queen: regions that share a border or a corner',
      weights: 'row-standardised',
      islands: codes(shownRows.filter(isIsland)),
      // A value whose neighbours have none says nothing of its surroundings either.
      alone: codes(
        shownRows.filter(
          (row) =>
            values[row] !== null &&
            !isIsland(row) &&
            (lists[row] ?? []).every((neighbour) => values[neighbour] === null),
        ),
      ),
    },
    alternative: 'two-sided',
    permutations,
    seed,
    ...(smooth ? { smooth } : {}),
  };
}
