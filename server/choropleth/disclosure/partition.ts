import type { Grid } from './grid.ts';

/** Which values of a dimension are shown together: group number by position of the value. */
export type Partition = readonly number[];

/** Below the threshold and not nothing: the figures of a few people. */
export function isSmall(count: number, below: number): boolean {
  return count !== 0 && count < below;
}

/** Every value by itself. */
export function apart(values: number): Partition {
  return Array.from({ length: values }, (_, i) => i);
}

export function groupCount(partition: Partition): number {
  return new Set(partition).size;
}

/** The finest partition that both are finer than: values together in either stay together. */
export function joinPartitions(a: Partition, b: Partition): Partition {
  let joined = [...a];
  for (let i = 0; i < b.length; i++) {
    const first = b.indexOf(b[i]!);
    const [from, to] = [joined[i]!, joined[first]!];
    if (from !== to) joined = joined.map((group) => (group === from ? to : group));
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
  let partition = apart(grid.dimensions[dimension]!.values.length);
  const { ordered } = grid.dimensions[dimension]!;
  for (;;) {
    const sums = grid.margin(counts, dimension, partition);
    const smallest = leastSmall(sums, below);
    if (smallest === undefined) return partition;
    const partner = partnerOf(smallest, sums, ordered);
    if (partner === undefined) return partition;
    partition = merged(partition, smallest, partner);
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
  for (;;) {
    const blocks = grid.blocks(counts, partitions);
    const small = [...blocks.values()].filter(({ count }) => isSmall(count, below));
    const least = small.reduce((a, b) => (b.count < a.count ? b : a), small[0]!);
    if (small.length === 0) return partitions;
    let best: { partitions: Partition[]; left: number } | undefined;
    for (const [dimension, partition] of partitions.entries()) {
      const sums = grid.margin(counts, dimension, partition);
      const group = least.groups[dimension]!;
      const partner = partnerOf(group, sums, grid.dimensions[dimension]!.ordered);
      if (partner === undefined) continue;
      const next = partitions.with(dimension, merged(partition, group, partner));
      let left = 0;
      for (const { count } of grid.blocks(counts, next).values()) if (isSmall(count, below)) left++;
      if (!best || left < best.left) best = { partitions: next, left };
    }
    if (!best) return partitions;
    partitions = best.partitions;
  }
}

function leastSmall(sums: ReadonlyMap<number, number>, below: number): number | undefined {
  const small = [...sums].filter(([, count]) => isSmall(count, below));
  return small.sort((a, b) => a[1] - b[1])[0]?.[0];
}

/** The group to join: a neighbour in time, any other elsewhere; the smallest that is not empty. */
function partnerOf(group: number, sums: ReadonlyMap<number, number>, ordered: boolean): number | undefined {
  const groups = [...sums.keys()];
  const at = groups.indexOf(group);
  const near = ordered ? [groups[at - 1], groups[at + 1]] : groups;
  const candidates = near.filter((other) => other !== undefined && other !== group) as number[];
  const rank = (other: number): number => sums.get(other) || Infinity;
  return candidates.sort((a, b) => rank(a) - rank(b))[0];
}

/** Groups keep the number of their first value, so that they stay in the order of the values. */
function merged(partition: Partition, a: number, b: number): Partition {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  return partition.map((group) => (group === high ? low : group));
}
