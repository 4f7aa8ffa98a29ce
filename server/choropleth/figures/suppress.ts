import type { Queryable } from '../../db/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { AppError } from '../../errors.ts';
import type { CubeRow } from './cube.ts';
import type { Choropleth, Metric } from '../definitions.ts';
import type { GridDimension, Table } from '../disclosure/grid.ts';
import { codeText } from '../regions/codes.ts';
import { decide, type Filter, type Guard, type Why } from '../disclosure/guard.ts';
import { inTurns, type Steps } from '../disclosure/steps.ts';
import { mapped } from '../../tools/slices.ts';

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
 * 2. Of what a region hides, its siblings together hide it too (one that hides a great deal does for many others), so
 *    that taking them from the parent does not give it; and all those that hide a sum have no small sum of it
 *    together. Who loses the fewest figures is chosen. What a parent hides its children together hide too. The
 *    totals over the top level count as a parent whose totals by one dimension are known.
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
  readonly #columns: readonly string[];
  readonly #dimensions: readonly GridDimension[];
  /** Per level, cells by region. */
  readonly #cells: readonly ReadonlyMap<string, readonly Cell[]>[];

  private constructor(
    choropleth: Choropleth,
    columns: readonly string[],
    dimensions: readonly GridDimension[],
    cells: readonly ReadonlyMap<string, readonly Cell[]>[],
    guard: Guard,
  ) {
    this.#choropleth = choropleth;
    this.#columns = columns;
    this.#dimensions = dimensions;
    this.#cells = cells;
    this.#guard = guard;
  }

  /** Decides on a cube in steps: with many regions it takes a good part of a second. */
  static *decide(choropleth: Choropleth, rows: readonly SnapshotRow[], parents: Parents): Steps<Publication> {
    const columns = snapshotColumns(choropleth);
    const { count, below } = choropleth.suppress!;
    const dimensions = readGridDimensions(choropleth, rows);
    yield;
    const regions = yield* readCells(columns, dimensions, rows);
    const levels = rollUpCells(regions, parents);
    yield;
    const guard = yield* decide({
      dimensions,
      columns: columns.filter((column) => column === count || isAdditive(choropleth, column)),
      count,
      below,
      tables: yield* toTables(dimensions, columns, regions),
      levels: parents,
    });
    return new Publication(choropleth, columns, dimensions, levels, guard);
  }

  /** Sums of every region of a level that the cube knows, and whether they are hidden; in steps. */
  rows(level: number, numerator: string, denominator: string | undefined, filter: Filter): Steps<CubeRow[]> {
    const columns = [numerator, denominator].filter((column) => column !== undefined);
    const guarded = columns.map((column) =>
      isAdditive(this.#choropleth, column) ? column : this.#choropleth.suppress!.count,
    );
    const published = guarded.map((column) => this.#guard.publisher(level, column, filter));
    const why = (code: string): Why | undefined => {
      const at = published.findIndex((publishes) => !publishes(code));
      return at < 0 ? undefined : this.#guard.why(level, code, guarded[at]!, filter);
    };
    const wanted = this.#dimensions.map(({ name, values }) => {
      const chosen = filter.get(name);
      return chosen && values.map((value) => value !== null && chosen.includes(value));
    });
    const passes = ({ positions }: Cell): boolean =>
      positions.every((position, i) => wanted[i]?.[position] ?? true);
    const at = (column: string): number => this.#columns.indexOf(column);
    return mapped([...(this.#cells[level] ?? [])], ([code, cells]) => {
      const chosen = cells.filter(passes);
      return {
        code,
        numerator: sumOf(chosen, at(numerator)),
        denominator: denominator === undefined ? null : sumOf(chosen, at(denominator)),
        cells: chosen.length,
        hidden: why(code),
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
  /** Position of its value in each dimension. */
  readonly positions: readonly number[];
  /** By column. */
  readonly sums: readonly (number | null)[];
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
  return sql`select ${join([sql`${codeText(cube, cube.region, ident(cube.region))} as code`, ...dimensions, ...sums])}
    from ${ident(cube.schema, cube.name)} where ${ident(cube.region)} is not null
    group by ${join(keys)} order by ${join(keys)}`;
}

export function readSnapshot(db: Queryable, choropleth: Choropleth): Promise<SnapshotRow[]> {
  return db.run<SnapshotRow>(snapshotQuery(choropleth));
}

export function decidePublication(
  choropleth: Choropleth,
  rows: readonly SnapshotRow[],
  parents: Parents,
): Promise<Publication> {
  return inTurns(Publication.decide(choropleth, rows, parents));
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

/** The cells of each of the finest regions. */
function* readCells(
  columns: readonly string[],
  dimensions: readonly GridDimension[],
  rows: readonly SnapshotRow[],
): Steps<Map<string, Cell[]>> {
  const positions = dimensions.map(({ values }) => new Map(values.map((value, i) => [value, i])));
  const regions = new Map<string, Cell[]>();
  for (const [read, row] of rows.entries()) {
    const own = regions.get(row.code) ?? [];
    if (own.length === 0) regions.set(row.code, own);
    own.push({
      positions: positions.map((known, i) => known.get(row[`d${i}`] ?? null)!),
      sums: columns.map((_, i) => row[`s${i}`] ?? null),
    });
    if (read % 1000 === 0) yield;
  }
  return regions;
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

function* toTables(
  dimensions: readonly GridDimension[],
  columns: readonly string[],
  regions: ReadonlyMap<string, readonly Cell[]>,
): Steps<Map<string, Table>> {
  const size = dimensions.reduce((product, { values }) => product * values.length, 1);
  const tables = new Map<string, Table>();
  for (const [code, cells] of regions) {
    const figures = columns.map(() => new Float64Array(size));
    for (const { positions, sums } of cells) {
      let cell = 0;
      let stride = 1;
      for (const [i, position] of positions.entries()) {
        cell += position * stride;
        stride *= dimensions[i]!.values.length;
      }
      for (const [i, value] of sums.entries()) figures[i]![cell]! += value ?? 0;
    }
    tables.set(code, new Map(columns.map((column, i) => [column, figures[i]!])));
    yield;
  }
  return tables;
}

/** The cells of the regions of each level, finest first. */
function rollUpCells(regions: Map<string, Cell[]>, parents: Parents): Map<string, Cell[]>[] {
  const levels = [regions];
  for (const above of parents.slice(0, -1)) {
    const level = new Map<string, Cell[]>();
    for (const [code, cells] of levels.at(-1)!) {
      const parent = above.get(code);
      if (parent == null) continue;
      const own = level.get(parent);
      if (own) for (const cell of cells) own.push(cell);
      else level.set(parent, [...cells]);
    }
    levels.push(level);
  }
  return levels;
}

/** NULL where every cell is, as in SQL. */
function sumOf(cells: readonly Cell[], column: number): number | null {
  let sum: number | null = null;
  for (const { sums } of cells) {
    const value = sums[column];
    if (value != null) sum = (sum ?? 0) + value;
  }
  return sum;
}
