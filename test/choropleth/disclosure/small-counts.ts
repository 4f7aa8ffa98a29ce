import { decide, type Filter, type Guard } from '../../../server/choropleth/disclosure/guard.ts';
import { finish } from '../../../server/choropleth/disclosure/steps.ts';
import { seededRandom } from '../../../server/choropleth/space/random.ts';

export const BELOW = 5;

/** Made-up counts of 100 regions of very different size, by nothing, a kind, or a kind and a year. */
export interface CountSet {
  readonly dimensions: readonly { name: string; values: string[]; ordered: boolean }[];
  /** Cells of each region, the first dimension running fastest. */
  readonly counts: readonly (readonly number[])[];
  /** Undefined where the set has one level. */
  readonly parents: readonly string[] | undefined;
}

const KIND = { name: 'kind', values: ['a', 'b', 'c', 'd'], ordered: false };
const YEAR = { name: 'year', values: ['1', '2', '3'], ordered: true };
const SHARES = [0.55, 0.3, 0.1, 0.05];

/** @param levels 1, or 2: ten parents */
export function countSet(seed: number, dimensions: 0 | 1 | 2, levels: 1 | 2): CountSet {
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const used = [KIND, YEAR].slice(0, dimensions);
  const cells = used.reduce((product, { values }) => product * values.length, 1);
  const regions = Array.from({ length: 100 }, (_, i) => i);
  const parents = levels === 2 ? regions.map(() => `s${Math.floor(random() * 10)}`) : undefined;
  const counts = regions.map(() => {
    const size = Math.exp((dimensions === 0 ? 3.6 : 5) + 1.5 * normal());
    return Array.from({ length: cells }, (_, cell) => {
      if (dimensions === 0) return Math.round(size);
      const year = dimensions === 2 ? 1 / 3 : 1;
      return Math.round(size * SHARES[cell % 4]! * year * (0.6 + 0.8 * random()));
    });
  });
  return { dimensions: used, counts, parents };
}

export function guardOf({ dimensions, counts, parents }: CountSet): Guard {
  const codes = counts.map((_, i) => codeOf(i));
  const tables = new Map(codes.map((code, i) => [code, new Map([['n', Float64Array.from(counts[i]!)]])]));
  const levels = parents
    ? [
        new Map(codes.map((code, i) => [code, parents[i]!])),
        new Map([...new Set(parents)].map((parent) => [parent, null])),
      ]
    : [new Map(codes.map((code) => [code, null]))];
  return finish(decide({ dimensions, columns: ['n'], count: 'n', below: BELOW, tables, levels }));
}

export const codeOf = (region: number): string => `r${region}`;

/** What maps are made of: all, each kind, each year, each kind in each year. */
export function filtersOf({ dimensions }: CountSet): Filter[] {
  const [kind, year] = dimensions;
  const single = dimensions.flatMap(({ name, values }) => values.map((value) => new Map([[name, [value]]])));
  const pairs =
    kind && year
      ? kind.values.flatMap((a) =>
          year.values.map(
            (b) =>
              new Map([
                [kind.name, [a]],
                [year.name, [b]],
              ]),
          ),
        )
      : [];
  return [new Map(), ...single, ...pairs];
}

/** Figures that are small, and figures that are not published, over all of these maps. */
export function hiddenIn(set: CountSet): { small: number; hidden: number; figures: number } {
  const guard = guardOf(set);
  const result = { small: 0, hidden: 0, figures: 0 };
  for (const filter of filtersOf(set)) {
    for (const region of set.counts.keys()) {
      const count = guard.sum(0, codeOf(region), 'n', filter)!;
      result.figures++;
      if (count > 0 && count < BELOW) result.small++;
      if (!guard.publishes(0, codeOf(region), 'n', filter)) result.hidden++;
    }
  }
  return result;
}
