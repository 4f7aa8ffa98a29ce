import type { Grid, Selection } from './grid.ts';
import {
  isCoarser,
  isSmall,
  isUnionOfGroups,
  joinPartitions,
  partitionBlocks,
  partitionMargin,
  singles,
  type Partition,
} from './partition.ts';

/** Which sums of one region are published. */
export interface Structure {
  /** Its total; where false, nothing is. */
  readonly total: boolean;
  /** Sums over one dimension: of any union of these groups. */
  readonly margins: readonly Partition[];
  /** Sums filtered by several dimensions at once: of unions of these groups in each. Coarser than the margins. */
  readonly blocks: readonly Partition[];
}

/** How much of the structures is looked at: of totals above the top level only sums over one dimension are known. */
export type Depth = 'margins' | 'blocks';

/** The finest structure in which no published sum is small. */
export function structureOf(grid: Grid, counts: Float64Array, below: number): Structure {
  const margins = grid.dimensions.map((_, i) => partitionMargin(grid, counts, i, below));
  const blocks = grid.dimensions.length > 1 ? partitionBlocks(grid, counts, margins, below) : margins;
  return { total: !isSmall(total(counts), below), margins, blocks };
}

/** What both structures publish. Blocks are never finer than the margins, or they would give those away. */
export function meet(a: Structure, b: Structure): Structure {
  const margins = a.margins.map((partition, i) => joinPartitions(partition, b.margins[i]!));
  return {
    total: a.total && b.total,
    margins,
    blocks: a.blocks.map((partition, i) =>
      joinPartitions(joinPartitions(partition, b.blocks[i]!), margins[i]!),
    ),
  };
}

/** The same, keeping the blocks of `a` as they are. */
export function meetMargins(a: Structure, b: Structure): Structure {
  const both = meet(a, b);
  return { ...both, blocks: a.blocks.map((partition, i) => joinPartitions(partition, both.margins[i]!)) };
}

/** True where everything that `less` publishes is published by `more` too. */
export function publishesAtLeast(more: Structure, less: Structure, depth: Depth): boolean {
  if (!less.total) return true;
  if (!more.total) return false;
  const covers = (key: Depth): boolean => more[key].every((fine, i) => isCoarser(less[key][i]!, fine));
  return covers('margins') && (depth === 'margins' || covers('blocks'));
}

/** How many figures it publishes that a map may show: the total, and those of single values and of pairs of them. */
export function published({ total, margins, blocks }: Structure): number {
  if (!total) return 0;
  const single = margins.reduce((sum, partition) => sum + singles(partition), 1);
  return blocks.length < 2 ? single : single + blocks.reduce((product, own) => product * singles(own), 1);
}

/** Whether no sum that the structure publishes would be small in these figures. */
export function isSafe(
  grid: Grid,
  figures: Float64Array,
  structure: Structure,
  below: number,
  depth: Depth,
): boolean {
  if (!structure.total) return true;
  if (isSmall(total(figures), below)) return false;
  const margins = structure.margins.every((partition, i) =>
    noneSmall(grid.margin(figures, i, partition), below),
  );
  if (!margins || depth === 'margins') return margins;
  return noneSmall(grid.blocks(figures, structure.blocks), below);
}

function noneSmall(sums: Float64Array, below: number): boolean {
  for (let i = 0; i < sums.length; i++) if (isSmall(sums[i]!, below)) return false;
  return true;
}

/** Whether the sum over the chosen cells is published. */
export function publishes(structure: Structure, selection: Selection): boolean {
  if (!structure.total) return false;
  const chosen = selection.map((values) => (values?.every(Boolean) ? undefined : values));
  const filtered = chosen.filter((values) => values !== undefined).length;
  const partitions = filtered === 1 ? structure.margins : structure.blocks;
  return chosen.every((values, i) => values === undefined || isUnionOfGroups(partitions[i]!, values));
}

export function total(figures: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < figures.length; i++) sum += figures[i]!;
  return sum;
}
