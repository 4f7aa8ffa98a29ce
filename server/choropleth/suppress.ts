import type { Queryable } from '../db/types.ts';
import { ident, join, sql, type Sql } from '../db/sql.ts';
import { AppError } from '../errors.ts';
import type { CubeRow } from './cube.ts';
import type { Choropleth, Metric } from './definitions.ts';
import type { GridDimension, Table } from './disclosure/grid.ts';
import { Guard, type Filter } from './disclosure/guard.ts';

/**
 * What a choropleth with `suppress: { below: k }` publishes.
 *
 * It is decided once for a generation of the cube, for all levels, filters and metrics together, never for one
 * answer alone, as answers can be subtracted from each other. Counts from 1 to k − 1 are small; 0 is not.
 *
 * 1. Within a region, the values of each dimension are put into groups whose counts are not small (a small
 *    category with the next smallest, a year with a neighbouring one). A sum filtered by one dimension is
 *    published if it is of whole groups. For filters on several dimensions at once the groups are coarsened until
 *    no block (a group of each dimension) is small. Sums of whole groups and blocks only ever combine to sums of
 *    whole groups and blocks, so nothing smaller can be computed from them.
 * 2. A region that publishes less than its parent gets at least one sibling that publishes exactly as much as it,
 *    the smallest ones first, and such siblings together have no small sums: taking the others from the parent
 *    gives their sum only. A parent that hides something has a child that hides it too. The totals over the top
 *    level count as a parent whose totals by one dimension are known.
 * 3. A column that is the count under a filter (`n_miskin` is `n` of one category) follows the sums that it equals.
 *    A column that counts part of the count in another way is withheld in a region where it, the rest, or its
 *    difference from another such column would be small. A ratio needs its numerator and its denominator.
 *    Any other column (a sum of scores) is published where the count of its cells is.
 *
 * Limits. It protects counts from being computed, not from being guessed: a range can be told from the sums around
 * a hidden one, and "all" or "none" of a published group is told as it is. No small sum of one region can be
 * computed, over whatever choice of values; the small sum of several hidden regions together can in rare cases, and
 * so can unions of opposite cells where there are three or more dimensions. It knows one cube at one time: two
 * choropleths over the same people, a published table or view of them, or the answers of two generations of
 * which one added a single person can be compared by anyone who has both.
 */
export class Publication {
  readonly #guard: Guard;
  readonly #choropleth: Choropleth;
  /** Per level, cells by region. */
  readonly #cells: readonly ReadonlyMap<string, readonly Cell[]>[];

  constructor(choropleth: Choropleth, rows: readonly SnapshotRow[], parents: Parents) {
    this.#choropleth = choropleth;
    const columns = snapshotColumns(choropleth);
    const { count, below } = choropleth.suppress!;
    const dimensions = readGridDimensions(choropleth, rows);
    const cells = rows.map((row) => readCell(choropleth, columns, row));
    this.#cells = rollUpCells(cells, parents);
    this.#guard = new Guard({
      dimensions,
      columns: columns.filter((column) => column === count || isAdditive(choropleth, column)),
      count,
      below,
      tables: toTables(dimensions, columns, cells),
      levels: parents,
    });
  }

  /** Sums of every region of a level that the cube knows, and whether they are hidden. */
  rows(level: number, numerator: string, denominator: string | undefined, filter: Filter): CubeRow[] {
    const columns = [numerator, denominator].filter((column) => column !== undefined);
    const guarded = columns.map((column) =>
      isAdditive(this.#choropleth, column) ? column : this.#choropleth.suppress!.count,
    );
    return [...(this.#cells[level] ?? [])].map(([code, cells]) => {
      const chosen = cells.filter((cell) => passes(this.#choropleth, cell, filter));
      return {
        code,
        numerator: sumOf(chosen, numerator),
        denominator: denominator === undefined ? null : sumOf(chosen, denominator),
        cells: chosen.length,
        hidden: !guarded.every((column) => this.#guard.publishes(level, code, column, filter)),
      };
    });
  }
}

/** Finest level first: codes with the code of the parent. */
export type Parents = readonly ReadonlyMap<string, string | null>[];

export interface SnapshotRow {
  code: string;
  [column: `d${number}`]: string | null;
  [column: `s${number}`]: number | null;
}

interface Cell {
  readonly code: string;
  readonly values: readonly (string | null)[];
  readonly sums: ReadonlyMap<string, number | null>;
}

/** Combinations of dimension values times regions beyond which a cube is not decided upon in memory. */
const MAX_CELLS = 5_000_000;

/** Every cell of the cube, read in one statement so that all figures are of one moment. */
export function snapshotQuery(choropleth: Choropleth): Sql {
  const { cube } = choropleth;
  const dimensions = cube.dimensions.map((name, i) => sql`${ident(name)}::text as ${ident(`d${i}`)}`);
  const sums = snapshotColumns(choropleth).map(
    (column, i) => sql`sum(${ident(column)})::float8 as ${ident(`s${i}`)}`,
  );
  const keys = [cube.region, ...cube.dimensions].map((name) => ident(name));
  return sql`select ${join([sql`${ident(cube.region)}::text as code`, ...dimensions, ...sums])}
    from ${ident(cube.schema, cube.name)} where ${ident(cube.region)} is not null
    group by ${join(keys)} order by ${join(keys)}`;
}

export async function readPublication(
  db: Queryable,
  choropleth: Choropleth,
  parents: Parents,
): Promise<Publication> {
  return new Publication(choropleth, await db.run<SnapshotRow>(snapshotQuery(choropleth)), parents);
}

function snapshotColumns({ suppress, metrics, denominators }: Choropleth): string[] {
  const measured = metrics.flatMap(({ numerator, denominator }) => [numerator, denominator]);
  const divided = denominators.filter(({ from }) => from === 'cube').map(({ column }) => column);
  const all = [suppress?.count, ...measured, ...divided].filter((column) => column !== undefined);
  return [...new Set(all)];
}

/** A published figure does not add up: the count of its cells decides for it. */
function isAdditive({ metrics }: Choropleth, column: string): boolean {
  return !metrics.some((metric: Metric) => metric.kind === 'value' && metric.numerator === column);
}

function readCell({ cube }: Choropleth, columns: readonly string[], row: SnapshotRow): Cell {
  return {
    code: row.code,
    values: cube.dimensions.map((_, i) => row[`d${i}`] ?? null),
    sums: new Map(columns.map((column, i) => [column, row[`s${i}`] ?? null])),
  };
}

/** Rows come in the order of the dimensions' own types, so first appearances in it tell the order of time. */
function readGridDimensions({ id, cube }: Choropleth, rows: readonly SnapshotRow[]): GridDimension[] {
  const dimensions = cube.dimensions.map((name, i): GridDimension => {
    const values = [...new Set(rows.map((row) => row[`d${i}`] ?? null))];
    const ordered = name === cube.time;
    return { name, values: ordered ? values.sort(compareValues) : values, ordered };
  });
  const regions = new Set(rows.map(({ code }) => code)).size;
  const cells = dimensions.reduce((product, { values }) => product * values.length, regions);
  if (cells > MAX_CELLS) {
    throw new AppError('choropleth_unavailable', {
      detail: `${id}: ${cells} cells are too many to decide what may be published; use fewer dimensions`,
    });
  }
  return dimensions;
}

/** Numbers by size, dates and other text by letter; NULL last. */
function compareValues(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return Number(a) - Number(b) || (a < b ? -1 : Number(a > b));
}

function toTables(
  dimensions: readonly GridDimension[],
  columns: readonly string[],
  cells: readonly Cell[],
): Map<string, Table> {
  const positions = dimensions.map(({ values }) => new Map(values.map((value, i) => [value, i])));
  const size = dimensions.reduce((product, { values }) => product * values.length, 1);
  const tables = new Map<string, Map<string, Float64Array>>();
  for (const { code, values, sums } of cells) {
    const table = tables.get(code) ?? new Map(columns.map((column) => [column, new Float64Array(size)]));
    tables.set(code, table);
    let position = 0;
    let stride = 1;
    for (const [i, known] of positions.entries()) {
      position += known.get(values[i] ?? null)! * stride;
      stride *= known.size;
    }
    for (const [column, value] of sums) table.get(column)![position]! += value ?? 0;
  }
  return tables;
}

function rollUpCells(cells: readonly Cell[], parents: Parents): Map<string, Cell[]>[] {
  const levels: Map<string, Cell[]>[] = [];
  let codes = new Map(cells.map(({ code }) => [code, code as string | null]));
  for (const above of parents) {
    const level = new Map<string, Cell[]>();
    for (const cell of cells) {
      const code = codes.get(cell.code);
      if (code == null) continue;
      const own = level.get(code);
      if (own) own.push(cell);
      else level.set(code, [cell]);
    }
    levels.push(level);
    codes = new Map([...codes].map(([code, at]) => [code, at === null ? null : (above.get(at) ?? null)]));
  }
  return levels;
}

function passes({ cube }: Choropleth, { values }: Cell, filter: Filter): boolean {
  return [...filter].every(([name, wanted]) => {
    const value = values[cube.dimensions.indexOf(name)];
    return value != null && wanted.includes(value);
  });
}

/** NULL where every cell is, as in SQL. */
function sumOf(cells: readonly Cell[], column: string): number | null {
  const known = cells.map(({ sums }) => sums.get(column) ?? null).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
