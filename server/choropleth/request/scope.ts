import { invalidParameter } from '../../errors.ts';
import type { Choropleth, RegionSet } from '../definitions.ts';
import type { RegionValue } from '../figures/values.ts';
import type { Regions, RegionsById } from '../regions/regions.ts';
import type { ChoroplethRequest } from './params.ts';

/** The regions that are shown. */
export function ofParents(
  { parents }: ChoroplethRequest,
  values: readonly RegionValue[],
): readonly RegionValue[] {
  if (!parents) return values;
  const wanted = new Set<string | null>(parents);
  return values.filter((entry) => wanted.has(entry.parent));
}

/** What to ask instead to get all regions that place the breaks of an answer, and no others. */
export function breakingRegions({ request }: { readonly request: ChoroplethRequest }): {
  parent?: undefined;
} {
  return request.scope === 'parent' ? {} : { parent: undefined };
}

/** The regions that place the breaks. */
export function inScope(request: ChoroplethRequest, values: readonly RegionValue[]): readonly RegionValue[] {
  return request.scope === 'parent' ? ofParents(request, values) : values;
}

export function valuesOf(entries: readonly RegionValue[]): (number | null)[] {
  return entries.map((entry) => entry.value);
}

export function namesAbove(
  { levels }: Choropleth,
  level: RegionSet,
  regions: RegionsById,
): Map<string, string> {
  const above = levels[levels.indexOf(level) + 1];
  const { codes = [], names = [] } = (above && regions.get(above.id)) ?? {};
  return new Map(codes.map((code, row) => [code, names[row] ?? '']));
}

export function checkParents({ parents, level }: ChoroplethRequest, regions: Regions): void {
  const unknown = parents?.filter((code) => !regions.parents.includes(code)) ?? [];
  if (unknown.length === 0) return;
  const known = [...new Set(regions.parents)].filter((code) => code !== null).sort();
  throw invalidParameter('parent', unknown.join(), `codes of ${level.parent?.set}: ${known.join(', ')}`);
}
