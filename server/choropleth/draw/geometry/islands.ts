import { groupsOf, type Group } from './groups.ts';
import { boundsOf, type PartBox } from './longitudes.ts';

/** Insets are for what is small beside the mainland; more of them than this would be a puzzle. */
const MOST_ISLANDS = 8;
const LARGEST_ISLAND = 0.35;
/** A mainland wider than this is most of the world, which has no far islands. */
const WIDEST_MAINLAND = 120;

/** A mainland and what lies far from it; undefined where all is better seen as one. */
export function islandsOf(
  parts: readonly PartBox[],
): { mainland: Group; islands: readonly Group[] } | undefined {
  const [mainland, ...islands] = groupsOf(parts);
  if (!mainland || islands.length === 0 || islands.length > MOST_ISLANDS) return undefined;
  const [west, , east] = boundsOf(mainland.parts);
  const isSmall = islands.every(({ area }) => area <= LARGEST_ISLAND * mainland.area);
  return east - west <= WIDEST_MAINLAND && isSmall ? { mainland, islands } : undefined;
}
