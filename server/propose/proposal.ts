import { ident, join, literal, sql, type Sql } from '../db/sql.ts';
import { relationParts } from '../joins/public.ts';
import { isRate, MOST_CHOICES, type ColumnFacts } from './columns.ts';

export interface ProposalInput {
  readonly id: string;
  readonly title: string;
  readonly table: string;
  readonly set: string;
  readonly column: string;
  readonly parent: string | undefined;
  /** Values of the column are the codes themselves. */
  readonly byCode: boolean;
  readonly dimensions: readonly ColumnFacts[];
  readonly figures: readonly ColumnFacts[];
  /** Each region has one row for each of the dimensions' values. */
  readonly isUnique: boolean;
  /** Figures that do not add up, where somebody said which; else their names tell. */
  readonly isRate?: ((figure: string) => boolean) | undefined;
}

export interface Proposal {
  readonly view: string;
  readonly statements: readonly Sql[];
  readonly choropleth: object;
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** A cube with a column for each figure, and its entry of `maps.yaml`. */
export function propose(input: ProposalInput): Proposal {
  const { table, set, column, byCode, dimensions, figures, isUnique, parent, title } = input;
  const [schema, name] = relationParts(table);
  const view = `${name.slice(0, 55)}_cube`;
  const names = [...dimensions, ...figures].map((each) => each.name);
  const region = free('region_code', names);
  const rows = free('n', names);
  const isRateHere = input.isRate ?? isRate;
  const sums = figures.filter((figure) => !isRateHere(figure.name));
  const rates = figures.filter((figure) => isRateHere(figure.name));
  const values = isUnique ? rates : [];
  const code = byCode ? sql`t.${ident(column)}::text` : sql`m.code`;
  const matches = byCode
    ? sql``
    : sql` join chorograph.place_match m on m.region_set = ${literal(set)} and m.value = t.${ident(column)}::text and m.parent = ${parent === undefined ? literal('') : sql`coalesce(t.${ident(parent)}::text, '')`}`;
  const keys = [
    { name: region, from: code },
    ...dimensions.map((each) => ({ name: each.name, from: dimensionOf(each) })),
  ];
  const columns = [
    ...keys.map((key) => sql`${key.from} as ${ident(key.name)}`),
    ...(isUnique ? [] : [sql`count(*) as ${ident(rows)}`]),
    ...sums.map((each) => sql`sum(t.${ident(each.name)}::numeric) as ${ident(each.name)}`),
    ...values.map((each) => sql`max(t.${ident(each.name)}::numeric) as ${ident(each.name)}`),
  ];
  const from = sql`${ident(schema, name)} t${matches}`;
  const statements = [
    sql`create materialized view ${ident(schema, view)} as select ${join(columns)} from ${from} where t.${ident(column)} is not null group by ${join(keys.map((key) => key.from))}`,
    sql`create unique index on ${ident(schema, view)} (${join(keys.map((key) => ident(key.name)))})`,
  ];
  const metrics = {
    ...Object.fromEntries(
      sums.map((each) => [idOf(each.name), { sum: each.name, label: labelOf(each.name) }]),
    ),
    ...Object.fromEntries(
      values.map((each) => [idOf(each.name), { value: each.name, label: labelOf(each.name) }]),
    ),
    ...(isUnique ? {} : { [idOf(rows)]: { sum: rows, label: 'Rows' } }),
  };
  const time = dimensions.find((each) => each.isYear)?.name;
  return {
    view: `${schema}.${view}`,
    statements,
    choropleth: {
      title,
      regions: set,
      cube: {
        view: `${schema}.${view}`,
        region,
        ...(dimensions.length > 0 && { dimensions: dimensions.map((each) => each.name) }),
        ...(time !== undefined && { time }),
      },
      metrics,
      classify: { method: 'quantile', classes: 5, scheme: 'YlOrRd' },
    },
    notes:
      isUnique || rates.length === 0
        ? []
        : [
            `left out, as regions have several rows and these do not add up: ${rates.map((each) => each.name).join(', ')}`,
          ],
  };
}

/** What a table's columns are good for, the region's aside. */
export function sortColumns(
  columns: readonly ColumnFacts[],
  {
    rows,
    except,
    dimensions,
  }: { rows: number; except: readonly string[]; dimensions: readonly string[] | undefined },
): Pick<ProposalInput, 'dimensions' | 'figures'> {
  const rest = columns.filter(({ name }) => !except.includes(name));
  const isChoice = (each: ColumnFacts): boolean =>
    each.distinct > 1 &&
    each.distinct <= Math.min(MOST_CHOICES, rows / 2) &&
    (each.kind === 'text' || each.isYear);
  const chosen = dimensions ? rest.filter(({ name }) => dimensions.includes(name)) : rest.filter(isChoice);
  return {
    dimensions: chosen,
    figures: rest.filter(
      (each) => each.kind === 'number' && !chosen.includes(each) && !each.isYear && !isKey(each.name),
    ),
  };
}

const isKey = (name: string): boolean =>
  /^(id|gid|fid|ogc_fid|no|nomor)$|_(id|kode|code)$|^(kode|code)(_|$)/i.test(name);

/** Keys of a cube are never NULL: a refresh would take such rows for changed each time. */
const dimensionOf = ({ name, kind }: ColumnFacts): Sql =>
  kind === 'text' ? sql`coalesce(t.${ident(name)}::text, '')` : sql`coalesce(t.${ident(name)}::integer, 0)`;

const free = (name: string, taken: readonly string[]): string =>
  taken.includes(name) ? free(`${name}_`, taken) : name;

/** Ids stand in URLs. */
export const idOf = (name: string): string =>
  name
    .replace(/[^a-z0-9_-]+/gi, '-')
    .replace(/^[-_]+|-+$/g, '')
    .slice(0, 64) || 'figure';

/** `jumlah_santri` → `Jumlah santri`. */
export function labelOf(name: string): string {
  const words = name.replace(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
