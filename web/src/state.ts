import type { Choropleth, ListedChoropleth } from './choropleth.ts';

/** Zoom, latitude and longitude of the map's centre. */
export type Camera = readonly [zoom: number, latitude: number, longitude: number];

/** Parameters of the API that are left out unless somebody asks for them; see its description. */
export const OPTIONS = [
  ...['breaks', 'isolate', 'scope', 'parent', 'normalize', 'multiplier'],
  ...['change', 'from', 'to', 'center'],
] as const;
export type Options = Readonly<Record<string, string>>;

/** Ways to look at the figures: classes of them, smoothed rates, clusters of neighbours, two metrics at once. */
export const VIEWS = ['classes', 'smooth', 'clusters', 'pairs'] as const;
export type View = (typeof VIEWS)[number];
/** What a view takes besides: the other metric, classes of each, ramps, accepted error, permutations, smoothing first. */
export const VIEW_OPTIONS = ['with', 'dim', 'ramps', 'alpha', 'tests', 'eb'] as const;

/** Everything that a shared address brings back. */
export interface State {
  choropleth: string;
  metric: string;
  level: string;
  method: string;
  classes: number;
  scheme: string;
  reverse: boolean;
  /** Wanted values by dimension; a dimension that is missing here is not filtered. */
  filters: Readonly<Record<string, readonly string[]>>;
  options: Options;
  view: View;
  viewOptions: Options;
  region: string | undefined;
  /** Undefined where the map shows all regions. */
  camera: Camera | undefined;
}

/** What is the page's own in the address; a dot, as no parameter of the API begins with one. */
const REGION = '.region';
const CAMERA = '.map';
const VIEW = '.view';

/** A choropleth as it is configured. */
export function defaultState({ id, levels, classify }: Choropleth): State {
  return {
    choropleth: id,
    metric: classify.metric,
    level: levels[0] ?? '',
    method: classify.method,
    classes: classify.classes,
    scheme: classify.scheme,
    reverse: classify.reverse,
    filters: {},
    options: {},
    view: 'classes',
    viewOptions: {},
    region: undefined,
    camera: undefined,
  };
}

/** Query parameters of the API: what differs from the configuration. */
export function apiQuery(state: State, choropleth: Choropleth): URLSearchParams {
  const defaults = defaultState(choropleth);
  const query = new URLSearchParams();
  for (const name of ['metric', 'level', 'method', 'classes', 'scheme', 'reverse'] as const) {
    if (state[name] !== defaults[name]) query.set(name, String(state[name]));
  }
  // Breaks stand for the method and the number of classes.
  if (isManual(state)) for (const name of ['method', 'classes']) query.delete(name);
  for (const name of OPTIONS) {
    const value = state.options[name];
    if (value !== undefined) query.set(name, value);
  }
  for (const [dimension, values] of Object.entries(state.filters)) {
    for (const value of values) query.append(dimension, value);
    // A lone value with a comma would be read as several; given twice it is read as it is.
    if (values.length === 1 && values[0]?.includes(',')) query.append(dimension, values[0]);
  }
  return query;
}

/** Whether somebody placed the breaks; `manual` without any are those of the configuration. */
export function isManual({ options }: Pick<State, 'options'>): boolean {
  return /^[-+.\d]/.test(options.breaks ?? '');
}

/** The state as the part of an address behind `#`: `/us-points?classes=4&.region=06037`. */
export function toHash(state: State, choropleth: Choropleth): string {
  const query = apiQuery(state, choropleth);
  if (state.region !== undefined) query.set(REGION, state.region);
  if (state.view !== 'classes') query.set(VIEW, state.view);
  for (const [name, value] of Object.entries(state.viewOptions)) query.set(`.${name}`, value);
  if (state.camera) query.set(CAMERA, state.camera.join('/'));
  const text = query.toString().replaceAll('%2F', '/');
  return `#/${encodeURIComponent(state.choropleth)}${text === '' ? '' : `?${text}`}`;
}

/** Id of the choropleth that an address asks for. */
export function wantedChoropleth(hash: string): string | undefined {
  const [path = ''] = hash.replace(/^#\/?/, '').split('?');
  try {
    return decodeURIComponent(path) || undefined;
  } catch {
    return undefined;
  }
}

/** The state that an address asks for. Values are not checked: the API says what is wrong with them. */
export function fromHash(hash: string, choropleth: Choropleth): State {
  const question = hash.indexOf('?');
  const query = new URLSearchParams(question < 0 ? '' : hash.slice(question + 1));
  const defaults = defaultState(choropleth);
  const filters = choropleth.dimensions
    .map(({ id }): [string, string[]] => [id, [...new Set(query.getAll(id))]])
    .filter(([, values]) => values.length > 0);
  const options = picked(query, OPTIONS, '');
  return {
    choropleth: choropleth.id,
    metric: query.get('metric') ?? defaults.metric,
    level: query.get('level') ?? defaults.level,
    method: query.get('method') ?? (isManual({ options }) ? 'manual' : defaults.method),
    classes: Number(query.get('classes') ?? defaults.classes),
    scheme: query.get('scheme') ?? defaults.scheme,
    reverse: query.has('reverse') ? query.get('reverse') === 'true' : defaults.reverse,
    filters: Object.fromEntries(filters),
    options,
    view: VIEWS.find((view) => view === query.get(VIEW)) ?? 'classes',
    viewOptions: picked(query, VIEW_OPTIONS, '.'),
    region: query.get(REGION) ?? undefined,
    camera: readCamera(query.get(CAMERA)),
  };
}

function picked(query: URLSearchParams, names: readonly string[], prefix: string): Options {
  const given = names.map((name): [string, string | null] => [name, query.get(prefix + name)]);
  return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== null));
}

export function readCamera(text: string | null): Camera | undefined {
  const match = /^(\d[\d.]*)\/(-?\d[\d.]*)\/(-?\d[\d.]*)$/.exec(text ?? '');
  if (!match) return undefined;
  const [zoom, latitude, longitude] = match.slice(1).map(Number) as [number, number, number];
  // Beyond that latitude Web Mercator ends.
  const isPlace = Math.abs(latitude) <= 85.06 && Number.isFinite(zoom) && Number.isFinite(longitude);
  return isPlace ? [zoom, latitude, longitude] : undefined;
}

/** The choropleth to show: the wanted one, or else the first that can be shown. */
export function chooseChoropleth(
  list: readonly ListedChoropleth[],
  wanted: string | undefined,
): Choropleth | undefined {
  const available = list.filter((entry): entry is Choropleth => entry.available);
  return available.find(({ id }) => id === wanted) ?? available[0];
}
