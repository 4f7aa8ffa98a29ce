import type { Mended, MendedShapes } from './mend.ts';
import type { PolygonRings, Ring } from './rebuild.ts';

/** What of a zoom is drawn in another way, as arrays of numbers alone. */
export interface FlatMended {
  /** minX, minY, maxX, maxY of each group. */
  readonly bounds: Float64Array;
  /** First polygon of each group, first ring of each polygon, first number of each ring: running sums. */
  readonly polygonStart: Uint32Array;
  readonly ringStart: Uint32Array;
  readonly positionStart: Uint32Array;
  readonly positions: Float64Array;
  readonly groupOf: Int32Array;
  readonly counts: Uint32Array;
}

/** Groups made between two places where the work may be interrupted. */
const GROUPS_PER_STEP = 500;

export function flattenMended({ groups, groupOf, counts }: MendedShapes): FlatMended {
  const polygons = groups.flatMap((group) => group.polygons);
  const rings = polygons.flat();
  return {
    bounds: Float64Array.from(groups.flatMap(({ minX, minY, maxX, maxY }) => [minX, minY, maxX, maxY])),
    polygonStart: startsOf(groups.map((group) => group.polygons)),
    ringStart: startsOf(polygons),
    positionStart: startsOf(rings),
    positions: Float64Array.from(rings.flat()),
    groupOf,
    counts,
  };
}

/** The same again; see `inTurns`. */
export function* unflattenMended(flat: FlatMended): Generator<void, MendedShapes> {
  const { bounds, polygonStart, groupOf, counts } = flat;
  const groups: Mended[] = [];
  for (let group = 0; group + 1 < polygonStart.length; group++) {
    if (group % GROUPS_PER_STEP === 0) yield;
    const polygons: PolygonRings[] = [];
    for (let p = polygonStart[group]!; p < polygonStart[group + 1]!; p++) polygons.push(ringsOf(flat, p));
    const [minX = 0, minY = 0, maxX = 0, maxY = 0] = bounds.subarray(4 * group, 4 * group + 4);
    groups.push({ polygons, minX, minY, maxX, maxY });
  }
  return { groups, groupOf, counts };
}

function ringsOf({ ringStart, positionStart, positions }: FlatMended, polygon: number): Ring[] {
  const rings: Ring[] = [];
  for (let r = ringStart[polygon]!; r < ringStart[polygon + 1]!; r++)
    rings.push(Array.from(positions.subarray(positionStart[r], positionStart[r + 1])));
  return rings;
}

function startsOf(lists: readonly { readonly length: number }[]): Uint32Array {
  const starts = new Uint32Array(lists.length + 1);
  lists.forEach(({ length }, i) => (starts[i + 1] = starts[i]! + length));
  return starts;
}
