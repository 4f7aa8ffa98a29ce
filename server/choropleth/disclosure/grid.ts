import type { Partition } from './partition.ts';

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
  }

  /** Position of a cell, by the positions of its values. */
  cell(values: readonly number[]): number {
    return values.reduce((sum, value, i) => sum + value * this.#strides[i]!, 0);
  }

  /** Position of a cell's value in one dimension. */
  valueAt(cell: number, dimension: number): number {
    return Math.floor(cell / this.#strides[dimension]!) % this.dimensions[dimension]!.values.length;
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

  /** Sums by group of one dimension, in the order of the values. */
  margin(figures: Float64Array, dimension: number, partition: Partition): Map<number, number> {
    const sums = new Map(partition.map((group): [number, number] => [group, 0]));
    for (let cell = 0; cell < this.size; cell++) {
      const group = partition[this.valueAt(cell, dimension)]!;
      sums.set(group, sums.get(group)! + figures[cell]!);
    }
    return sums;
  }

  /** Sums by block: a group of each dimension. */
  blocks(
    figures: Float64Array,
    partitions: readonly Partition[],
  ): Map<number, { groups: readonly number[]; count: number }> {
    const sums = new Map<number, { groups: number[]; count: number }>();
    for (let cell = 0; cell < this.size; cell++) {
      const groups = partitions.map((partition, i) => partition[this.valueAt(cell, i)]!);
      const key = this.cell(groups);
      const block = sums.get(key) ?? { groups, count: 0 };
      block.count += figures[cell]!;
      sums.set(key, block);
    }
    return sums;
  }
}

export function addTables(tables: readonly Table[], columns: readonly string[], size: number): Table {
  return new Map(
    columns.map((column) => {
      const sum = new Float64Array(size);
      for (const table of tables) {
        const figures = table.get(column)!;
        for (let i = 0; i < size; i++) sum[i]! += figures[i]!;
      }
      return [column, sum];
    }),
  );
}
