import { ident, join, sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import {
  countValues,
  isNumber,
  isText,
  isWhole,
  mayBeDimension,
  readNumbers,
  readValues,
  tellsApart,
  varies,
  type Numbers,
} from './facts.ts';
import { matchesOf, type Match, type Values } from './matches.ts';
import {
  isCodeName,
  isPlaceName,
  isRateName,
  isSurrogateName,
  isTimeName,
  isTotalValue,
  isWholeName,
} from './names.ts';
import type { Regions } from './regions.ts';
import { from, LOOKING, type Relation, type RelationColumn } from './relations.ts';

export interface Dimension {
  readonly name: string;
  readonly isTime: boolean;
  readonly values: number;
  /** A value that stands for all the others together. */
  readonly total: string | undefined;
}

export interface Figure {
  readonly name: string;
  readonly numbers: Numbers;
  readonly isRate: boolean;
  readonly why: string;
}

/** A table or view with figures of regions. */
export interface Figures {
  readonly relation: Relation;
  readonly regions: Regions;
  readonly match: Match;
  readonly rows: number;
  readonly dimensions: readonly Dimension[];
  readonly figures: readonly Figure[];
  /** Region and dimensions tell rows apart. */
  readonly areUnique: boolean;
  /** Figures and the ones that they are a part of: no row has more. */
  readonly parts: readonly { readonly part: string; readonly whole: string }[];
  /** Figures of the region table itself that others may be divided by. */
  readonly regionWholes: readonly string[];
}

/** Of one that has more, nobody wants them all to choose from. */
const MOST_CHOICES = 50;
const MOST_PARTS = 6;

/** The column of a relation that names the most regions, and the set that it names. */
export function bestMatch(
  relation: Relation,
  sets: readonly Regions[],
  values: readonly Values[],
): { regions: Regions; match: Match } | undefined {
  const own = values.filter((one) => one.relation === relation);
  return sets
    .flatMap((regions) => matchesOf(regions, own).map((match) => ({ regions, match })))
    .sort(
      (a, b) =>
        b.match.regions - a.match.regions ||
        Number(b.match.isForeignKey) - Number(a.match.isForeignKey) ||
        a.match.strangers.length - b.match.strangers.length,
    )[0];
}

/** What may be shown of a relation whose column `match` names regions. */
export async function readFigures(
  db: Queryable,
  relation: Relation,
  { regions, match }: { regions: Regions; match: Match },
  reserved: readonly string[],
): Promise<Figures> {
  const rest = relation.columns.filter(({ name }) => name !== match.column);
  const mayFilter = rest.filter((column) => mayBeDimension(column) && !reserved.includes(column.name));
  const { rows, counts } = await countValues(db, relation, mayFilter);
  const numbers = await readNumbers(
    db,
    relation,
    rest.filter(isNumber).map(({ name }) => name),
  );
  const dimensions = await dimensionsOf(db, relation, {
    mayFilter,
    rows,
    counts,
    numbers,
    region: match.column,
  });
  const keys = [match.column, ...dimensions.map(({ name }) => name)];
  const figures = rest.flatMap((column) => figureOf(column, keys, numbers.get(column.name)));
  return {
    ...{ relation, regions, match, rows, dimensions, figures },
    areUnique: await tellsApart(db, relation, keys),
    parts: await partsOf(db, relation, figures),
    regionWholes: relation === regions.relation ? [] : await wholesOf(db, regions),
  };
}

interface Choices {
  readonly mayFilter: readonly RelationColumn[];
  readonly rows: number;
  readonly counts: ReadonlyMap<string, { distinct: number; filled: number }>;
  readonly numbers: ReadonlyMap<string, Numbers>;
  readonly region: string;
}

async function dimensionsOf(
  db: Queryable,
  relation: Relation,
  { mayFilter, rows, counts, numbers, region }: Choices,
): Promise<Dimension[]> {
  const dimensions: Dimension[] = [];
  for (const column of mayFilter) {
    const { name } = column;
    const { distinct = 0, filled = 0 } = counts.get(name) ?? {};
    // A cube's keys are never NULL: a refresh would take such rows for changed each time.
    if (distinct < 2 || distinct > Math.min(MOST_CHOICES, rows / 2) || filled < rows) continue;
    const isTime = isTimeName(name) || column.category === 'D';
    if (isNumber(column) && !(isTime && isYear(numbers.get(name)))) continue;
    if (!(await varies(db, relation, region, name))) continue;
    const total = isText(column)
      ? [...((await readValues(db, relation, name)) ?? [])].find(isTotalValue)
      : undefined;
    dimensions.push({ name, isTime, values: distinct, total });
  }
  return dimensions;
}

const isYear = (numbers: Numbers | undefined): boolean =>
  numbers !== undefined && numbers.areWhole && numbers.least >= 1500 && numbers.most <= 2200;

function figureOf(column: RelationColumn, keys: readonly string[], numbers: Numbers | undefined): Figure[] {
  const { name } = column;
  if (!numbers || keys.includes(name) || isPlaceName(name) || isSurrogateName(name)) return [];
  if (isTimeName(name) && isYear(numbers)) return [];
  if (isCodeName(name) && isWhole(column)) return [];
  if (isRateName(name))
    return [{ name, numbers, isRate: true, why: 'by its name a share, a mean or a score' }];
  const { least, most, areWhole } = numbers;
  if (!areWhole && least >= 0 && most <= 100)
    return [{ name, numbers, isRate: true, why: `fractions from ${least} to ${most}: a share or a mean` }];
  const why = `${areWhole ? 'whole numbers' : 'numbers'} from ${least} to ${most}`;
  return [{ name, numbers, isRate: false, why }];
}

/** Pairs of which no row has more of the first than of the second, which is called a whole. */
async function partsOf(
  db: Queryable,
  relation: Relation,
  figures: readonly Figure[],
): Promise<{ part: string; whole: string }[]> {
  const additive = figures.filter(({ isRate, numbers }) => !isRate && numbers.least >= 0);
  const pairs = additive
    .filter(({ name }) => isWholeName(name))
    // The nearest one first: a part of the students is a part of the people, too.
    .sort((a, b) => a.numbers.most - b.numbers.most)
    .flatMap(({ name: whole }) =>
      additive.filter(({ name }) => !isWholeName(name)).map(({ name: part }) => ({ part, whole })),
    );
  if (pairs.length === 0) return [];
  const tests = pairs.map(
    ({ part, whole }, i) =>
      sql`coalesce(bool_and(${ident(part)} <= ${ident(whole)}), false) as ${ident(`p${i}`)}`,
  );
  const [row] = await db.run<Record<string, boolean>>(
    sql`select ${join(tests)} from ${from(relation)}`,
    LOOKING,
  );
  const holding = pairs.filter((_, i) => row?.[`p${i}`] === true);
  const nearest = holding.filter(({ part }, i) => holding.findIndex((other) => other.part === part) === i);
  return nearest.slice(0, MOST_PARTS);
}

/** Populations that stand in the region table. */
async function wholesOf(db: Queryable, { relation, code }: Regions): Promise<string[]> {
  const columns = relation.columns
    .filter((column) => isNumber(column) && column.name !== code && isWholeName(column.name))
    .map(({ name }) => name)
    .filter((name) => !isRateName(name) && !isSurrogateName(name));
  const numbers = await readNumbers(db, relation, columns);
  return columns.filter(
    (name) => (numbers.get(name)?.least ?? -1) >= 0 && (numbers.get(name)?.most ?? 0) > 1,
  );
}
