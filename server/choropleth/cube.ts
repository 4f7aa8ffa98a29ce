import { AppError, invalidParameter } from '../errors.ts';
import { ident, join, sql, type Sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import type { Stamp } from '../refresh/generations.ts';
import type { Choropleth, Cube, RegionSet } from './definitions.ts';
import type { ChoroplethRequest } from './params.ts';

/** Sums of one region, as the cube has them. */
export interface CubeRow {
  code: string;
  /** Sum of the numerator, or the published value; null where every row of it is NULL. */
  numerator: number | null;
  denominator: number | null;
  /** Cube rows that passed the filter; 0 for a region that the cube knows only under other values. */
  cells: number;
}

/**
 * The cube rolled up to a level and filtered, one row per region that the cube knows at all: the
 * filter is on the sums, so that "none of this kind here" (a sum of 0) and "not in the cube" (no data)
 * stay apart.
 */
export function cubeQuery({ choropleth, metric, level, dimensions }: ChoroplethRequest): Sql {
  const { cube } = choropleth;
  const passes = dimensionFilter(dimensions);
  const sum = (column: string | undefined): Sql =>
    column === undefined
      ? sql`null::float8`
      : sql`(sum(c.${ident(column)}) filter (where ${passes}))::float8`;
  const code = rollUp(choropleth, level);
  return sql`select ${code.expression}::text as code,
      ${sum(metric.numerator)} as numerator, ${sum(metric.denominator)} as denominator,
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
  request: ChoroplethRequest,
  values: (dimension: string) => Promise<readonly string[]>,
): Promise<void> {
  for (const [dimension, wanted] of request.dimensions) {
    const known = await values(dimension);
    const unknown = wanted.filter((value) => !known.includes(value));
    if (unknown.length > 0) throw invalidParameter(dimension, unknown.join(), `one of ${known.join(', ')}`);
  }
}

/**
 * A published figure stands for itself: it can be neither rolled up nor summed over a dimension.
 * @throws AppError `rollup_refused` (400)
 */
export function checkAdditive({ choropleth, metric, level, dimensions }: ChoroplethRequest): void {
  if (metric.kind !== 'value') return;
  if (level.id !== choropleth.levels[0].id) {
    throw new AppError('rollup_refused', {
      detail: `${metric.id} is a published figure of ${choropleth.levels[0].id}; figures of ${level.id} cannot be made of it`,
    });
  }
  const open = choropleth.cube.dimensions.filter((dimension) => dimensions.get(dimension)?.length !== 1);
  if (open.length > 0) {
    throw new AppError('rollup_refused', {
      detail: `${metric.id} does not add up: give one value for ${open.join(', ')}`,
    });
  }
}

/** The rows of a request, and the stamp (see `Generations`) of the moment at which they were read. */
export async function readCube(
  db: Queryable,
  request: ChoroplethRequest,
  stamp: Sql,
): Promise<{ rows: CubeRow[]; stamp: Stamp | null }> {
  // One statement sees one moment. The stamp comes with the first row, and where there is none, alone.
  const found = await db.run<CubeRow & { stamp: Stamp | null }>(sql`
    select case when row_number() over () = 1 then s.stamp end as stamp, c.*
    from (select ${stamp} as stamp) s left join (${cubeQuery(request)}) c on true`);
  return {
    rows: found.filter((row) => row.code !== null),
    stamp: found.find((row) => row.stamp)?.stamp ?? null,
  };
}

function dimensionFilter(dimensions: ChoroplethRequest['dimensions']): Sql {
  if (dimensions.size === 0) return sql`true`;
  return join(
    [...dimensions].map(([name, values]) => sql`c.${ident(name)}::text = any(${values}::text[])`),
    ' and ',
  );
}

/** The expression of a region's code at `level`, and the joins over the region sets below it. */
function rollUp({ cube, levels }: Choropleth, level: RegionSet): { expression: Sql; joins: Sql } {
  const depth = levels.findIndex(({ id }) => id === level.id);
  let expression = sql`c.${ident(cube.region)}`;
  const joins: Sql[] = [];
  for (const [i, below] of levels.slice(0, depth).entries()) {
    const alias = ident(`r${i}`);
    const { layer, code, parent } = below;
    joins.push(
      sql`join ${ident(layer.schema, layer.name)} ${alias} on ${alias}.${ident(code)}::text = ${expression}::text`,
    );
    expression = sql`${alias}.${ident(parent?.column ?? code)}`;
  }
  return { expression, joins: join(joins, ' ') };
}
