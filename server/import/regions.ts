import type { Geometry } from 'geojson';
import { apart, recognize, type Layout, type RegionColumns } from './layouts.ts';
import type { ToDegrees } from './crs.ts';
import { ImportError, type Source, type SourceFeature } from './source.ts';

/** A region, or a part of one, as it goes to the database. */
export interface RegionRow {
  readonly at: string;
  readonly code: string;
  readonly name: string;
  readonly parent: string | null;
  /** Polygons in longitude and latitude. */
  readonly geometry: Geometry;
}

export interface RegionOptions {
  readonly code?: string | undefined;
  readonly name?: string | undefined;
  readonly parent?: string | undefined;
  /** `COLUMN=VALUE`: rows that are no regions. */
  readonly leaveOut?: readonly string[] | undefined;
  /** Rows of one code are parts of one region. */
  readonly dissolve?: boolean | undefined;
}

/** How the rows of a file are read. */
export interface RegionPlan extends RegionColumns {
  readonly layout: Layout | undefined;
  readonly leaveOut: ReadonlyMap<string, ReadonlySet<string>>;
  readonly dissolve: boolean;
}

/** Rows that the columns of a file are learnt from. */
const SAMPLE = 100;
/** So many problems are told one by one. */
const TOLD = 20;

/** Columns are what the person named; what they left out is as the layout has it. @throws ImportError */
export async function planRegions(source: Source, options: RegionOptions): Promise<RegionPlan> {
  const columns = await columnsOf(source);
  const layout = recognize(columns);
  const pick = (named: string | undefined, known: readonly string[] = []): string[] =>
    named === undefined ? [...known] : named.split('+').map((name) => columnNamed(columns, name));
  const plan = {
    layout,
    code: pick(options.code, layout?.code),
    name: pick(options.name, layout?.name),
    parent: pick(options.parent, layout?.parent),
    leaveOut: leftOut(columns, options.leaveOut, layout),
    dissolve: options.dissolve ?? false,
  };
  if (plan.code.length === 0 || plan.name.length === 0)
    throw new ImportError(`name the columns with --code and --name; there are ${columns.join(', ')}`);
  return plan;
}

/** What was passed over, for the report. */
export interface Passed {
  leftOut: string[];
}

/**
 * The regions of a file, a batch at a time.
 * @throws ImportError after the last of them, with every row that has no code, no name or no area, and every code
 *   that stands in several rows, each with its place
 */
export async function* readRegions(
  source: Source,
  plan: RegionPlan,
  move: ToDegrees,
  passed: Passed,
): AsyncGenerator<RegionRow> {
  const problems: string[] = [];
  const places = new Map<string, string[]>();
  for await (const feature of source.features()) {
    if (isLeftOut(feature, plan)) {
      passed.leftOut.push(feature.at);
      continue;
    }
    const row = toRegion(feature, plan, move);
    if (typeof row === 'string') problems.push(`${feature.at}: ${row}`);
    else {
      places.set(row.code, [...(places.get(row.code) ?? []), row.at]);
      yield row;
    }
  }
  const twice = [...places].filter(([, at]) => at.length > 1);
  if (!plan.dissolve)
    for (const [code, at] of twice)
      problems.push(
        `code ${code} stands ${at.length} times: ${at.slice(0, 5).join(', ')}; --dissolve makes one of them`,
      );
  if (problems.length > 0) throw new ImportError(told(problems));
  if (places.size === 0) throw new ImportError('the file has no regions');
}

export function told(problems: readonly string[]): string {
  const more = problems.length - TOLD;
  return [...problems.slice(0, TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function toRegion(feature: SourceFeature, plan: RegionPlan, move: ToDegrees): RegionRow | string {
  const text = (columns: readonly string[]): string | undefined =>
    textOf(feature, columns, plan.layout?.missing);
  const code = text(plan.code);
  const name = text(plan.name);
  if (code === undefined)
    return `no code (${plan.code.join('+')})${name === undefined ? '' : ` for ${name}`}`;
  if (name === undefined) return `no name (${plan.name.join('+')}) for code ${code}`;
  const geometry = feature.geometry && polygonsOf(feature.geometry);
  if (!geometry) return `no area for ${name} (${code}), but ${feature.geometry?.type ?? 'no geometry'}`;
  const moved = move(geometry);
  const stray = strayPoint(moved);
  if (stray)
    return `${name} (${code}) has a point ${stray.join(', ')} that is not in degrees; give --crs EPSG:…`;
  return {
    at: feature.at,
    code,
    name: plan.layout?.runTogether ? apart(name) : name,
    parent: text(plan.parent) ?? null,
    geometry: moved,
  };
}

/** Texts of columns run together; undefined where one of them has none. */
function textOf(
  { properties }: SourceFeature,
  columns: readonly string[],
  missing: readonly string[] = [],
): string | undefined {
  const texts = columns.map((column) => {
    const value = properties[column];
    return value === null || value === undefined || typeof value === 'object'
      ? ''
      : String(value as string).trim();
  });
  return texts.length === 0 || texts.some((text) => text === '' || missing.includes(text))
    ? undefined
    : texts.join('');
}

function polygonsOf(geometry: Geometry): Geometry | undefined {
  if (geometry.type === 'Polygon' || geometry.type === 'MultiPolygon')
    return geometry.coordinates.length > 0 ? geometry : undefined;
  if (geometry.type !== 'GeometryCollection') return undefined;
  const polygons = geometry.geometries.flatMap((each) =>
    each.type === 'Polygon' ? [each.coordinates] : each.type === 'MultiPolygon' ? each.coordinates : [],
  );
  return polygons.length > 0 ? { type: 'MultiPolygon', coordinates: polygons } : undefined;
}

/** A point outside the world; files at the antimeridian go a little beyond it. */
function strayPoint(geometry: Geometry): number[] | undefined {
  const find = (value: unknown): number[] | undefined => {
    if (!Array.isArray(value)) return undefined;
    if (typeof value[0] !== 'number') {
      for (const each of value) {
        const found = find(each);
        if (found) return found;
      }
      return undefined;
    }
    const [x = NaN, y = NaN] = value as number[];
    return Math.abs(x) <= 360 && Math.abs(y) <= 90.000001 ? undefined : [x, y];
  };
  return find((geometry as { coordinates?: unknown }).coordinates);
}

async function columnsOf(source: Source): Promise<string[]> {
  const columns = new Set<string>();
  let rows = 0;
  for await (const { properties } of source.features()) {
    for (const name of Object.keys(properties)) columns.add(name);
    if (++rows === SAMPLE) break;
  }
  return [...columns];
}

function columnNamed(columns: readonly string[], name: string): string {
  const found =
    columns.find((each) => each === name) ??
    columns.find((each) => each.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new ImportError(`there is no column ${name}; there are ${columns.join(', ')}`);
}

function leftOut(
  columns: readonly string[],
  given: readonly string[] | undefined,
  layout: Layout | undefined,
): RegionPlan['leaveOut'] {
  const sets = new Map<string, Set<string>>();
  if (given === undefined && layout?.leaveOut)
    sets.set(layout.leaveOut.column, new Set(layout.leaveOut.values));
  for (const text of given ?? []) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw new ImportError(`--leave-out must be COLUMN=VALUE, but it is ${text}`);
    const column = columnNamed(columns, name);
    sets.set(column, (sets.get(column) ?? new Set()).add(value));
  }
  return sets;
}

function isLeftOut({ properties }: SourceFeature, { leaveOut }: RegionPlan): boolean {
  for (const [column, values] of leaveOut) if (values.has(String(properties[column] as string))) return true;
  return false;
}
