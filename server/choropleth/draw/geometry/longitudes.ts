import type { Position } from 'geojson';
import { shapeBounds } from '../../../engine/cutting/boxes.ts';
import { latitudeOf, longitudeOf } from '../../../engine/grid.ts';
import type { DrawnLayer } from '../drawing.ts';
import { shapesOf } from '../../../engine/topology/flat.ts';
import type { Bounds } from '../../../engine/types.ts';
import { walkChain, type Shape, type Topology } from '../../../engine/topology/topology.ts';
import { countedOn, LONGEST_EDGE, spanOf, unwrap } from './cutting.ts';

/** Bounds of one polygon of a region in degrees; its east may lie beyond 180 where it crosses the antimeridian. */
export interface PartBox {
  readonly row: number;
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

const boxes = new WeakMap<DrawnLayer, readonly PartBox[]>();

/** Bounds of every polygon of a layer, found once per generation. */
export function partBoxes(layer: DrawnLayer): readonly PartBox[] {
  let found = boxes.get(layer);
  if (!found) {
    const { topology } = layer.index;
    found = Array.from(shapesOf(topology), (shape) => {
      const [west, south, east, north] = shapeBounds(topology, shape);
      const box = { row: shape.row, west, south, east, north };
      return east - west > LONGEST_EDGE ? { ...box, ...countedSpan(topology, shape) } : box;
    });
    boxes.set(layer, found);
  }
  return found;
}

/** Where a ring lies that may cross the antimeridian without saying so. */
function countedSpan({ coords, arcStart }: Topology, { chains }: Shape): { west: number; east: number } {
  const ring: Position[] = [];
  walkChain(chains[0] ?? [], arcStart, (vertex) => {
    ring.push([longitudeOf(coords[2 * vertex]!), latitudeOf(coords[2 * vertex + 1]!)]);
  });
  const [west, east] = spanOf(countedOn(ring));
  return { west, east };
}

/**
 * The meridian to cut the globe at so that what lies on both sides of the antimeridian is drawn together:
 * the middle of the widest stretch of longitudes without any region; −180 where there is none.
 */
export function cutMeridian(parts: readonly Pick<PartBox, 'west' | 'east'>[]): number {
  const spans = parts
    .map(({ west, east }) => ({ west: unwrap(west, -180), width: east - west }))
    .sort((a, b) => a.west - b.west);
  const [first] = spans;
  if (!first) return -180;
  let widest = { from: -180, width: 0 };
  let end = first.west;
  for (const next of [...spans, { west: first.west + 360, width: 0 }]) {
    if (next.west - end > widest.width) widest = { from: end, width: next.west - end };
    end = Math.max(end, next.west + next.width);
  }
  return unwrap(widest.from + widest.width / 2, -180);
}

/** The box with its west counted from the cut; its east may lie beyond cut + 360 where it crosses the cut. */
export function unwrapBox(part: PartBox, cut: number): PartBox {
  const west = unwrap(part.west, cut);
  return { ...part, west, east: west + (part.east - part.west) };
}

export function boundsOf(parts: readonly PartBox[]): Bounds {
  return parts.reduce<Bounds>(
    (all, part) => [
      Math.min(all[0], part.west),
      Math.min(all[1], part.south),
      Math.max(all[2], part.east),
      Math.max(all[3], part.north),
    ],
    [Infinity, Infinity, -Infinity, -Infinity],
  );
}
