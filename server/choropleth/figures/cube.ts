import { AppError, invalidParameter } from '../../errors.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Choropleth, Cube, RegionSet } from '../definitions.ts';
import type { Filter, Why } from '../disclosure/guard.ts';
import { codeText } from '../regions/codes.ts';
import type { ChoroplethRequest } from '../request/params.ts';

/** Sums of one region, as the cube has them. */
export interface CubeRow {
  code: string;
  /** Sum of the numerator, or the published value; null where every row of it is NULL. */
  numerator: number | null;
  denominator: number | null;
  /** Cube rows that passed the filter; 0 for a region that the cube knows only under other values. */
  cells: number;
  /** Why the sums may not be published, where that is so; see `suppress.ts`. */
  hidden?: Why | undefined;
}

/** The columns of a request that the cube has. */
export function cubeColumns({ source, normalize }: ChoroplethRequest): {
  numerator: string;
  denominator: string | undefined;
} {
  const own = normalize?.by === 'per' && normalize.from === 'cube' ? normalize.column : undefined;
  return { numerator: source.numerator, denominator: own ?? source.denominator };
}

/**
 * The cube rolled up to a level and filtered, one row per region that the cube knows at all: the
 * filter is on the sums, so that "none of this kind here" (a sum of 0) and "not in the cube" (no data)
 * stay apart.
 */
export function cubeQuery(request: ChoroplethRequest, filter: Filter): Sql {
  const { choropleth, level } = request;
  const { cube } = choropleth;
  const { numerator, denominator } = cubeColumns(request);
  const passes = dimensionFilter(filter);
  const sum = (column: string | undefined): Sql =>
    column === undefined
      ? sql`null::float8`
      : sql`(sum(c.${ident(column)}) filter (where ${passes}))::float8`;
  const code = rollUp(choropleth, level);
  return sql`select ${code.text} as code,
      ${sum(numerator)} as numerator, ${sum(denominator)} as denominator,
      (count(*) filter (where ${passes}))::int as cells
    from ${ident(cube.schema, cube.name)} c ${code.joins}
    where ${code.expression} is not null
    group by 1`;
}

/** Every value that a dimension has in the cube, as text, in order. */
export function dimensionValuesQuery(cube: Cube, dimension: string): Sql {
  return sql`select d::text as value
    from (select distinct ${ident(dimension)} as d from ${ident(cube.schema, cube.name)}) values
    where d is not null order by d`;
}

/** @throws AppError `invalid_parameter` listing what exists. */
export async function checkDimensions(
  { choropleth, dimensions, change, breaksFrom }: ChoroplethRequest,
  values: (dimension: string) => Promise<readonly string[]>,
): Promise<void> {
  const { time } = choropleth.cube;
  const wanted: [parameter: string, dimension: string, values: readonly string[]][] = [...dimensions].map(
    ([name, values]) => [name, name, values],
  );
  if (time !== undefined && change) wanted.push(['from', time, [change.from]], ['to', time, [change.to]]);
  if (time !== undefined && breaksFrom?.from === 'shared') wanted.push(['breaks', time, [breaksFrom.period]]);
  for (const [parameter, dimension, chosen] of wanted) {
    const known = await values(dimension);
    const unknown = chosen.filter((value) => !known.includes(value));
    if (unknown.length === 0) continue;
    const expected = `${parameter === 'breaks' ? 'shared: and ' : ''}one of ${known.join(', ')}`;
    throw invalidParameter(parameter, unknown.join(), expected);
  }
}

/**
 * A published figure stands for itself: it can be neither rolled up nor summed over a dimension. The dimensions that
 * a request leaves open though it needs one value of each; none where figures add up.
 *
 * @throws AppError `rollup_refused` (400) where it asks for a level above or for several values
 */
export function openDimensions(request: ChoroplethRequest): readonly string[] {
  const { choropleth, source: metric, level, dimensions, change } = request;
  if (metric.kind !== 'value') return [];
  if (level.id !== choropleth.levels[0].id) {
    throw new AppError('rollup_refused', {
      detail: `${metric.id} is a published figure of ${choropleth.levels[0].id}; figures of ${level.id} cannot be made of it`,
    });
  }
  const several = [...dimensions].filter(([, values]) => values.length > 1).map(([dimension]) => dimension);
  if (several.length > 0) {
    throw new AppError('rollup_refused', {
      detail: `${metric.id} does not add up: give one value for ${several.join(', ')}`,
    });
  }
  const isGiven = (dimension: string): boolean =>
    dimensions.has(dimension) || (change !== undefined && dimension === choropleth.cube.time);
  return choropleth.cube.dimensions.filter((dimension) => !isGiven(dimension));
}

/** The rows of a request, and the stamp (see `Generations`) of the moment at which they were read. */
export async function readCube(
  db: Queryable,
  request: ChoroplethRequest,
  filter: Filter,
): Promise<CubeRow[]> {
  return db.run<CubeRow>(cubeQuery(request, filter));
}

function dimensionFilter(dimensions: Filter): Sql {
  if (dimensions.size === 0) return sql`true`;
  return join(
    [...dimensions].map(([name, values]) => sql`c.${ident(name)}::text = any(${values}::text[])`),
    ' and ',
  );
}

/** A region's code at `level`, as it is and as text, and the joins over the region sets below it. */
function rollUp({ cube, levels }: Choropleth, level: RegionSet): { expression: Sql; text: Sql; joins: Sql } {
  const depth = levels.findIndex(({ id }) => id === level.id);
  let expression = sql`c.${ident(cube.region)}`;
  let text = codeText(cube, cube.region, expression);
  const joins: Sql[] = [];
  for (const [i, below] of levels.slice(0, depth).entries()) {
    const alias = ident(`r${i}`);
    const parent = below.parent?.column ?? below.code;
    const { relation, textOf } = oneRowEach(below, parent);
    joins.push(sql`join ${relation} ${alias} on ${textOf(below.code, alias)} = ${text}`);
    expression = sql`${alias}.${ident(parent)}`;
    text = textOf(parent, alias);
  }
  return { expression, text, joins: join(joins, ' ') };
}

/** A region that has several rows counts once, below the parent that `mergeParts` takes. */
function oneRowEach(
  { layer, code }: RegionSet,
  parent: string,
): { relation: Sql; textOf: (column: string, alias: Sql) => Sql } {
  const relation = ident(layer.schema, layer.name);
  if (layer.key?.columns.length === 1 && layer.key.columns[0] === code)
    return { relation, textOf: (column, alias) => codeText(layer, column, sql`${alias}.${ident(column)}`) };
  const textOf = (column: string, alias: Sql): Sql => sql`${alias}.${ident(column)}::text`;
  const own = sql`${codeText(layer, code, ident(code))} as ${ident(code)}`;
  if (parent === code) return { relation: sql`(select distinct ${own} from ${relation})`, textOf };
  const above = codeText(layer, parent, ident(parent));
  const grouped = sql`(select ${own}, min(${above} collate "C") as ${ident(parent)} from ${relation} group by 1)`;
  return { relation: grouped, textOf };
}
