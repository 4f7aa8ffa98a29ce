import type { PolygonRings } from './rebuild.ts';

/** Polygons of one row that are drawn in place of some of its shapes; in units of the zoom's whole world. */
export interface Mended {
  readonly polygons: readonly PolygonRings[];
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** What of a zoom is drawn in place of which shapes, as arrays of numbers alone. Several shapes of a row may be drawn as one group. */
export interface MendedShapes {
  /** minX, minY, maxX, maxY of each group, in units of the zoom's whole world, as all positions are. */
  readonly bounds: Float64Array;
  /** First polygon of each group, first ring of each polygon, first number of each ring: running sums. */
  readonly polygonStart: Uint32Array;
  readonly ringStart: Uint32Array;
  readonly positionStart: Uint32Array;
  readonly positions: Float64Array;
  /** By shape: the number of its group, −1 where it is drawn as it is. */
  readonly groupOf: Int32Array;
  /** Positions of each chain of the band once rounded, of rings that are drawn as they are; 0 without area. */
  readonly counts: Uint32Array;
}

export function flattenGroups(groups: readonly Mended[]): Omit<MendedShapes, 'groupOf' | 'counts'> {
  const polygons = groups.flatMap((group) => group.polygons);
  const rings = polygons.flat();
  return {
    bounds: Float64Array.from(groups.flatMap(({ minX, minY, maxX, maxY }) => [minX, minY, maxX, maxY])),
    polygonStart: startsOf(groups.map((group) => group.polygons)),
    ringStart: startsOf(polygons),
    positionStart: startsOf(rings),
    positions: Float64Array.from(rings.flat()),
  };
}

export function mendedBytes(mended: MendedShapes): number {
  return Object.values(mended).reduce((sum: number, array: Float64Array) => sum + array.byteLength, 0);
}

function startsOf(lists: readonly { readonly length: number }[]): Uint32Array {
  const starts = new Uint32Array(lists.length + 1);
  lists.forEach(({ length }, i) => (starts[i + 1] = starts[i]! + length));
  return starts;
}
