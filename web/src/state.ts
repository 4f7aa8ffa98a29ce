import type { Choropleth, ListedChoropleth } from './choropleth.ts';

/** Zoom, latitude and longitude of the map's centre. */
export type Camera = readonly [zoom: number, latitude: number, longitude: number];

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
  region: string | undefined;
  /** Undefined where the map shows all regions. */
  camera: Camera | undefined;
}

/** What is the page's own in the address; a dot, as no parameter of the API begins with one. */
const REGION = '.region';
const CAMERA = '.map';

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
    region: undefined,
    camera: undefined,
  };
}

/** Whether a metric is a published figure, which neither adds up over a dimension nor to another level. */
export function isPublished({ metrics }: Choropleth, metric: string): boolean {
  return metrics.find(({ id }) => id === metric)?.kind === 'value';
}

/** What the API shows of a published figure where no value of a dimension is chosen: the latest period, else the first. */
export function shownValue({ time }: Choropleth, { id, values }: Dimension): string | undefined {
  return id === time ? values.at(-1) : values[0];
}

type Dimension = Choropleth['dimensions'][number];

/** A state as the API will take it: of a published figure only the finest level, and one value of a dimension. */
export function allowed(state: State, choropleth: Choropleth): State {
  if (!isPublished(choropleth, state.metric)) return state;
  const single = Object.entries(state.filters).filter(([, values]) => values.length === 1);
  return { ...state, level: choropleth.levels[0] ?? '', filters: Object.fromEntries(single) };
}

/** Query parameters of the API: what differs from the configuration. */
export function apiQuery(state: State, choropleth: Choropleth): URLSearchParams {
  const defaults = defaultState(choropleth);
  const query = new URLSearchParams();
  for (const name of ['metric', 'level', 'method', 'classes', 'scheme', 'reverse'] as const) {
    if (state[name] !== defaults[name]) query.set(name, String(state[name]));
  }
  for (const [dimension, values] of Object.entries(state.filters)) {
    for (const value of values) query.append(dimension, value);
    // A lone value with a comma would be read as several; given twice it is read as it is.
    if (values.length === 1 && values[0]?.includes(',')) query.append(dimension, values[0]);
  }
  return query;
}

/** The state as the part of an address behind `#`: `/us-points?classes=4&.region=06037`. */
export function toHash(state: State, choropleth: Choropleth): string {
  const query = apiQuery(state, choropleth);
  if (state.region !== undefined) query.set(REGION, state.region);
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
  return {
    choropleth: choropleth.id,
    metric: query.get('metric') ?? defaults.metric,
    level: query.get('level') ?? defaults.level,
    method: query.get('method') ?? defaults.method,
    classes: Number(query.get('classes') ?? defaults.classes),
    scheme: query.get('scheme') ?? defaults.scheme,
    reverse: query.has('reverse') ? query.get('reverse') === 'true' : defaults.reverse,
    filters: Object.fromEntries(filters),
    region: query.get(REGION) ?? undefined,
    camera: readCamera(query.get(CAMERA)),
  };
}

function readCamera(text: string | null): Camera | undefined {
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
