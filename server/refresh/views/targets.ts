import type { RefreshMaps, RefreshSpec } from '../spec.ts';

/** A view that `maps.yaml` names for refreshing, as the cube of a choropleth or by itself. */
export interface RefreshTarget {
  /** `schema.name` */
  readonly view: string;
  readonly spec: RefreshSpec;
  /** Ids of the choropleths whose cube it is. */
  readonly choropleths: readonly string[];
  /** Columns that identify a row of a cube: what its unique index should be on. Empty where not known. */
  readonly key: readonly string[];
}

/** Every view that may be refreshed, each once, in the order of `maps.yaml`. */
export function refreshTargets(maps: RefreshMaps): RefreshTarget[] {
  const targets = new Map<string, RefreshTarget>();
  for (const [id, { cube }] of Object.entries(maps.choropleths)) {
    if (cube.refresh?.delta) continue; // a table that its deltas keep, not a view
    const known = targets.get(cube.view);
    targets.set(cube.view, {
      view: cube.view,
      spec: known && Object.keys(known.spec).length > 0 ? known.spec : (cube.refresh ?? {}),
      choropleths: [...(known?.choropleths ?? []), id],
      key: known?.key ?? [cube.region, ...cube.dimensions.map(({ column }) => column)],
    });
  }
  for (const [view, spec] of Object.entries(maps.refresh)) {
    const known = targets.get(view);
    targets.set(view, { view, spec, choropleths: known?.choropleths ?? [], key: known?.key ?? [] });
  }
  return [...targets.values()];
}

/** A view has one schedule: where two choropleths share a cube, or `refresh` names it too, they must agree. */
export function scheduleConflicts(maps: RefreshMaps): string[] {
  const problems: string[] = [];
  const first = new Map<string, { path: string; spec: string }>();
  const check = (path: string, view: string, spec: RefreshSpec | undefined): void => {
    if (spec === undefined) return;
    const known = first.get(view);
    if (!known) first.set(view, { path, spec: JSON.stringify(spec) });
    else if (known.spec !== JSON.stringify(spec))
      problems.push(`${path}: ${view} has another schedule in ${known.path}`);
  };
  for (const [id, { cube }] of Object.entries(maps.choropleths)) {
    check(`choropleths.${id}.cube.refresh`, cube.view, cube.refresh);
  }
  for (const [view, spec] of Object.entries(maps.refresh)) check(`refresh.${view}`, view, spec);
  return problems;
}

/**
 * Views so that each comes after those that it reads, otherwise in the order given.
 * `sources` may name relations that are not among the views; they do not matter.
 */
export function inDependencyOrder<
  View extends { readonly view: string; readonly sources: readonly string[] },
>(views: readonly View[]): View[] {
  const byName = new Map(views.map((view) => [view.view, view]));
  const done = new Set<View>();
  const visit = (view: View): void => {
    if (done.has(view)) return;
    done.add(view); // before its sources: a circle, which a database cannot have, would not end otherwise
    for (const source of view.sources) {
      const read = byName.get(source);
      if (read) visit(read);
    }
    ordered.push(view);
  };
  const ordered: View[] = [];
  for (const view of views) visit(view);
  return ordered;
}
