import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { AnswerWarning } from '../classes/classes.ts';
import type { Choropleth, RegionSet } from '../definitions.ts';
import { remedyFor } from './remedy.ts';
import { codeText } from '../regions/codes.ts';

/** Codes that are looked at for what would match them; the warnings count all. */
const LOOKED_AT = 2_000;
const MOST_REGIONS = 200_000;

/**
 * What a choropleth leaves out or has to choose between, told by its data alone: rows of the cube whose code no region
 * has, regions that lie in no region of the level above, and regions whose rows differ. It is the same for all
 * answers of a generation.
 */
export async function findGaps(db: Queryable, choropleth: Choropleth): Promise<AnswerWarning[]> {
  const warnings = await unmatchedCodes(db, choropleth);
  for (const [depth, set] of choropleth.levels.entries()) {
    warnings.push(...(await unmatchedParents(db, set, choropleth.levels[depth + 1])));
    warnings.push(...(await differingParts(db, set)));
  }
  return warnings;
}

interface Missing {
  code: string | null;
  codes: number;
  rows: number;
  nulls: number;
  sum: number | null;
  all_rows: number;
  all_sum: number | null;
}

async function unmatchedCodes(db: Queryable, choropleth: Choropleth): Promise<AnswerWarning[]> {
  const { cube, levels } = choropleth;
  const [finest] = levels;
  const counted = countedColumn(choropleth);
  const missing = await db.run<Missing>(unmatchedQuery(choropleth, counted));
  const [first] = missing;
  if (!first) return [];
  const codes = missing.map(({ code }) => code).filter((code) => code !== null);
  const examples = codes.slice(0, 2);
  const isText = cube.columns.find(({ name }) => name === cube.region)?.kind === 'text';
  const column = isText ? cube.region : `${cube.region}::text`;
  const known = codes.length === 0 ? [] : await db.run<{ code: string }>(codesQuery(finest));
  const remedy = remedyFor(codes, new Set(known.map(({ code }) => code)), column);
  const whole = `${format(first.rows)} of ${format(first.all_rows)} rows of the cube`;
  const sums =
    counted === undefined || first.sum === null || first.all_sum === null
      ? undefined
      : { column: counted, sum: first.sum, of: first.all_sum };
  const parts = [
    `${whole}${sums ? ` (${format(sums.sum)} of ${format(sums.of)} ${sums.column})` : ''} are on no map: no region of ${finest.id} has their code`,
    ...(examples.length > 0 ? [`, such as ${examples.map((code) => quoted(code)).join(' and ')}`] : []),
    first.nulls > 0
      ? `; ${format(first.nulls)} of them ${first.nulls === 1 ? 'has' : 'have'} none (NULL).`
      : '.',
    ...(remedy
      ? [
          ` ${remedy.expression} would match ${format(remedy.codes)} of ${format(first.codes)} codes: ${quoted(remedy.from)} becomes ${quoted(remedy.to)}.`,
        ]
      : []),
  ];
  const details = {
    rows: first.rows,
    ofRows: first.all_rows,
    nulls: first.nulls,
    codes: first.codes,
    ...(sums ?? {}),
    examples,
    ...(remedy ? { transformation: remedy } : {}),
  };
  return [{ code: 'unmatched_codes', message: parts.join(''), details }];
}

/**
 * What is counted, to tell how much is left out. Published figures do not add up; and where counts are hidden, what
 * is left out could be taken from a total that somebody knows.
 */
function countedColumn({ metrics, suppress }: Choropleth): string | undefined {
  if (suppress) return undefined;
  const sum = metrics.find(({ kind }) => kind === 'sum')?.numerator;
  return sum ?? metrics.find(({ kind }) => kind === 'ratio')?.denominator;
}

function unmatchedQuery({ cube, levels }: Choropleth, counted: string | undefined): Sql {
  const [{ layer, code }] = levels;
  const sum = counted === undefined ? sql`null::float8` : sql`sum(${ident(counted)})::float8`;
  return sql`with cell as (
      select ${codeText(cube, cube.region, ident(cube.region))} as code, count(*)::float8 as rows, ${sum} as sum
      from ${ident(cube.schema, cube.name)} group by 1),
    whole as (select sum(rows) as rows, sum(sum) as sum from cell)
    select cell.code, (count(cell.code) over ())::int as codes, sum(cell.rows) over () as rows,
      coalesce(sum(cell.rows) filter (where cell.code is null) over (), 0) as nulls,
      sum(cell.sum) over () as sum, whole.rows as all_rows, whole.sum as all_sum
    from cell cross join whole
    where not exists (
      select from ${ident(layer.schema, layer.name)} r where ${codeText(layer, code, sql`r.${ident(code)}`)} = cell.code)
    order by cell.code is null, abs(cell.sum) desc nulls last, cell.rows desc, cell.code
    limit ${LOOKED_AT}::int`;
}

function codesQuery({ layer, code }: RegionSet): Sql {
  return sql`select distinct ${codeText(layer, code, ident(code))} as code from ${ident(layer.schema, layer.name)}
    where ${ident(code)} is not null limit ${MOST_REGIONS}::int`;
}

async function unmatchedParents(
  db: Queryable,
  { id, layer, code, parent }: RegionSet,
  above: RegionSet | undefined,
): Promise<AnswerWarning[]> {
  if (!parent || !above) return [];
  const column = sql`r.${ident(parent.column)}`;
  const parentText = codeText(layer, parent.column, column);
  const missing = await db.run<{ code: string; parent: string; regions: number }>(
    sql`select ${codeText(layer, code, sql`r.${ident(code)}`)} as code, ${parentText} as parent, (count(*) over ())::int as regions
      from ${ident(layer.schema, layer.name)} r
      where ${column} is not null and not exists (
        select from ${ident(above.layer.schema, above.layer.name)} a
        where ${codeText(above.layer, above.code, sql`a.${ident(above.code)}`)} = ${parentText})
      order by 1, 2 limit 2`,
  );
  const [first] = missing;
  if (!first) return [];
  const examples = missing.map((row) => `${quoted(row.code)} in ${quoted(row.parent)}`).join(' and ');
  const message = `${format(first.regions)} regions of ${id} lie in regions that ${above.id} does not have, such as ${examples}: on a map of ${above.id} they are left out.`;
  return [{ code: 'unmatched_parents', message, details: { regions: first.regions } }];
}

interface Differing {
  code: string;
  regions: number;
  names: string[];
  parents: string[];
}

/** Rows of one code that do not agree on what the region is called or part of. See `mergeParts` for what is taken. */
async function differingParts(db: Queryable, set: RegionSet): Promise<AnswerWarning[]> {
  const { id, layer, code, name, parent } = set;
  if (layer.key?.columns.length === 1 && layer.key.columns[0] === code) return [];
  const distinct = (column: string): Sql =>
    sql`array_agg(distinct ${ident(column)}::text collate "C") filter (where ${ident(column)} is not null)`;
  const sums = join([
    sql`coalesce(${distinct(name)}, '{}') as names`,
    parent ? sql`coalesce(${distinct(parent.column)}, '{}') as parents` : sql`'{}'::text[] as parents`,
  ]);
  const found = await db.run<Differing>(
    sql`select p.code, p.names, p.parents, (count(*) over ())::int as regions
      from (select ${codeText(layer, code, ident(code))} as code, ${sums} from ${ident(layer.schema, layer.name)}
        where ${ident(code)} is not null group by 1 having count(*) > 1) p
      where cardinality(p.names) > 1 or cardinality(p.parents) > 1
      order by p.code limit 2`,
  );
  const [first] = found;
  if (!first) return [];
  const examples = found.map(({ code: own, names, parents }) => {
    const ways = [
      ...(names.length > 1 ? [`named ${names.map(quoted).join(' and ')}`] : []),
      ...(parents.length > 1 ? [`in ${parents.map(quoted).join(' and ')}`] : []),
    ];
    return `${quoted(own)} is ${ways.join(', ')}`;
  });
  const message = `The rows of ${format(first.regions)} regions of ${id} differ: ${examples.join('; ')}. The first is taken.`;
  return [{ code: 'parts_differ', message, details: { regions: first.regions } }];
}

function format(count: number): string {
  return count.toLocaleString('en');
}

/** In quotes, as blanks matter. */
function quoted(code: string): string {
  return `“${code.length > 40 ? `${code.slice(0, 40)}…` : code}”`;
}
