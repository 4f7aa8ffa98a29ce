import type { StyleSpecification } from 'maplibre-gl';
import type { Choropleth, ListedChoropleth, Metric } from './choropleth.ts';
import { viewRequest, type ViewRequest } from './views/request.ts';
import { apiQuery, type State, type View } from './state.ts';
import { problemTitle } from './texts/server.ts';

export type { Choropleth, ListedChoropleth, Metric } from './choropleth.ts';

export type Status = 'ok' | 'no_data' | 'suppressed' | 'unreliable';

interface Described {
  id: string;
  title: string;
  source?: string;
  version: string;
  generation: { regions: string; cube: string };
  parameters: Record<string, string>;
  refreshedAt: string | null;
  metric: Metric;
  classification: { n: number };
  warnings: { code: string; message: string }[];
}

export interface ClassEntry {
  id: number;
  lower: number;
  upper: number;
  isolated: boolean;
  count: number;
  color: string;
}

export interface ClassesDocument extends Described {
  classes: ClassEntry[];
  statuses: { status: Status; count: number; color: string }[];
}

export interface Region {
  code: string;
  name: string;
  /** Name of the region that this one is part of; its code where the name is not known. */
  parent: string | null;
  parentCode?: string | null;
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  class: number | null;
  rank: number | null;
  status: Status;
  /** Of the second metric, where two are shown. */
  second?: number | null;
  /** Of two values that are compared; null where there are no two. */
  difference?: number | null;
}

/** What smooth.json, lisa.json and bivariate.json have in common, and what each has of its own. */
export interface ViewDocument {
  kind: Exclude<View, 'classes'>;
  version: string;
  rows: Record<string, string | number | boolean | null>[];
  clusters?: Record<string, number>;
  variables?: { metric: string; label: string; unit?: string; labels: string[] }[];
  classes?: { id: number; first: number; second: number; color: string; count: number }[];
  dim?: number;
}

interface ValuesDocument extends Described {
  /** Names of the level above by code. */
  parents: Record<string, string>;
  columns: string[];
  rows: (string | number | null)[][];
}

/** The documents of one choropleth request, all of the same version. */
export interface Documents {
  classes: ClassesDocument;
  regions: Region[];
  style: StyleSpecification;
  /** Of the view where that is not the plain one: rows by name of column. */
  view: ViewDocument | undefined;
  /** Names of the level above by code. */
  parents: Readonly<Record<string, string>>;
  /** Names the tiles of the regions: equal where only values and colours differ. */
  geometry: string;
}

/** A request that did not succeed; status 0 where there was no answer at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;
  /** Seconds after which asking again makes sense. */
  readonly retryAfter: number;

  constructor(status: number, problem: { title?: string; code?: string; detail?: string }, retryAfter = 2) {
    super(problemTitle(problem.code ?? '', problem.title ?? `HTTP ${status}`));
    this.status = status;
    this.code = problem.code ?? '';
    this.detail = problem.detail;
    this.retryAfter = retryAfter;
  }
}

/** The list as it is now: one from before a refresh, which the browser may show for a minute, lacks new values. */
export async function fetchList(signal: AbortSignal): Promise<ListedChoropleth[]> {
  const { choropleths } = await get<{ choropleths: ListedChoropleth[] }>(
    'gis/choropleth',
    signal,
    'no-cache',
  );
  return choropleths;
}

/** A layer that can be served as tiles. */
export interface Layer {
  id: string;
  title?: string;
  tilejson: string;
  /** Where its features are as GeoJSON; not of a function. */
  features?: string;
}

export interface TileJson {
  tiles: string[];
  attribution?: string;
  bounds: [west: number, south: number, east: number, north: number];
  minzoom: number;
  maxzoom: number;
  /** Of vector tiles; a tile function may make pictures instead. */
  vector_layers?: { id: string }[];
}

export const fetchTileJson = ({ id }: Layer, signal: AbortSignal): Promise<TileJson> =>
  get<TileJson>(`tiles/${encodeURIComponent(id)}.json`, signal);

/** What a starting server is doing, undefined once it is ready. */
export async function fetchStartupStep(signal: AbortSignal): Promise<string | undefined> {
  // Not through `get`: the answer of a server that is not ready is a 503 with a body to read.
  const response = await fetch('health/ready', { signal });
  const health = (await response.json()) as { checks: { startup: { detail?: string } } };
  return health.checks.startup.detail;
}

/** Parameters that say which regions there are; all others say how they are coloured, which is not asked of tiles. */
const REGION_PARAMETERS = ['level', 'parent', 'filter', 'filter-lang', 'filter-crs'] as const;

/** @param version that the server told of last: caches on the way that hold an older one are passed by. */
export function fetchDocuments(
  choropleth: Choropleth,
  { state, version: told }: { state: State; version: string | undefined },
  signal: AbortSignal,
): Promise<Documents> {
  const query = apiQuery(state, choropleth);
  if (told !== undefined) query.set('g', told);
  return fetchDocumentsOf(choropleth.id, query, signal, viewRequest(state, query));
}

/**
 * @param query parameters as the API takes them
 * @param view what the figures are looked at with, where that is not the plain view
 */
export async function fetchDocumentsOf(
  id: string,
  query: URLSearchParams,
  signal: AbortSignal,
  view?: ViewRequest,
): Promise<Documents> {
  const documents = await fetchOnce(id, query, signal, view);
  const { version } = documents.classes;
  const isSame = [
    documents.values.version,
    versionOf(documents.style),
    documents.rows?.version ?? version,
  ].every((each) => each === version);
  // A refresh came in between: the second time all are of the new version.
  const { classes, values, style, rows } = isSame ? documents : await fetchOnce(id, query, signal, view);
  const { parameters, generation } = classes;
  const shown = REGION_PARAMETERS.map((name) => parameters[name] ?? null);
  const geometry = JSON.stringify([id, ...shown, generation.regions]);
  const seen = view && rows && { ...rows, kind: view.kind, rows: objectsOf(rows) };
  return { classes, style, view: seen, geometry, parents: values.parents, regions: regionsOf(values) };
}

async function fetchOnce(id: string, query: URLSearchParams, signal: AbortSignal, view?: ViewRequest) {
  const address = (form: string, own = query): string => formAddress(id, form, own);
  const [classes, values, style, rows] = await Promise.all([
    get<ClassesDocument>(address('classes.json'), signal),
    get<ValuesDocument>(address('values.json'), signal),
    get<StyleSpecification>(address('style.json'), signal),
    view && get<ViewDocument & Table>(address(view.form, view.query), signal),
  ]);
  return { classes, values, style, rows };
}

interface Table {
  columns: string[];
  rows: (string | number | boolean | null)[][];
}

/** The address of a form of a choropleth, from the page. */
export function formAddress(id: string, form: string, query: URLSearchParams): string {
  const text = query.toString();
  return `gis/choropleth/${encodeURIComponent(id)}${form && `/${form}`}${text === '' ? '' : `?${text}`}`;
}

function objectsOf({ columns, rows }: Table): ViewDocument['rows'] {
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
}

function versionOf(style: StyleSpecification): unknown {
  return (style.metadata as Record<string, unknown> | undefined)?.['chorograph:version'];
}

function regionsOf({ columns, rows, parents }: ValuesDocument): Region[] {
  return (objectsOf({ columns, rows }) as unknown as Region[]).map((region) => {
    return {
      ...region,
      parentCode: region.parent,
      parent: region.parent === null ? null : (parents[region.parent] ?? region.parent),
    };
  });
}

/** @throws ApiError */
async function get<T>(path: string, signal: AbortSignal, cache?: 'no-cache'): Promise<T> {
  const headers = { Accept: 'application/json' };
  const response = await send(path, { signal, headers, ...(cache ? { cache } : {}) });
  return (await response.json()) as T;
}

/** The answer to a request that succeeded. @throws ApiError; the signal's reason */
export async function send(path: string, request: RequestInit & { signal: AbortSignal }): Promise<Response> {
  const response = await fetch(path, request).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    throw new ApiError(0, {});
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as ConstructorParameters<typeof ApiError>[1];
  throw new ApiError(response.status, problem, Number(response.headers.get('Retry-After')) || undefined);
}
