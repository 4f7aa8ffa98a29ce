import type { Catalog } from '../catalog/catalog.ts';
import { toColumn, type ColumnRow } from '../catalog/discovery/discover.ts';
import type { Column } from '../catalog/types.ts';
import { contentTag } from '../http/answers/respond.ts';
import { choroplethName, guarded, ruled, type AccessRules } from '../sight/access.ts';
import type { Choropleth, ChoroplethEntry, Cube, Denominator, Metric, RegionSet } from './definitions.ts';
import type { ChoroplethConfig, ChoroplethMaps, MetricConfig } from './maps.ts';
import { withExactCodes } from './regions/codes.ts';

/** A relation as `catalog/columns.sql` finds it. */
export interface RelationColumns {
  relation: string;
  schema: string;
  name: string;
  populated: boolean;
  columns: ColumnRow[];
}

/** With who may see what, by pattern. */
export type GuardedMaps = ChoroplethMaps & { readonly access?: AccessRules };

class Unresolved extends Error {}

/** A definition as the database has it, or what of it the database does not have. */
export function resolveOne(
  id: string,
  config: ChoroplethConfig,
  maps: GuardedMaps,
  catalog: Catalog,
  relations: readonly RelationColumns[],
): ChoroplethEntry {
  const title = config.title ?? id;
  const guard = guarded(config.access ?? ruled(maps.access, [choroplethName(id)]));
  try {
    const levels = resolveLevels(config.regions, maps, catalog);
    const cube = resolveCube(config, relations);
    const metrics = Object.entries(config.metrics).map(([metricId, metric]) =>
      toMetric(metricId, metric),
    ) as [Metric];
    const described: Omit<Choropleth, 'definition'> = {
      id,
      title,
      description: config.description,
      source: config.source,
      attribution: config.attribution,
      levels,
      cube,
      metrics,
      classify: config.classify,
      denominators: config.denominators.map((column) => resolveDenominator(column, cube, levels[0])),
      suppress: config.suppress && {
        below: config.suppress.below,
        count: config.suppress.count ?? countColumn(metrics),
      },
      suppressBelow: config.suppress?.below,
      unreliableBelow: config.unreliable?.below,
      ...guard,
    };
    const choropleth = { ...described, definition: definitionOf(described) };
    return { id, title, choropleth, problem: undefined, ...guard };
  } catch (error) {
    if (error instanceof Unresolved)
      return { id, title, choropleth: undefined, problem: error.message, ...guard };
    throw error;
  }
}

/** Row estimates drift all the time and change nothing that is served. */
function definitionOf({ levels, ...rest }: Omit<Choropleth, 'definition'>): string {
  const sets = levels.map((set) => ({ ...set, layer: { ...set.layer, estimatedRows: 0 } }));
  return contentTag(JSON.stringify([sets, rest]));
}

function resolveLevels(finest: string, maps: ChoroplethMaps, catalog: Catalog): [RegionSet, ...RegionSet[]] {
  const levels: RegionSet[] = [];
  // `maps.yaml` was checked: parents exist and do not go round.
  for (let id: string | undefined = finest; id !== undefined; id = maps.regions[id]?.parent?.set) {
    levels.push(resolveRegions(id, maps, catalog));
  }
  return levels as [RegionSet, ...RegionSet[]];
}

function resolveRegions(id: string, maps: ChoroplethMaps, catalog: Catalog): RegionSet {
  const config = maps.regions[id];
  if (!config) throw new Unresolved(`there is no region set ${id}`);
  const layer = catalog.ofRelation(config.table, config.geometry);
  if (!layer) throw new Unresolved(`region set ${id}: there is no table ${config.table} with that geometry`);
  if (layer.problem) throw new Unresolved(`region set ${id}: ${layer.problem.detail}`);
  const codes = [config.code, ...(config.parent ? [config.parent.column] : [])];
  requireColumns(`region set ${id}`, layer.columns, [config.name, ...codes]);
  return {
    id,
    layer: withExactCodes(layer, codes),
    code: config.code,
    name: config.name,
    label: config.label ?? id,
    parent: config.parent,
  };
}

function resolveCube(config: ChoroplethConfig, relations: readonly RelationColumns[]): Cube {
  const { view, region, time } = config.cube;
  const dimensions = config.cube.dimensions.map(({ column }) => column);
  const found = relations.find((candidate) => candidate.relation === view);
  if (!found) throw new Unresolved(`there is no cube ${view}`);
  if (!found.populated) throw new Unresolved(`the cube ${view} has never been refreshed`);
  const columns = found.columns.map(toColumn);
  const measured = [
    ...Object.values(config.metrics).flatMap((metric) => metricColumns(metric)),
    ...(config.suppress?.count === undefined ? [] : [config.suppress.count]),
  ];
  requireColumns(`cube ${view}`, columns, [region, ...dimensions, ...measured]);
  for (const name of measured) {
    if (!isNumeric(columns, name)) throw new Unresolved(`cube ${view}: column ${name} is not numeric`);
  }
  const { schema, name } = found;
  const labels = Object.fromEntries(
    config.cube.dimensions.flatMap(({ column, label }) => (label === undefined ? [] : [[column, label]])),
  );
  return { schema, name, region, dimensions, labels, time, columns };
}

function resolveDenominator(column: string, cube: Cube, regions: RegionSet): Denominator {
  const places = [
    { from: 'cube', columns: cube.columns },
    { from: 'regions', columns: regions.layer.columns },
  ] as const;
  const place = places.find(({ columns }) => columns.some(({ name }) => name === column));
  if (!place)
    throw new Unresolved(
      `denominator ${column}: neither ${cube.name} nor ${regions.layer.name} has that column`,
    );
  if (!isNumeric(place.columns, column)) throw new Unresolved(`denominator ${column} is not numeric`);
  return { column, from: place.from };
}

/** What is counted where `suppress` does not say: the first sum, else what the first ratio is of. */
function countColumn(metrics: readonly Metric[]): string {
  const sum = metrics.find(({ kind }) => kind === 'sum')?.numerator;
  const found = sum ?? metrics.find(({ kind }) => kind === 'ratio')?.denominator;
  if (found === undefined) throw new Unresolved('suppress needs the column that it counts');
  return found;
}

function isNumeric(columns: readonly Column[], column: string): boolean {
  const kind = columns.find(({ name }) => name === column)?.kind;
  return kind === 'integer' || kind === 'bigint' || kind === 'number';
}

function requireColumns(where: string, columns: readonly Column[], names: readonly string[]): void {
  const missing = names.filter((name) => !columns.some((column) => column.name === name));
  if (missing.length > 0) throw new Unresolved(`${where}: there is no column ${missing.join(', ')}`);
}

function metricColumns({ sum, ratio, value }: MetricConfig): string[] {
  return [sum, value, ...(ratio ?? [])].filter((name) => name !== undefined);
}

function toMetric(id: string, config: MetricConfig): Metric {
  const [numerator = '', denominator] = metricColumns(config);
  return {
    id,
    kind: config.ratio ? 'ratio' : config.value === undefined ? 'sum' : 'value',
    numerator,
    denominator,
    multiplier: config.multiplier ?? 1,
    label: config.label ?? id,
    unit: config.unit,
    digits: config.digits,
  };
}
