import { shapeBounds } from '../engine/boxes.ts';
import type { TileIndex } from '../engine/index.ts';
import type { Topology } from '../engine/topology.ts';
import type { Bounds } from '../engine/types.ts';
import { WORLD } from '../http/tile.ts';

/** Regions spread wider than this many degrees of longitude make a map of mostly ocean. */
const WIDE = 180;

/**
 * The box that a map of the regions opens with, in degrees: all of them, or their mainland where a few lie
 * across the ocean or beyond the antimeridian. The mainland is the largest group of regions that are
 * joined by common borders, if most regions belong to it.
 */
export function openingView(index: Pick<TileIndex, 'bounds' | 'topology'>): Bounds {
  if (!index.bounds) return WORLD;
  const all = clampToWorld(index.bounds);
  if (all[2] - all[0] <= WIDE) return all;
  const rows = new Set(mainland(index.topology));
  if (rows.size * 2 < index.topology.rows) return all;
  const boxes = index.topology.shapes
    .filter(({ row }) => rows.has(row))
    .map((shape) => shapeBounds(index.topology, shape));
  return clampToWorld(boxes.reduce(union));
}

/** West, south, east, north inside the tiled world. */
export function clampToWorld([west, south, east, north]: Bounds): Bounds {
  return [
    Math.max(WORLD[0], west),
    Math.max(WORLD[1], south),
    Math.min(WORLD[2], east),
    Math.min(WORLD[3], north),
  ];
}

/** Rows of the largest group of regions that share arcs of their borders, directly or through others. */
function mainland({ shapes, arcStart, rows }: Topology): number[] {
  const leaders = Int32Array.from({ length: rows }, (_, row) => row);
  const leaderOf = (row: number): number => {
    let leader = row;
    while (leaders[leader] !== leader) leader = leaders[leader] as number;
    leaders[row] = leader;
    return leader;
  };
  const rowOfArc = new Int32Array(arcStart.length).fill(-1);
  for (const { row, chains } of shapes) {
    for (const reference of chains.flat()) {
      const arc = reference < 0 ? ~reference : reference;
      const other = rowOfArc[arc] as number;
      if (other >= 0) leaders[leaderOf(row)] = leaderOf(other);
      rowOfArc[arc] = row;
    }
  }
  const groups = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const leader = leaderOf(row);
    const group = groups.get(leader);
    if (group) group.push(row);
    else groups.set(leader, [row]);
  }
  return [...groups.values()].reduce(
    (largest, group) => (group.length > largest.length ? group : largest),
    [],
  );
}

function union(a: Bounds, b: Bounds): Bounds {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}
