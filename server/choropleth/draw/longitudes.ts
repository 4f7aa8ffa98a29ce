import { shapeBounds } from '../../engine/boxes.ts';
import type { MemoryLayer } from '../../engine/memory.ts';

/** Bounds of one polygon of a region in degrees, as its data has them. */
export interface PartBox {
  readonly row: number;
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

const boxes = new WeakMap<MemoryLayer, readonly PartBox[]>();

/** Bounds of every polygon of a layer, found once per generation. */
export function partBoxes(layer: MemoryLayer): readonly PartBox[] {
  let found = boxes.get(layer);
  if (!found) {
    const { topology } = layer.index;
    found = topology.shapes.map((shape) => {
      const [west, south, east, north] = shapeBounds(topology, shape);
      return { row: shape.row, west, south, east, north };
    });
    boxes.set(layer, found);
  }
  return found;
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

/** A longitude as it is counted eastwards from the cut: in [cut, cut + 360). */
export function unwrap(longitude: number, cut: number): number {
  const turns = Math.floor((longitude - cut) / 360);
  return longitude - 360 * turns;
}

/** The box with its west counted from the cut; its east may lie beyond cut + 360 where it crosses the cut. */
export function unwrapBox(part: PartBox, cut: number): PartBox {
  const west = unwrap(part.west, cut);
  return { ...part, west, east: west + (part.east - part.west) };
}
