import type { Grid, Partition } from './grid.ts';

export type { Partition } from './grid.ts';

/** Below the threshold and not nothing: the figures of a few people. */
export function isSmall(count: number, below: number): boolean {
  return count !== 0 && count < below;
}

/** Every value by itself. */
export function apart(values: number): Partition {
  return Array.from({ length: values }, (_, i) => i);
}

/** How many values stand by themselves. */
export function singles(partition: Partition): number {
  let count = 0;
  for (let i = 0; i < partition.length; i++) {
    if (partition[i] === i && partition.indexOf(i, i + 1) < 0) count++;
  }
  return count;
}

/** The finest partition that both are finer than: values together in either stay together. */
export function joinPartitions(a: Partition, b: Partition): Partition {
  let joined = a;
  for (let i = 0; i < b.length; i++) {
    const first = b.indexOf(b[i]!);
    const [from, to] = [joined[i]!, joined[first]!];
    if (from !== to) joined = merged(joined, from, to);
  }
  return joined;
}

/** True where every group of `fine` lies within one group of `coarse`. */
export function isCoarser(coarse: Partition, fine: Partition): boolean {
  const seen = new Map<number, number>();
  return fine.every((group, i) => {
    const within = seen.get(group) ?? coarse[i]!;
    seen.set(group, within);
    return within === coarse[i];
  });
}

/** True where the chosen values are whole groups. */
export function isUnionOfGroups(partition: Partition, chosen: readonly boolean[]): boolean {
  const seen = new Map<number, boolean>();
  return partition.every((group, i) => {
    const expected = seen.get(group) ?? chosen[i]!;
    seen.set(group, expected);
    return expected === chosen[i];
  });
}

/**
 * Groups the values of one dimension until no group's count is small: the smallest group joins its smaller
 * neighbour in time, elsewhere the smallest other group that is not empty.
 */
export function partitionMargin(
  grid: Grid,
  counts: Float64Array,
  dimension: number,
  below: number,
): Partition {
  const { ordered, values } = grid.dimensions[dimension]!;
  let partition = apart(values.length);
  const sums = grid.margin(counts, dimension, partition);
  for (;;) {
    const smallest = leastSmall(sums, below);
    if (smallest === undefined) return partition;
    const partner = partnerOf(smallest, partition, sums, ordered);
    if (partner === undefined) return partition;
    partition = merged(partition, smallest, partner);
    const both = sums[smallest]! + sums[partner]!;
    sums[Math.max(smallest, partner)] = 0;
    sums[Math.min(smallest, partner)] = both;
  }
}

/**
 * Coarsens the partitions of all dimensions until no block (a group of each) is small: where one is, a group of
 * it joins another in the dimension in which that leaves the fewest small blocks.
 */
export function partitionBlocks(
  grid: Grid,
  counts: Float64Array,
  margins: readonly Partition[],
  below: number,
): Partition[] {
  let partitions = [...margins];
  let blocks = grid.blocks(counts, partitions);
  for (;;) {
    const least = leastSmall(blocks, below);
    if (least === undefined) return partitions;
    let best: { partitions: Partition[]; blocks: Float64Array; left: number } | undefined;
    for (const [dimension, partition] of partitions.entries()) {
      const sums = grid.margin(counts, dimension, partition);
      const group = grid.valueAt(least, dimension);
      const partner = partnerOf(group, partition, sums, grid.dimensions[dimension]!.ordered);
      if (partner === undefined) continue;
      const next = merged(partition, group, partner);
      const fewer = grid.merge(blocks, dimension, next);
      const left = countSmall(fewer, below);
      if (!best || left < best.left)
        best = { partitions: partitions.with(dimension, next), blocks: fewer, left };
    }
    if (!best) return partitions;
    ({ partitions, blocks } = best);
  }
}

/** Where the smallest of the small sums is. */
function leastSmall(sums: Float64Array, below: number): number | undefined {
  let least: number | undefined;
  for (let i = 0; i < sums.length; i++) {
    if (isSmall(sums[i]!, below) && (least === undefined || sums[i]! < sums[least]!)) least = i;
  }
  return least;
}

function countSmall(sums: Float64Array, below: number): number {
  let count = 0;
  for (let i = 0; i < sums.length; i++) if (isSmall(sums[i]!, below)) count++;
  return count;
}

/** The group to join: a neighbour in time, any other elsewhere; the smallest that is not empty. */
function partnerOf(
  group: number,
  partition: Partition,
  sums: Float64Array,
  ordered: boolean,
): number | undefined {
  const groups = partition.filter((own, i) => own === i);
  const at = groups.indexOf(group);
  const near = ordered ? [groups[at - 1], groups[at + 1]] : groups;
  let best: number | undefined;
  for (const other of near) {
    if (other === undefined || other === group) continue;
    if (best === undefined || (sums[other]! || Infinity) < (sums[best]! || Infinity)) best = other;
  }
  return best;
}

/** Groups keep the number of their first value, so that they stay in the order of the values. */
function merged(partition: Partition, a: number, b: number): Partition {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  return partition.map((group) => (group === high ? low : group));
}
