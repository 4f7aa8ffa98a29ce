import { matchCode } from '../places/codes.ts';
import { isAkin, isCodeName, isSurrogateName } from './names.ts';
import { fullName, type Relation, type RelationColumn } from './relations.ts';

/** The different values of a column. */
export interface Values {
  readonly relation: Relation;
  readonly column: RelationColumn;
  readonly values: ReadonlySet<string>;
}

/** How far the values of a column are codes of regions. */
export interface Match {
  readonly relation: Relation;
  readonly column: string;
  /** Regions that have a value. */
  readonly regions: number;
  readonly values: number;
  /** Values that are no region's code, a few of them. */
  readonly strangers: readonly string[];
  readonly isForeignKey: boolean;
}

interface Coded {
  readonly relation: Relation;
  readonly code: string;
  readonly rows: number;
  readonly values: ReadonlySet<string>;
}

/** The share of values that must be codes: less is chance, or another set's. */
const ENOUGH = 0.5;
const FEW = 3;

/** The columns whose values are codes of these regions. */
export function matchesOf(regions: Coded, columns: readonly Values[]): Match[] {
  return columns.flatMap(({ relation, column, values }) => {
    const known = [...values].filter((value) => regions.values.has(value));
    const isForeignKey = relation.foreignKeys.some(
      (key) =>
        key.column === column.name &&
        key.references === fullName(regions.relation) &&
        key.referenced === regions.code,
    );
    if (known.length === 0 || (known.length < 2 && !isForeignKey)) return [];
    if (!isForeignKey && (known.length < values.size * ENOUGH || isChance(regions, column))) return [];
    const strangers = [...values].filter((value) => !regions.values.has(value)).sort();
    return [
      {
        ...{ relation, column: column.name, regions: known.length, values: values.size },
        ...{ strangers: strangers.slice(0, FEW), isForeignKey },
      },
    ];
  });
}

/**
 * Small numbers match small numbers whatever they mean. Of them only columns that are called like the code or the
 * regions are taken, and of numbers that a database counted up only those.
 */
function isChance({ relation, code, values }: Coded, column: RelationColumn): boolean {
  const areShort = [...values].every((value) => /^\d{1,3}$/.test(value));
  const areCountedUp = isSurrogateName(code) && [...values].every((value) => /^\d+$/.test(value));
  if (!areShort && !areCountedUp) return false;
  if (isAkin(column.name, code) || isAkin(column.name, relation.name)) return false;
  return areCountedUp || !isCodeName(column.name) || isSurrogateName(column.name);
}

/** Values that would be codes if they were written as those are: `1001` for `01001`. */
export function wouldMatch(regions: Pick<Coded, 'values'>, values: ReadonlySet<string>): number {
  const codes = [...regions.values].map((code) => ({ code }));
  return [...values].filter((value) => matchCode(value, codes)?.note === 'leading_zeros').length;
}
