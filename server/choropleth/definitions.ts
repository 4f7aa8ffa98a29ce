import { AppError, shorten } from '../errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { toColumn, type ColumnRow } from '../catalog/discovery/discover.ts';
import type { Column, TableLayer } from '../catalog/types.ts';
import { sqlFile } from '../db/files.ts';
import type { Queryable } from '../db/types.ts';
import { choroplethName, guarded, ruled, type Access, type AccessRules } from '../sight/access.ts';
import { PUBLIC, type Looking } from '../sight/sight.ts';
import { contentTag } from '../http/answers/respond.ts';
import type { ChoroplethConfig, ChoroplethMaps, MetricConfig } from './maps.ts';

/** A polygon layer whose rows are regions with a stable code. */
export interface RegionSet {
  readonly id: string;
  readonly layer: TableLayer;
  readonly code: string;
  readonly name: string;
  /** What people call the level; its id where nobody says. */
  readonly label: string;
  /** The region set one level up, and the column that holds the code there. */
  readonly parent: { readonly set: string; readonly column: string } | undefined;
}

export interface Metric {
  readonly id: string;
  /** `sum` and `ratio` roll up a level or a filter without error; a `value` does not add up. */
  readonly kind: 'sum' | 'ratio' | 'value';
  /** Cube column of the sum, the published value or the ratio's numerator. */
  readonly numerator: string;
  readonly denominator: string | undefined;
  readonly multiplier: number;
  readonly label: string;
  readonly unit: string | undefined;
  /** Decimal places of the value in documents; as computed where undefined. */
  readonly digits: number | undefined;
}

/** A column that counts may be divided by, and whether the cube or the finest region set has it. */
export interface Denominator {
  readonly column: string;
  readonly from: 'cube' | 'regions';
}

export interface Suppression {
  /** Counts from 1 to one below this are hidden. */
  readonly below: number;
  /** Cube column that counts whom it protects. */
  readonly count: string;
}

export interface Cube {
  readonly schema: string;
  readonly name: string;
  readonly region: string;
  readonly dimensions: readonly string[];
  /** What people call them, of those that have a name of their own. */
  readonly labels: Readonly<Record<string, string>>;
  readonly time: string | undefined;
  readonly columns: readonly Column[];
}

/** A choropleth whose region set and cube were found as `maps.yaml` says. */
export interface Choropleth {
  readonly id: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly source: string | undefined;
  /** Whom a map must name, as HTML; `source` where absent. */
  readonly attribution: string | undefined;
  /** Finest level first, then its ancestors: the levels that it can be drawn at. */
  readonly levels: readonly [RegionSet, ...RegionSet[]];
  readonly cube: Cube;
  readonly metrics: readonly [Metric, ...Metric[]];
  readonly classify: ChoroplethConfig['classify'];
  /** What `normalize=per:` may name. */
  readonly denominators: readonly Denominator[];
  readonly suppress: Suppression | undefined;
  readonly suppressBelow: number | undefined;
  /** Ratios over less than this are `unreliable`. */
  readonly unreliableBelow: number | undefined;
  /** Who may see it; everybody where absent. */
  readonly access?: Access;
  /** Differs whenever anything above does, so that answers made from another definition are told apart. */
  readonly definition: string;
}

export interface ChoroplethEntry {
  readonly id: string;
  readonly title: string;
  readonly choropleth: Choropleth | undefined;
  /** What of `maps.yaml` the database does not have. */
  readonly problem: string | undefined;
  /** Who may see it; everybody where absent. */
  readonly access?: Access;
}

interface RelationColumns {
  relation: string;
  schema: string;
  name: string;
  populated: boolean;
  columns: ColumnRow[];
}

/** The choropleths of `maps.yaml`, held against the database whenever the catalogue changes. */
export class Choropleths {
  #entries: ReadonlyMap<string, ChoroplethEntry> = new Map();
  #version = 0;
  readonly #maps: GuardedMaps;
  readonly #rendering: string;

  /** @param rendering the program and its settings, as far as they decide bytes */
  constructor(maps: GuardedMaps, rendering: string) {
    this.#maps = maps;
    this.#rendering = rendering;
  }

  /** Grows whenever a definition was found to be another than before. */
  get version(): number {
    return this.#version;
  }

  all(): ChoroplethEntry[] {
    return [...this.#entries.values()];
  }

  /** Those that one may see. */
  seen(sight: Looking): ChoroplethEntry[] {
    return this.all().filter((entry) => sees(sight, entry));
  }

  /** Whether everybody may know of what has this id, or of nothing that has it. */
  isPublic(id: string): boolean {
    return this.#entries.get(id)?.access === undefined;
  }

  /** Whether there is any that not everybody may see. */
  get isRestricted(): boolean {
    return this.all().some(({ access }) => access !== undefined);
  }

  /**
   * What one may not see is not there: it is refused in the same words.
   * @throws AppError `choropleth_not_found` (404), `choropleth_unavailable` (501, with the reason).
   */
  get(id: string, sight: Looking = PUBLIC): Choropleth {
    const entry = this.#entries.get(id);
    if (!entry || !sees(sight, entry))
      throw new AppError('choropleth_not_found', { detail: `there is no choropleth ${shorten(id, 60)}` });
    if (!entry.choropleth) throw new AppError('choropleth_unavailable', { detail: entry.problem ?? '' });
    if (entry.access !== undefined) sight.reached?.(choroplethName(id));
    return entry.choropleth;
  }

  async resolve(db: Queryable, catalog: Catalog): Promise<void> {
    // As they are now: they may be read anew while the database is asked.
    const maps = { ...this.#maps };
    const configs = Object.entries(maps.choropleths);
    const relations = configs.map(([, config]) => config.cube.view);
    const found = await db.run<RelationColumns>(sqlFile('catalog/columns.sql', [relations]));
    const next = new Map(
      configs.map(([id, config]) => [
        id,
        withRendering(resolveOne(id, config, maps, catalog, found), this.#rendering),
      ]),
    );
    const changed =
      next.size !== this.#entries.size ||
      [...next].some(([id, entry]) => {
        const { choropleth, problem } = entry;
        const before = this.#entries.get(id);
        if (before?.access !== entry.access) return true;
        return before?.choropleth?.definition !== choropleth?.definition || before?.problem !== problem;
      });
    if (changed) this.#version++;
    this.#entries = next;
  }
}

function withRendering(entry: ChoroplethEntry, rendering: string): ChoroplethEntry {
  const { choropleth } = entry;
  if (!choropleth) return entry;
  return {
    ...entry,
    choropleth: { ...choropleth, definition: contentTag(choropleth.definition + rendering) },
  };
}

const sees = (sight: Looking, { id, access }: ChoroplethEntry): boolean =>
  sight.sees(access, choroplethName(id));

/** With who may see what, by pattern. */
type GuardedMaps = ChoroplethMaps & { readonly access?: AccessRules };

class Unresolved extends Error {}

function resolveOne(
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
  requireColumns(`region set ${id}`, layer.columns, [
    config.code,
    config.name,
    ...(config.parent ? [config.parent.column] : []),
  ]);
  return {
    id,
    layer,
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

/** What people call a dimension. */
export function labelOf({ labels }: Pick<Cube, 'labels'>, dimension: string): string {
  return Object.hasOwn(labels, dimension) ? labels[dimension]! : dimension;
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
