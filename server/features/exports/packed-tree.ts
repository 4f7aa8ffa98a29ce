/** Bytes of a node: its box as four doubles, and where its feature or its first child is. */
const NODE_BYTES = 40;

/**
 * A packed R-tree, as FlatGeobuf keeps it (https://flatgeobuf.org, "Index"): levels of nodes, the root first and the features'
 * boxes last, each node over the next `nodeSize` of the level below. It finds well where boxes that follow each other are
 * close together.
 * @param boxes west, south, east, north of each
 * @param offsets bytes before each among the features
 */
export function packedTree(
  boxes: readonly number[],
  offsets: readonly number[],
  nodeSize: number,
): { bytes: Buffer; bounds: number[] } {
  const starts = levelStarts(offsets.length, nodeSize);
  const bytes = Buffer.alloc(starts.total * NODE_BYTES);
  const write = (node: number, box: ArrayLike<number>, offset: number): void => {
    const at = node * NODE_BYTES;
    for (let i = 0; i < 4; i++) bytes.writeDoubleLE(box[i]!, at + 8 * i);
    bytes.writeBigUInt64LE(BigInt(offset), at + 32);
  };
  const read = (node: number, i: number): number => bytes.readDoubleLE(node * NODE_BYTES + 8 * i);
  const [leaves = { start: 0, count: 0 }] = starts.levels;
  for (let i = 0; i < leaves.count; i++) write(leaves.start + i, boxes.slice(4 * i, 4 * i + 4), offsets[i]!);
  for (let level = 1; level < starts.levels.length; level++) {
    const [below, own] = [starts.levels[level - 1]!, starts.levels[level]!];
    for (let i = 0; i < own.count; i++) {
      const first = below.start + i * nodeSize;
      const end = Math.min(first + nodeSize, below.start + below.count);
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      for (let child = first; child < end; child++) {
        box[0] = Math.min(box[0]!, read(child, 0));
        box[1] = Math.min(box[1]!, read(child, 1));
        box[2] = Math.max(box[2]!, read(child, 2));
        box[3] = Math.max(box[3]!, read(child, 3));
      }
      write(own.start + i, box, first);
    }
  }
  return { bytes, bounds: [0, 1, 2, 3].map((i) => read(0, i)) };
}

interface Level {
  /** Number of its first node. */
  readonly start: number;
  readonly count: number;
}

/** The levels, that of the features first. */
function levelStarts(items: number, nodeSize: number): { levels: Level[]; total: number } {
  const counts = [items];
  do counts.push(Math.ceil(counts.at(-1)! / nodeSize));
  while (counts.at(-1)! > 1);
  const total = counts.reduce((sum, count) => sum + count, 0);
  let end = total;
  const levels = counts.map((count) => ({ start: (end -= count), count }));
  return { levels, total };
}
