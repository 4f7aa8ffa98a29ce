import type { Feature } from 'geojson';
import { send, type Layer, type TileJson } from '../api.ts';
import type { LayerStatistics, TileFields } from './fields.ts';

/** A layer as the catalogue lists it, served or not. */
export interface Listed extends Layer {
  servable: boolean;
  title: string;
  description?: string;
  /** What the tiles are made of. */
  type?: 'table' | 'function';
  kind?: string;
  geometryType?: string;
  srid?: number;
  /** Why it is not served: a word of the program, and what exactly is in the way. */
  reason?: string;
  detail?: string;
  warning?: string;
  rowsLeftOut?: { count: number };
  /** Points are gathered in cells below that zoom. */
  pyramid?: { below?: number };
}

export interface LayerTiles extends TileJson {
  vector_layers?: { id: string; fields: TileFields; descriptions?: Record<string, string> }[];
}

/** What a tile holds, as its JSON says. */
export interface TileContents {
  tile: Tile;
  type: string;
  bytes: { identity: number; gzip: number; br: number };
  truncated: boolean;
  features: number;
  shown: number;
  layers: {
    name: string;
    version: number;
    extent: number;
    features: number;
    geometries: Record<string, number>;
    attributes: { name: string; types: string[]; features: number }[];
    collection: { features: Feature[] };
  }[];
}

export interface Tile {
  z: number;
  x: number;
  y: number;
}

/** Rows of a layer that are shown as examples. */
const EXAMPLES = 10;

async function get<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await send(path, { signal, headers: { Accept: 'application/json' } });
  return (await response.json()) as T;
}

export const fetchLayers = async (signal: AbortSignal): Promise<Listed[]> =>
  (await get<{ layers: Listed[] }>('tiles', signal)).layers;

/** Why there is no choropleth to show; undefined where there is one. */
export async function fetchNoChoropleth(signal: AbortSignal): Promise<{ problem?: string } | undefined> {
  type Entry = { title: string; available: boolean; problem?: string };
  const { choropleths } = await get<{ choropleths: Entry[] }>('gis/choropleth', signal);
  const [first] = choropleths;
  if (choropleths.some(({ available }) => available)) return undefined;
  return first ? { problem: `${first.title}: ${first.problem ?? ''}` } : {};
}

export const fetchTiles = (id: string, signal: AbortSignal): Promise<LayerTiles> =>
  get(`tiles/${encodeURIComponent(id)}.json`, signal);

export const fetchStatistics = (id: string, signal: AbortSignal): Promise<LayerStatistics> =>
  get(`tiles/${encodeURIComponent(id)}/stats.json`, signal);

export const fetchExamples = async (id: string, signal: AbortSignal): Promise<Feature[]> =>
  (await get<{ features: Feature[] }>(`features/${encodeURIComponent(id)}?limit=${EXAMPLES}`, signal))
    .features;

/** @param limit of the features with their attributes; 0 for counts alone */
export const fetchTile = (address: string, signal: AbortSignal): Promise<TileContents> =>
  get(address, signal);

/** Where what a tile holds is told, by the address that its layer has tiles at. */
export function tileAddress(
  { tiles: [template = ''] }: Pick<TileJson, 'tiles'>,
  { z, x, y }: Tile,
  limit: number,
): string {
  const [path = '', query] = template.split('?');
  const asked = new URLSearchParams(query);
  asked.set('limit', String(limit));
  return `${at(path.replace(/\{y\}\.\w+$/, '{y}.json'), { z, x, y })}?${asked.toString()}`;
}

/** The tile itself. */
export const tileFile = ({ tiles: [template = ''] }: Pick<TileJson, 'tiles'>, tile: Tile): string =>
  at(template, tile);

const at = (template: string, { z, x, y }: Tile): string =>
  template.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y));
