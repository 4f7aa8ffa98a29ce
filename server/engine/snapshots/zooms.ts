import type { Topology } from '../topology/topology.ts';

/** Deeper tiles are made of few shapes each. */
const DEEPEST = 16;

/** The zooms whose bands are kept, and what is drawn in another way: without lines and polygons none. */
export function zoomsOf({ shapeType }: Topology): number[] {
  return shapeType.length > 0 ? Array.from({ length: DEEPEST + 1 }, (_, zoom) => zoom) : [];
}

export function isWhole(topology: Topology, zooms: readonly number[]): boolean {
  return zoomsOf(topology).every((zoom) => zooms.includes(zoom));
}
