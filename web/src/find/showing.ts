import type { Choropleth, Layer, ListedChoropleth } from '../api.ts';
import { allowed } from '../rules.ts';
import { defaultState, type State } from '../state.ts';
import { regionSet, type Found } from './client.ts';

/** What the page can do with something that was found. */
export interface Ways {
  listed(): readonly ListedChoropleth[];
  state(): State | undefined;
  switchTo(id: string): void;
  showRegionOf(choropleth: Choropleth, state: State): Promise<void>;
  select(code: string): void;
  zoomTo(code: string): void;
  showLayer(layer: Layer): Promise<void>;
  lookAt(box: readonly [west: number, south: number, east: number, north: number]): void;
}

/** Brings what was found into view: a choropleth, a region on its own map, a layer, or just the place. */
export async function showFound(found: Found, ways: Ways): Promise<void> {
  const { kind, code, bbox, centre } = found;
  if (kind === 'choropleth') return ways.switchTo(code ?? '');
  if (kind === 'layer') return ways.showLayer({ id: code ?? '', tilejson: '' });
  if (kind === 'region' && code !== undefined && (await showRegion(regionSet(found), code, ways))) return;
  const box = bbox ?? (centre && ([...centre, ...centre] as const));
  if (box) ways.lookAt(box);
}

/** False where no choropleth has regions of the set. */
async function showRegion(set: string, code: string, ways: Ways): Promise<boolean> {
  if (ways.state()?.level === set) {
    ways.select(code);
    ways.zoomTo(code);
    return true;
  }
  const listed = ways.listed();
  const choropleth =
    listed.find((one) => one.available && one.levels[0] === set) ??
    listed.find((one) => one.available && one.levels.includes(set));
  if (!choropleth?.available) return false;
  const state = allowed({ ...defaultState(choropleth), level: set, region: code }, choropleth);
  if (state.level !== set) return false;
  await ways.showRegionOf(choropleth, state);
  return true;
}
