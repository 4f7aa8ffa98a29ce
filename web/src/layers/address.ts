import { readCamera, type Camera } from '../state.ts';

/** Everything that the address of the page brings back. */
export interface LayersState {
  /** Undefined where the first one is meant. */
  layer: string | undefined;
  /** Coloured by it; `''` for one colour, undefined where the page may choose. */
  column: string | undefined;
  method: Method;
  classes: number;
  scheme: string;
  reverse: boolean;
  /** Whether tiles are seen with their borders. */
  tiles: boolean;
  /** Undefined where the map shows the whole layer. */
  camera: Camera | undefined;
}

export const METHODS = ['quantile', 'equal', 'jenks', 'pretty'] as const;
export type Method = (typeof METHODS)[number];

export const DEFAULTS: LayersState = {
  layer: undefined,
  column: undefined,
  method: 'quantile',
  classes: 5,
  scheme: 'YlGnBu',
  reverse: false,
  tiles: false,
  camera: undefined,
};

const SCHEME = /^\w{1,20}$/;

/** As the part behind `#`: `/us-counties?column=pop&tiles=1&map=4/40/-100`. */
export function toHash(state: LayersState): string {
  const query = new URLSearchParams();
  if (state.column !== undefined) query.set('column', state.column);
  for (const name of ['method', 'classes', 'scheme'] as const)
    if (state[name] !== DEFAULTS[name]) query.set(name, String(state[name]));
  if (state.reverse) query.set('reverse', '1');
  if (state.tiles) query.set('tiles', '1');
  if (state.camera) query.set('map', state.camera.join('/'));
  const text = query.toString().replaceAll('%2F', '/');
  return `#/${encodeURIComponent(state.layer ?? '')}${text === '' ? '' : `?${text}`}`;
}

/** What an address asks for; what it cannot ask for is as it is by itself. */
export function fromHash(hash: string): LayersState {
  const [path = '', ...rest] = hash.replace(/^#\/?/, '').split('?');
  const query = new URLSearchParams(rest.join('?'));
  const classes = Number(query.get('classes'));
  const scheme = query.get('scheme') ?? '';
  return {
    layer: decoded(path) || undefined,
    column: query.get('column') ?? undefined,
    method: METHODS.find((method) => method === query.get('method')) ?? DEFAULTS.method,
    classes: Number.isInteger(classes) && classes >= 2 && classes <= 9 ? classes : DEFAULTS.classes,
    scheme: SCHEME.test(scheme) ? scheme : DEFAULTS.scheme,
    reverse: query.get('reverse') === '1',
    tiles: query.get('tiles') === '1',
    camera: readCamera(query.get('map')),
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}
