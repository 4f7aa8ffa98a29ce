import type { Answer } from '../answer.ts';
import type { Regions } from '../regions/regions.ts';
import { areaOf } from './geometry/groups.ts';
import { islandsOf } from './geometry/islands.ts';
import { boundsOf, cutMeridian, partBoxes, unwrapBox, type PartBox } from './geometry/longitudes.ts';
import { unwrap } from './geometry/cutting.ts';

/** Degrees; east exceeds 180 where it lies beyond the antimeridian. */
type Box = readonly [west: number, south: number, east: number, north: number];

export interface Place {
  /** Of what most of it belongs to; of both where two share it. */
  name: string;
  box: Box;
  regions: number;
}

/** Where a map has to look to show everything large enough to be seen: the mainland, and what lies far from it. */
export interface Places {
  mainland: Box | null;
  far: Place[];
}

/** So much of a place belongs to what it is named after alone. */
const MOST = 0.8;

/**
 * Groups of regions that some 4° of sea part from the mainland and that are small beside it, the largest first: those
 * that pictures have insets of.
 *
 * @param parents the regions one level up, whose names say more than those of single regions
 */
export function placesOf({ regions, values }: Answer, parents: Regions | undefined): Places {
  const shown = new Map(values.map((value) => [value.row, value]));
  const parts = partBoxes(regions.layer).filter(({ row }) => shown.has(row));
  const cut = cutMeridian(parts);
  const groups = islandsOf(parts.map((part) => unwrapBox(part, cut)));
  if (!groups) return { mainland: null, far: [] };
  const nameOf = (row: number): string => {
    const { name = '', parent = null } = shown.get(row) ?? {};
    const above = parent === null ? -1 : (parents?.codes.indexOf(parent) ?? -1);
    return parents?.names[above] || name;
  };
  return {
    mainland: boxOf(groups.mainland.parts),
    far: groups.islands.map(({ parts: own }) => ({
      name: sharedName(own, nameOf),
      box: boxOf(own),
      regions: new Set(own.map(({ row }) => row)).size,
    })),
  };
}

function boxOf(parts: readonly PartBox[]): Box {
  const [west, south, east, north] = boundsOf(parts);
  const start = unwrap(west, -180);
  return [start, south, start + (east - west), north];
}

/** The name that most of the area has, or the two that have most. */
function sharedName(parts: readonly PartBox[], nameOf: (row: number) => string): string {
  const areas = new Map<string, number>();
  for (const part of parts) {
    const name = nameOf(part.row);
    areas.set(name, (areas.get(name) ?? 0) + areaOf(part));
  }
  const total = [...areas.values()].reduce((sum, area) => sum + area, 0);
  const [first, second, ...others] = [...areas].sort(([, a], [, b]) => b - a);
  if (!first || !second || first[1] >= MOST * total) return first?.[0] ?? '';
  return others.length === 0 ? `${first[0]}, ${second[0]}` : `${first[0]}, ${second[0]} …`;
}
