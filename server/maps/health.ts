import type { Check } from '../capability.ts';

interface CatalogContext {
  readonly catalog: { all(): readonly { problem?: unknown }[] };
  readonly choropleths: {
    readonly isRestricted: boolean;
    all(): readonly { readonly id: string; readonly problem?: unknown }[];
  };
  readonly mapsCheck: { readonly problems: readonly string[]; readonly refused: readonly string[] };
}

/** What is there to be served, and what `maps.yaml` says that does not fit it: asked in every state. */
export function catalogCheck({ catalog, choropleths, mapsCheck }: CatalogContext): Check {
  const layers = catalog.all();
  const broken = choropleths.all().filter((choropleth) => choropleth.problem);
  const { problems, refused } = mapsCheck;
  const details = [
    refused.length > 0 ? 'maps.yaml was changed to what is not valid, and what it said before is used' : [],
    problems.length > 0 ? `entries of maps.yaml that do not fit the database: ${problems.length}` : [],
  ].flat();
  const brokenChoropleths =
    broken.length > 0
      ? { brokenChoropleths: Object.fromEntries(broken.map(({ id, problem }) => [id, problem])) }
      : {};
  return {
    status: details.length > 0 ? 'degraded' : 'ok',
    ...(details.length > 0 ? { detail: details.join('; ') } : {}),
    layers: layers.length,
    layersWithProblems: layers.filter((layer) => layer.problem).length,
    choropleths: choropleths.all().length,
    choroplethsWithProblems: broken.length,
    ...(choropleths.isRestricted ? {} : brokenChoropleths),
    told: {
      // They name tables and columns, those that nobody is to see included.
      ...(refused.length > 0 ? { refused } : {}),
      ...(problems.length > 0 ? { problems } : {}),
      ...brokenChoropleths,
    },
  };
}
