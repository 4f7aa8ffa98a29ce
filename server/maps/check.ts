import { relationName, type Layer, type TableLayer } from '../catalog/types.ts';
import { sqlFile } from '../db/files.ts';
import type { Queryable } from '../db/types.ts';
import { didYouMean } from '../tools/nearest.ts';
import type { Observe } from '../observe/events.ts';
import type { LiveMaps } from './live.ts';

export type MapsEvent =
  /** `maps.yaml` was read again, with paths of what changed: so many of its entries do not fit the database. */
  | { type: 'maps.read'; problems: number; changed: readonly string[] }
  /** What it says now is wrong, and what it said before is used. */
  | { type: 'maps.refused'; problems: readonly string[] }
  /** An entry that does not fit the database. */
  | { type: 'maps.problem'; problem: string };

/** What is held against the database: every name of a relation or a column. */
interface CheckedMaps {
  readonly regions: Named<
    OfTable & {
      readonly code: string;
      readonly name: string;
      readonly parent?: { readonly column: string } | undefined;
    }
  >;
  readonly choropleths: Named<{
    readonly regions: string;
    readonly cube: {
      readonly view: string;
      readonly region: string;
      readonly dimensions: readonly { readonly column: string }[];
      readonly refresh?: { readonly delta?: object | undefined } | undefined;
    };
    readonly metrics: Named<MetricColumns>;
    readonly suppress?: { readonly count?: string | undefined } | undefined;
    readonly denominators: readonly string[];
  }>;
  readonly layers: Named<
    Partial<OfTable> & {
      readonly function?: string | undefined;
      readonly pyramid?:
        { readonly sum: readonly string[]; readonly countBy?: string | undefined } | undefined;
    }
  >;
  readonly refresh: Named<object>;
  readonly search: Named<
    OfTable & {
      readonly title: string;
      readonly code?: string | undefined;
      readonly rank?: string | undefined;
      readonly text: Readonly<Record<string, unknown>>;
    } & Readonly<Record<'names' | 'context', readonly string[]>>
  >;
}

type Named<Entry> = Readonly<Record<string, Entry>>;

interface OfTable {
  readonly table: string;
  readonly geometry?: string | undefined;
}

interface MetricColumns {
  readonly sum?: string | undefined;
  readonly value?: string | undefined;
  readonly ratio?: readonly [string, string] | undefined;
}

export interface CheckContext {
  readonly db: Queryable;
  readonly catalog: { all(): readonly Layer[] };
  readonly choropleths: { all(): readonly { readonly id: string; readonly problem?: string | undefined }[] };
  readonly pyramids: { problem(layer: Layer): string | undefined };
  readonly grids: { readonly problems: ReadonlyMap<string, string> };
  readonly liveMaps: Pick<LiveMaps<CheckedMaps>, 'maps' | 'locate'>;
  readonly config: { readonly schemas: readonly string[] };
  readonly observe: Observe<MapsEvent>;
}

/** What the database has, as far as `maps.yaml` may name it. */
interface Known {
  readonly relations: ReadonlyMap<string, { kind: string; readable: boolean }>;
  readonly columns: ReadonlyMap<string, readonly string[]>;
  readonly layers: readonly TableLayer[];
  readonly schemas: readonly string[];
}

type Report = (path: readonly string[], text: string) => void;

/** What of `maps.yaml` does not fit the database, each a line with its place, and with the name that would. */
export class MapsCheck {
  #problems: readonly string[] = [];
  #refused: readonly string[] = [];

  /** Entries that do not fit the database; everything else is served. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Errors of a file that is not used because of them. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  /** True where these were not known before. */
  refuse(problems: readonly string[]): boolean {
    const isNew = problems.length > 0 && problems.join('\n') !== this.#refused.join('\n');
    this.#refused = problems;
    return isNew;
  }

  /** Holds every entry against the database. What was not known before is told as an event. */
  async check(ctx: CheckContext): Promise<void> {
    const found = await findProblems(ctx);
    const before = new Set(this.#problems);
    this.#problems = found;
    for (const problem of found) if (!before.has(problem)) ctx.observe({ type: 'maps.problem', problem });
  }
}

async function findProblems(ctx: CheckContext): Promise<string[]> {
  const { maps } = ctx.liveMaps;
  const names = [
    ...Object.values(maps.regions).map(({ table }) => table),
    ...Object.values(maps.choropleths).map(({ cube }) => cube.view),
    ...Object.values(maps.layers).flatMap(({ table }) => table ?? []),
    ...Object.keys(maps.refresh),
    ...Object.values(maps.search).map(({ table }) => table),
  ];
  const found: { path: readonly string[]; text: string }[] = [];
  const report: Report = (path, text) => void found.push({ path, text });
  for (const [id, problem] of ctx.grids.problems) report(['grids', id], problem);
  if (names.length > 0 || Object.keys(maps.layers).length > 0) await checkNamed(ctx, names, found, report);
  return found.map(({ path, text }) => `${ctx.liveMaps.locate(path)}: ${path.join('.')}: ${text}`);
}

/** What names relations and columns. */
async function checkNamed(
  ctx: CheckContext,
  names: readonly string[],
  found: readonly { readonly path: readonly string[] }[],
  report: Report,
): Promise<void> {
  const { maps } = ctx.liveMaps;
  const known = await readKnown(ctx, names);
  checkRegions(maps, known, report);
  checkChoropleths(maps, known, report);
  checkLayers(maps, known, ctx, report);
  checkRefreshes(maps, known, report);
  checkSearch(maps, known, report);
  const covered = (...path: string[]): boolean =>
    found.some((one) => path.every((part, i) => one.path[i] === part));
  for (const { id, problem } of ctx.choropleths.all()) {
    const { regions } = maps.choropleths[id] ?? {};
    if (problem !== undefined && !covered('choropleths', id) && !covered('regions', regions ?? ''))
      report(['choropleths', id], problem);
  }
}

async function readKnown(ctx: CheckContext, names: readonly string[]): Promise<Known> {
  const relations = await ctx.db.run<{ relation: string; kind: string; readable: boolean }>(
    sqlFile('catalog/relations.sql'),
  );
  const columns = await ctx.db.run<{ relation: string; columns: { name: string }[] }>(
    sqlFile('catalog/columns.sql', [names]),
  );
  return {
    relations: new Map(relations.map(({ relation, ...rest }) => [relation, rest])),
    columns: new Map(columns.map((row) => [row.relation, row.columns.map(({ name }) => name)])),
    layers: ctx.catalog.all().filter((layer): layer is TableLayer => layer.type === 'table'),
    schemas: ctx.config.schemas,
  };
}

function checkRegions({ regions }: CheckedMaps, known: Known, report: Report): void {
  for (const [id, set] of Object.entries(regions)) {
    const at = (...path: string[]): string[] => ['regions', id, ...path];
    if (!checkRelation(at('table'), set.table, known, report)) continue;
    checkGeometry(at(), set, known, report);
    checkColumn(at('code'), set.table, set.code, known, report);
    checkColumn(at('name'), set.table, set.name, known, report);
    if (set.parent) checkColumn(at('parent', 'column'), set.table, set.parent.column, known, report);
  }
}

function checkChoropleths({ choropleths, regions }: CheckedMaps, known: Known, report: Report): void {
  for (const [id, config] of Object.entries(choropleths)) {
    const { cube, metrics, suppress, denominators } = config;
    const at = (...path: string[]): string[] => ['choropleths', id, ...path];
    if (cube.refresh?.delta) continue; // what it is made of, `npm run delta` checks
    if (!checkRelation(at('cube', 'view'), cube.view, known, report)) continue;
    const column = (path: string[], name: string): void => checkColumn(path, cube.view, name, known, report);
    column(at('cube', 'region'), cube.region);
    for (const dimension of cube.dimensions) column(at('cube', 'dimensions'), dimension.column);
    for (const [metric, spec] of Object.entries(metrics))
      for (const name of columnsOf(spec)) column(at('metrics', metric), name);
    if (suppress?.count !== undefined) column(at('suppress', 'count'), suppress.count);
    const regionTable = regions[config.regions]?.table;
    const either = [cube.view, ...(regionTable === undefined ? [] : [regionTable])];
    for (const name of denominators) checkColumn(at('denominators'), either, name, known, report);
    if (cube.refresh) checkMaterialized(at('cube', 'refresh'), cube.view, known, report);
  }
}

function columnsOf({ sum, ratio, value }: MetricColumns): string[] {
  return [sum, value, ...(ratio ?? [])].filter((name) => name !== undefined);
}

function checkLayers(
  { layers }: CheckedMaps,
  known: Known,
  { catalog, pyramids }: Pick<CheckContext, 'catalog' | 'pyramids'>,
  report: Report,
): void {
  for (const [id, config] of Object.entries(layers)) {
    const at = (...path: string[]): string[] => ['layers', id, ...path];
    const { table, pyramid } = config;
    if (table === undefined) {
      checkFunction(at('function'), config.function ?? '', catalog, report);
      continue;
    }
    if (!checkRelation(at('table'), table, known, report)) continue;
    if (!checkGeometry(at(), { ...config, table }, known, report) || !pyramid) continue;
    for (const name of pyramid.sum) checkColumn(at('pyramid', 'sum'), table, name, known, report);
    if (pyramid.countBy !== undefined)
      checkColumn(at('pyramid', 'countBy'), table, pyramid.countBy, known, report);
    const layer = catalog.all().find((candidate) => candidate.id === id);
    const problem = layer && pyramids.problem(layer);
    if (problem !== undefined && !problem.includes('no readable column')) report(at('pyramid'), problem);
  }
}

function checkFunction(
  path: readonly string[],
  name: string,
  catalog: CheckContext['catalog'],
  report: Report,
): void {
  const functions = catalog.all().filter(({ type }) => type === 'function');
  const own = functions.find((layer) => relationName(layer) === name);
  if (own?.problem) report(path, own.problem.detail);
  if (own) return;
  const there = didYouMean(name, functions.map(relationName));
  report(path, `there is no function ${name} that takes z, x and y and returns bytea${there}`);
}

function checkRefreshes({ refresh }: CheckedMaps, known: Known, report: Report): void {
  for (const view of Object.keys(refresh)) {
    if (checkRelation(['refresh', view], view, known, report))
      checkMaterialized(['refresh', view], view, known, report);
  }
}

function checkSearch({ search }: CheckedMaps, known: Known, report: Report): void {
  for (const [id, { table, geometry, title, code, rank, names, text, context }] of Object.entries(search)) {
    const at = (...path: string[]): string[] => ['search', id, ...path];
    if (!checkRelation(at('table'), table, known, report)) continue;
    checkGeometry(at(), { table, geometry }, known, report);
    for (const [key, name] of Object.entries({ title, code, rank }))
      if (name !== undefined) checkColumn(at(key), table, name, known, report);
    for (const [key, columns] of Object.entries({ names, text: Object.keys(text), context }))
      for (const name of columns) checkColumn(at(key), table, name, known, report);
  }
}

/** False where there is no such relation that we may read. */
function checkRelation(path: readonly string[], name: string, known: Known, report: Report): boolean {
  const relation = known.relations.get(name);
  if (!relation) {
    const readable = [...known.relations].flatMap(([other, { readable: may }]) => (may ? [other] : []));
    report(
      path,
      `there is no table or view ${name}${didYouMean(name, readable) || inOtherSchema(name, readable)}`,
    );
    return false;
  }
  if (relation.readable) return true;
  report(path, `the database role may not read ${name}: grant select on ${name}`);
  return false;
}

/** The same name elsewhere: `name` alone is in schema public. */
function inOtherSchema(name: string, readable: readonly string[]): string {
  const table = name.slice(name.indexOf('.') + 1);
  const other = readable.find((candidate) => candidate.endsWith(`.${table}`));
  return other === undefined ? '' : `; did you mean ${other}?`;
}

function checkColumn(
  path: readonly string[],
  relations: string | readonly string[],
  name: string,
  known: Known,
  report: Report,
): void {
  const named = [relations].flat();
  const columns = named.flatMap((relation) => known.columns.get(relation) ?? []);
  if (columns.includes(name)) return;
  const there = didYouMean(name, columns) || `; there are ${columns.slice(0, 20).join(', ')}`;
  report(
    path,
    `${named.join(' and ')} ${named.length > 1 ? 'have' : 'has'} no readable column ${name}${there}`,
  );
}

/** False where no layer is of it. */
function checkGeometry(
  path: readonly string[],
  { table, geometry }: { table: string; geometry?: string | undefined },
  { layers, schemas }: Known,
  report: Report,
): boolean {
  const own = layers.filter((layer) => relationName(layer) === table);
  const columns = own.map((layer) => layer.geometry.column);
  const [schema = ''] = table.split('.');
  if (own.length === 0) {
    const isLeftOut = schemas.length > 0 && !schemas.includes(schema);
    report(
      [...path, 'table'],
      isLeftOut ? `schema ${schema} is not one of CHOROGRAPH_SCHEMAS` : `${table} has no geometry column`,
    );
    return false;
  }
  if (geometry !== undefined && !columns.includes(geometry)) {
    const there = didYouMean(geometry, columns) || `; there are ${columns.join(', ')}`;
    report([...path, 'geometry'], `${table} has no geometry column ${geometry}${there}`);
    return false;
  }
  const layer = own.find((one) =>
    geometry === undefined ? one.geometry.isFirst : one.geometry.column === geometry,
  );
  if (layer?.problem) report([...path, 'table'], layer.problem.detail);
  return true;
}

function checkMaterialized(path: readonly string[], view: string, known: Known, report: Report): void {
  const kind = known.relations.get(view)?.kind;
  if (kind === 'm' || kind === undefined) return;
  report(path, `${view} is a ${kind === 'v' ? 'view' : 'table'}: only materialized views are refreshed`);
}
