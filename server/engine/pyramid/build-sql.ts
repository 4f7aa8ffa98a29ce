import { number, tileValue } from '../../catalog/expressions.ts';
import { geometryInDegrees, plainGeometry } from '../../catalog/geometry.ts';
import type { Column, TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { HALF_WORLD_METRES } from '../grid.ts';
import { placeInTile, tileOf } from './blocks.ts';
import { CELL_BITS, MAX_CATEGORIES, type PyramidDefinition } from './definition.ts';

/** The statements of a build, in their order: see `build.ts`. */
export const PASS = sql`pg_temp.pyramid_pass`;
const EARTH_RADIUS_METRES = HALF_WORLD_METRES / Math.PI;
const WEB_MERCATOR = 3857;
const DEGREES = 4326;
/** No position is this far out (degrees or metres); what is would overflow. */
const ABSURD = 1e9;

/** Rows under the names of the layer's columns, each with how many more there are of it (negative for fewer). */
export interface Changes {
  readonly rows: Sql;
  /** The column with that number: one that the layer has not. */
  readonly times: string;
}

/**
 * The one pass over the source, or over what changed of it: its rows added up by cell of the finest grid and by
 * category, in a temporary table. Rows without a place in any tile come together in a row whose cell is NULL.
 */
export function passStatement(definition: PyramidDefinition, changes?: Changes): Sql {
  const { layer, below, sums, countBy } = definition;
  const side = 2 ** (below - 1 + CELL_BITS);
  const half = number(HALF_WORLD_METRES);
  const category = countBy ? sql`${tileValue(countBy)}::text` : sql`null::text`;
  const values = sums.map((column, i) => sql`${summable(column)} as ${ident(`v_${i}`)}`);
  const valueNames = sums.map((_, i) => ident(`v_${i}`));
  const totals = changes
    ? sql`sum(n)::bigint as count, sum(n * x) as x, sum(n * y) as y`
    : sql`count(*) as count, sum(x) as x, sum(y) as y`;
  const added = valueNames.flatMap((value, i) => [
    changes ? sql`sum(n * ${value}) as ${ident(`sum_${i}`)}` : sql`sum(${value}) as ${ident(`sum_${i}`)}`,
    changes
      ? sql`coalesce(sum(n) filter (where ${value} is not null), 0)::bigint as ${ident(`n_${i}`)}`
      : sql`count(${value}) as ${ident(`n_${i}`)}`,
  ]);
  const rest = join([sql`category`, ...(changes ? [sql`n`] : []), ...valueNames]);
  const n = changes ? [sql`${ident(changes.times)} as n`] : [];
  const rows = changes ? changes.rows : ident(layer.schema, layer.name);
  const wrapped = sql`x - 2 * ${half} * floor((x + ${half}) / (2 * ${half}))`;
  const inSquare = sql`y between -${half} and ${half} and x is not null`;
  // `offset 0` keeps the planner from writing each expression out wherever it is used.
  return sql`create temporary table pyramid_pass on commit drop as
    select cell_x, cell_y, category, ${join([totals, ...added])}
    from (
      select ${cellNumber(sql`x + ${half}`, side)} as cell_x,
        ${cellNumber(sql`${half} - y`, side)} as cell_y, x, y, ${rest}
      from (
        select case when ${inSquare} then case when x between -${half} and ${half} then x else ${wrapped} end end as x,
          case when ${inSquare} then y end as y, ${rest}
        from (
          select ${inMetres(layer)}, ${rest}
          from (
            select st_x(g) as x, st_y(g) as y, ${rest}
            from (select ${join([sql`${pointOf(layer)} as g, ${category} as category`, ...n, ...values])}
              from ${rows} offset 0) point
            offset 0) coordinates
          offset 0) metres
        offset 0) placed
      offset 0) cell
    group by cell_x, cell_y, category`;
}

/** What there is of each category, the most frequent first; one more than are counted one by one. */
export function categoriesQuery(): Sql {
  return sql`select category from ${PASS} where category is not null and cell_x is not null
    group by category order by sum(count) desc, category limit ${number(MAX_CATEGORIES + 1)}`;
}

/** Points in cells, and rows without a place. */
export function totalsQuery(): Sql {
  return sql`select coalesce(sum(count) filter (where cell_x is not null), 0)::bigint as points,
    coalesce(sum(count) filter (where cell_x is null), 0)::bigint as left_out from ${PASS}`;
}

export function createStatement(table: string, sums: number, categories: number, hasOther: boolean): Sql {
  const columns = [
    sql`z smallint not null, cell_x integer not null, cell_y integer not null`,
    sql`count bigint not null, x double precision not null, y double precision not null`,
    ...range(sums).map((i) => sql`${ident(`sum_${i}`)} numeric not null, ${ident(`n_${i}`)} bigint not null`),
    ...categoryColumns(categories, hasOther).map((column) => sql`${column} bigint not null`),
  ];
  return sql`create table ${cellsTable(table)} (${join(columns)})`;
}

/** Fills the finest level: categories become columns. */
export function finestStatement(
  table: string,
  definition: PyramidDefinition,
  categories: readonly string[],
  { hasOther, coarser }: { hasOther: boolean; coarser: number },
): Sql {
  const counted = [
    ...categories.map((value) => sql`category = ${value}`),
    ...(hasOther ? [sql`category <> all(${categories}::text[])`] : []),
  ].map((condition) => sql`coalesce(sum(count) filter (where ${condition}), 0)`);
  const added = definition.sums.flatMap((_, i) => [
    sql`coalesce(sum(${ident(`sum_${i}`)}), 0)`,
    sql`sum(${ident(`n_${i}`)})`,
  ]);
  return sql`insert into ${cellsTable(table)}
    select ${join([sql`${number(definition.below - 1)}, cell_x, cell_y, sum(count), sum(x), sum(y)`, ...added, ...counted])}
    from ${coarser === 0 ? PASS : coarserPass(coarser)} where cell_x is not null group by cell_x, cell_y order by ${inOrder()}`;
}

function coarserPass(zooms: number): Sql {
  const by = number(zooms);
  return sql`(select cell_x >> ${by} as cell_x, cell_y >> ${by} as cell_y, count, x, y from ${PASS}) pass`;
}

/** Adds four cells up to one, level by level, each from the one below it; undefined where there is one level only. */
export function rollUpStatement(
  table: string,
  below: number,
  sums: number,
  categories: number,
  hasOther: boolean,
): Sql | undefined {
  if (below < 2) return undefined;
  const additive: Sql[] = [
    ...['x', 'y'].map((name) => sql`sum(${ident(name)}) as ${ident(name)}`),
    ...range(sums).flatMap((i) => [
      sql`sum(${ident(`sum_${i}`)}) as ${ident(`sum_${i}`)}`,
      sql`sum(${ident(`n_${i}`)})::bigint as ${ident(`n_${i}`)}`,
    ]),
    ...categoryColumns(categories, hasOther).map((column) => sql`sum(${column})::bigint as ${column}`),
  ];
  const levels = range(below - 1).map((i) => below - 2 - i);
  const steps = levels.map((z) => {
    const finer = z === below - 2 ? cellsTable(table) : ident(`level_${z + 1}`);
    return sql`${ident(`level_${z}`)} as materialized (
      select ${number(z)} as z, cell_x >> 1 as cell_x, cell_y >> 1 as cell_y, sum(count)::bigint as count, ${join(additive)}
      from ${finer} group by cell_x >> 1, cell_y >> 1)`;
  });
  const all = levels.map((z) => sql`(select * from ${ident(`level_${z}`)} order by ${inOrder()})`);
  return sql`with ${join(steps)} insert into ${cellsTable(table)} ${unionAll(all)}`;
}

export function indexStatement(table: string): Sql {
  return sql`create index on ${cellsTable(table)} (z, ${inOrder()})`;
}

/** By tile and by place in it: what a tile asks for lies side by side, its neighbours' edges too. */
function inOrder(): Sql {
  return sql`${tileOf()}, ${placeInTile()}`;
}

/** A cells table by its name, as SQL. */
export function cellsTable(name: string): Sql {
  return ident('chorograph', name);
}

/** Names of the category columns. */
export function categoryColumns(categories: number, hasOther: boolean): Sql[] {
  const numbered = range(categories).map((i) => ident(`category_${i}`));
  return hasOther ? [...numbered, ident('category_other')] : numbered;
}

/** One position per row: anything but a single point counts once, at its middle. */
function pointOf(layer: TableLayer): Sql {
  const { srid, type } = layer.geometry;
  const geometry =
    srid === WEB_MERCATOR || srid === DEGREES ? plainGeometry(layer) : geometryInDegrees(layer);
  return /^POINT/.test(type) ? geometry : sql`st_centroid(${geometry})`;
}

/**
 * `x` and `y` in web mercator metres. From degrees by its own formula (EPSG method 1024), which costs a
 * fraction of `st_transform`; latitudes are kept off the poles, where the logarithm ends.
 */
function inMetres(layer: TableLayer): Sql {
  const x = sql`case when abs(x) < ${number(ABSURD)} then x end`;
  if (layer.geometry.srid === WEB_MERCATOR) return sql`${x} as x, y`;
  return sql`(${x}) * ${number(HALF_WORLD_METRES / 180)} as x,
    ${number(EARTH_RADIUS_METRES)} * ln(tan(pi() / 4 + greatest(-89.9, least(89.9, y)) * pi() / 360)) as y`;
}

/** From metres inside the square; its far edge belongs to the last cell. NULL stays NULL, which `least` alone would lose. */
function cellNumber(metres: Sql, side: number): Sql {
  const share = sql`(${metres}) / (2 * ${number(HALF_WORLD_METRES)})`;
  return sql`case when x is not null then least(floor(${share} * ${number(side)})::int, ${number(side - 1)}) end`;
}

/** The value as a number that adds up exactly; what is not finite counts as missing. */
function summable(column: Column): Sql {
  if (column.kind !== 'number') return ident(column.name);
  if (column.type === 'numeric') {
    return sql`case when abs(${ident(column.name)}) < 1.7e308 then ${ident(column.name)} end`;
  }
  return sql`(${tileValue(column)})::numeric`;
}

function unionAll(parts: readonly Sql[]): Sql {
  return parts.reduce((all, part) => sql`${all} union all ${part}`);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
