import { area } from '@turf/turf';
import type { MemoryLayer } from '../engine/memory.ts';
import { simplifyShared } from '../engine/simplify.ts';
import type { Regions } from './regions.ts';

/** At this zoom half a pixel is less than 2 cm: nothing of the outlines is left out. */
const FULL_DETAIL = 22;

const areas = new WeakMap<MemoryLayer, readonly (number | null)[]>();

/**
 * Area of each region in km², on a sphere of 6,371.0088 km radius: within 0.5 % of the ellipsoid, and the same
 * whatever the database.
 */
export function areasOf({ layer }: Regions): readonly (number | null)[] {
  let known = areas.get(layer);
  if (!known) {
    const outlines = simplifyShared(layer.index.topology, { zoom: FULL_DETAIL });
    known = outlines.map((geometry) => (geometry ? area(geometry) / 1e6 || null : null));
    areas.set(layer, known);
  }
  return known;
}

/**
 * A column of the finest regions summed up to a level, by row of that level.
 * @param levels the finest regions first, the level itself last
 */
export function columnByRegion(levels: readonly Regions[], column: string): (number | null)[] {
  const finest = levels[0]!;
  const figures = finest.layer.values.get(column) ?? [];
  let sums = new Map<string, number>();
  for (const [row, code] of finest.codes.entries()) {
    const figure = figures[row];
    if (figure != null && Number.isFinite(Number(figure))) add(sums, code, Number(figure));
  }
  for (const level of levels.slice(0, -1)) {
    const above = new Map<string, number>();
    for (const [row, code] of level.codes.entries()) {
      const [parent, sum] = [level.parents[row], sums.get(code)];
      if (parent != null && sum !== undefined) add(above, parent, sum);
    }
    sums = above;
  }
  return levels.at(-1)!.codes.map((code) => sums.get(code) ?? null);
}

function add(sums: Map<string, number>, code: string, figure: number): void {
  sums.set(code, (sums.get(code) ?? 0) + figure);
}
