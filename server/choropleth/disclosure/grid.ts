/**
 * Which values of a dimension are shown together: group number by position of the value. The number of a group is
 * the position of its first value.
 */
export type Partition = readonly number[];

export interface GridDimension {
  readonly name: string;
  /** Every value in the cube, in order; NULL is a value that no filter names. */
  readonly values: readonly (string | null)[];
  /** Time: neighbouring values go together. */
  readonly ordered: boolean;
}

/** Figures of one region, per column one number for each cell of the grid. */
export type Table = ReadonlyMap<string, Float64Array>;

/** Chosen values by dimension: `undefined` where all are. */
export type Selection = readonly (readonly boolean[] | undefined)[];

/** The cells that every region has: one for each combination of dimension values. */
export class Grid {
  readonly dimensions: readonly GridDimension[];
  readonly size: number;
  readonly #strides: readonly number[];
  /** Per dimension the position of the value of each cell: looked up some million times. */
  readonly #values: readonly Int32Array[];

  constructor(dimensions: readonly GridDimension[]) {
    this.dimensions = dimensions;
    const strides: number[] = [];
    let size = 1;
    for (const { values } of dimensions) {
      strides.push(size);
      size *= values.length;
    }
    this.#strides = strides;
    this.size = size;
    this.#values = dimensions.map(({ values }, i) =>
      Int32Array.from({ length: size }, (_, cell) => Math.floor(cell / strides[i]!) % values.length),
    );
  }

  /** Position of a cell's value in one dimension. */
  valueAt(cell: number, dimension: number): number {
    return this.#values[dimension]![cell]!;
  }

  contains(selection: Selection, cell: number): boolean {
    return selection.every((chosen, i) => chosen === undefined || chosen[this.valueAt(cell, i)] === true);
  }

  /** Sum over the chosen cells. */
  sum(figures: Float64Array, selection: Selection): number {
    let sum = 0;
    for (let cell = 0; cell < this.size; cell++) if (this.contains(selection, cell)) sum += figures[cell]!;
    return sum;
  }

  /** Sums by group of one dimension, at the number of the group; 0 at numbers that are no group's. */
  margin(figures: Float64Array, dimension: number, partition: Partition): Float64Array {
    const values = this.#values[dimension]!;
    const sums = new Float64Array(partition.length);
    for (let cell = 0; cell < this.size; cell++) sums[partition[values[cell]!]!]! += figures[cell]!;
    return sums;
  }

  /** Sums by block (a group of each dimension), at the cell of the groups' numbers; 0 at all other cells. */
  blocks(figures: Float64Array, partitions: readonly Partition[]): Float64Array {
    return partitions.reduce((sums, partition, i) => this.merge(sums, i, partition), figures);
  }

  /** The same sums with the values (or groups) of one dimension put together. */
  merge(sums: Float64Array, dimension: number, partition: Partition): Float64Array {
    const values = this.#values[dimension]!;
    const stride = this.#strides[dimension]!;
    const merged = new Float64Array(this.size);
    for (let cell = 0; cell < this.size; cell++) {
      const value = values[cell]!;
      merged[cell + (partition[value]! - value) * stride]! += sums[cell]!;
    }
    return merged;
  }
}

export function addTables(tables: readonly Table[], columns: readonly string[], size: number): Table {
  return new Map(
    columns.map((column) => {
      const sum = new Float64Array(size);
      for (const table of tables) add(sum, table.get(column)!);
      return [column, sum];
    }),
  );
}

/** Adds figures to a sum in place. */
export function add(sum: Float64Array, figures: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += figures[i]!;
}
