import { latitudeOf, longitudeOf } from '../grid.ts';
import type { Shape, Topology } from '../topology/topology.ts';
import { GeometryType, type Bounds } from '../types.ts';

/** Bounds of one shape in degrees, beyond ±180 where the data is. A polygon is as large as its exterior ring. */
export function shapeBounds({ coords, arcStart }: Topology, { type, chains }: Shape): Bounds {
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  const outline = type === GeometryType.polygon ? chains.slice(0, 1) : chains;
  for (const reference of outline.flat()) {
    const arc = reference < 0 ? ~reference : reference;
    for (let i = 2 * arcStart[arc]!; i < 2 * arcStart[arc + 1]!; i += 2) {
      west = Math.min(west, coords[i]!);
      east = Math.max(east, coords[i]!);
      // World y grows southwards.
      north = Math.min(north, coords[i + 1]!);
      south = Math.max(south, coords[i + 1]!);
    }
  }
  return [longitudeOf(west), latitudeOf(south), longitudeOf(east), latitudeOf(north)];
}
