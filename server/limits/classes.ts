import type { Route } from '../http/routes.ts';
import type { LimitClass } from './settings.ts';

export interface Cost {
  readonly of: LimitClass;
  /** How many requests of its class it counts as. */
  readonly cost: number;
  /** Whether every request counts, or only one whose answer has to be made: what is kept costs nothing. */
  readonly every: boolean;
}

/** Counted by themselves, or not counted: they listen, or tell how it goes. */
const OTHERS = /^\/(search|gemini|events|health|metrics|openapi\.json|docs|audit|base)(\/|$)/;
/** Asked for as a map of tiles is, in many small ranges. */
const ARCHIVE = /^\/archives\/:name\.pmtiles$/;
const TILE = /\/:z\/(:x\/:y\.(:format|json)|:row\/:col)$/;
/** What takes a picture's, or many permutations', time to make. */
const EXPENSIVE: readonly (readonly [RegExp, number])[] = [
  [/\/(moran|lisa)\.json$/, 5],
  [/\/(map|legend|bivariate-legend|sprite(@2x)?)\.(svg|png)$/, 1],
  [/\/(advise|bivariate|smooth)\.json$/, 1],
];
/** Those whose answers are kept. */
const KEPT = /^\/(tiles|gis\/(choropleth|sprite|boundaries))/;

/** What a request of a route costs; undefined where that is nothing. Pure. */
export function costOf({ method, path }: Pick<Route, 'method' | 'path'>): Cost | undefined {
  if (OTHERS.test(path)) return undefined;
  // What its tools have made is counted besides, as what it is.
  if (path === '/mcp') return { of: 'documents', cost: 1, every: true };
  if (method !== 'get' && method !== 'options') return { of: 'write', cost: 1, every: true };
  if (ARCHIVE.test(path)) return { of: 'tiles', cost: 1, every: true };
  if (TILE.test(path)) return { of: 'tiles', cost: 1, every: false };
  const [, cost] = EXPENSIVE.find(([pattern]) => pattern.test(path)) ?? [];
  if (cost !== undefined) return { of: 'expensive', cost, every: false };
  return { of: 'documents', cost: 1, every: !KEPT.test(path) };
}
