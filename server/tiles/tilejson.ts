import { geometryInDegrees, isFinite, plainGeometry } from '../catalog/geometry.ts';
import { relationName, type Column, type Layer, type TableLayer } from '../catalog/types.ts';
import type { Context } from '../context.ts';
import { ident, sql, type Sql } from '../db/sql.ts';
import { HALF_WORLD_METRES, latitudeOf } from '../engine/grid.ts';
import { defaultColumns, withKey } from '../engine/postgis.ts';
import type { Bounds } from '../engine/types.ts';
import { AppError } from '../errors.ts';
import { contentTag } from '../http/respond.ts';
import { fieldsByZoom } from './pyramid.ts';

/** https://github.com/mapbox/tilejson-spec/tree/master/3.0.0 */
export interface TileJson {
  tilejson: '3.0.0';
  tiles: string[];
  name: string;
  description?: string;
  attribution?: string;
  version: string;
  scheme: 'xyz';
  bounds: Bounds;
  center: [number, number, number];
  minzoom: number;
  maxzoom: number;
  vector_layers: VectorLayer[];
}

interface VectorLayer {
  id: string;
  description?: string;
  minzoom: number;
  maxzoom: number;
  fields: Record<string, string>;
}

/** A tile unit is 0.6 m at zoom 14; clients magnify from there. */
export const MAX_ZOOM = 14;
export const WORLD: Bounds = [-180, -85.0511287798066, 180, 85.0511287798066];
/** A layer that takes longer to read is taken to be everywhere. */
const EXTENT_TIMEOUT_MS = 3_000;
const WEB_MERCATOR = 3857;

/** The TileJSON of one layer or of several in one tile. @throws AppError `layer_not_found` */
export async function tileJson(ctx: Context, ids: readonly string[], base: string): Promise<TileJson> {
  const layers = ids.map((id) => ctx.catalog.layer(id));
  const bounds = unite(await Promise.all(layers.map((layer) => layerBounds(ctx, layer))));
  const zooms = layers.map((layer) => zoomRange(ctx, layer));
  const [minzoom, maxzoom] = [Math.min(...zooms.map((z) => z[0])), Math.max(...zooms.map((z) => z[1]))];
  const version = tilesVersion(ctx, layers);
  const path = ids.map(encodeURIComponent).join(',');
  return {
    tilejson: '3.0.0',
    tiles: [`${base}/tiles/${path}/{z}/{x}/{y}.mvt${version ? `?g=${version}` : ''}`],
    name: layers.map((layer) => layer.title).join(', '),
    ...(layers.length === 1 && layers[0]?.description ? { description: layers[0].description } : {}),
    version: '1.0.0',
    scheme: 'xyz',
    bounds,
    center: [
      (bounds[0] + bounds[2]) / 2,
      (bounds[1] + bounds[3]) / 2,
      Math.min(maxzoom, Math.max(minzoom, zoomToFit(bounds))),
    ],
    minzoom,
    maxzoom,
    vector_layers: layers.map((layer, i) => vectorLayer(ctx, layer, zooms[i] ?? [0, MAX_ZOOM])),
  };
}

/** What `g=` in a tile URL must be for the answer to be immutable; undefined where a layer has no generation. */
export function tilesVersion(ctx: Context, layers: readonly Layer[]): string | undefined {
  const tokens = layers.map((layer) =>
    layer.type === 'table' ? ctx.pyramids.tilesVersion(layer, ctx.generations.of(relationName(layer))) : '0',
  );
  if (tokens.includes('0')) return undefined;
  return tokens.length === 1 ? tokens[0] : contentTag(tokens.join());
}

function vectorLayer(ctx: Context, layer: Layer, [minzoom, maxzoom]: readonly [number, number]): VectorLayer {
  const columns = layer.type === 'table' ? withKey(layer, defaultColumns(layer)) : [];
  const fields = Object.fromEntries(columns.map((column) => [column.name, fieldDescription(column)]));
  return {
    id: layer.id,
    ...(layer.description ? { description: layer.description } : {}),
    minzoom,
    maxzoom,
    fields: fieldsByZoom(ctx.pyramids.of(layer), fields),
  };
}

function fieldDescription({ type, description }: Column): string {
  return description ? `${type}: ${description}` : type;
}

function zoomRange(ctx: Context, layer: Layer): [number, number] {
  const config = Object.hasOwn(ctx.maps.layers, layer.id) ? ctx.maps.layers[layer.id] : undefined;
  return [config?.minzoom ?? 0, config?.maxzoom ?? MAX_ZOOM];
}

const boundsByLayer = new WeakMap<Layer, { token: string; bounds: Bounds }>();

/** West, south, east, north in degrees, inside the tiled world; the whole of it where it cannot be told. */
export async function layerBounds(ctx: Context, layer: Layer): Promise<Bounds> {
  if (layer.type === 'function') return WORLD;
  const token = ctx.generations.of(relationName(layer));
  const known = boundsByLayer.get(layer);
  if (known?.token === token) return known.bounds;
  const bounds = await readBounds(ctx, layer, token).then(
    (found) => found ?? WORLD,
    (error: unknown) => (isSlow(error) ? WORLD : undefined),
  );
  if (bounds) boundsByLayer.set(layer, { token, bounds });
  return bounds ?? WORLD;
}

function isSlow(error: unknown): boolean {
  return error instanceof AppError && error.code === 'query_timeout';
}

/** Of every row, as clients never ask for tiles outside: a sample may lack the farthest ones. */
async function readBounds(ctx: Context, layer: TableLayer, token: string): Promise<Bounds | undefined> {
  const isMetric = layer.geometry.srid === WEB_MERCATOR;
  const extent = (guarded: TableLayer): Sql =>
    sql`st_extent(${isMetric ? plainGeometry(guarded) : geometryInDegrees(guarded)})`;
  // A box of another system is curved in degrees: its outline may bulge, or hold a pole. So each row is transformed.
  const query = (
    guarded: TableLayer,
  ): Sql => sql`select st_xmin(box) as w, st_ymin(box) as s, st_xmax(box) as e,
      st_ymax(box) as n
    from (select ${extent(guarded)} as box from ${ident(layer.schema, layer.name)}
      where ${isFinite(guarded)}) bounds`;
  // The embedded database cannot end a query: a time limit would end all of it.
  const options = ctx.db.hasMvt ? { timeoutMs: EXTENT_TIMEOUT_MS } : {};
  const [row] = await ctx.faults.leavingOut(layer, token, (guarded) =>
    ctx.db.run<{ w: number | null; s: number; e: number; n: number }>(query(guarded), options),
  );
  if (!row || row.w === null) return undefined;
  const { w, s, e, n } = row;
  return asDegrees([w, s, e, n], isMetric);
}

function asDegrees([w, s, e, n]: Bounds, isMetric: boolean): Bounds {
  const longitude = (x: number): number => (isMetric ? (x / HALF_WORLD_METRES) * 180 : x);
  const latitude = (y: number): number => (isMetric ? latitudeOf(0.5 - y / (2 * HALF_WORLD_METRES)) : y);
  const clamp = (value: number): number => Math.max(-WORLD[3], Math.min(WORLD[3], value));
  const [west, east] = [longitude(w), longitude(e)];
  // Data that counts longitudes beyond ±180 goes round the world.
  const wraps = west < -180 || east > 180;
  // What ends exactly where tiles meet is drawn by the next one, too, which clients would not ask for.
  const meets = east < 180 && east % (360 / 2 ** MAX_ZOOM) === 0;
  const [south, north] = [clamp(latitude(s)), clamp(latitude(n))];
  return [
    wraps ? -180 : outwards(west, Math.floor),
    outwards(south, Math.floor) - (south === 0 ? 1e-6 : 0),
    wraps ? 180 : outwards(east, Math.ceil, meets ? 1 : 0),
    outwards(north, Math.ceil),
  ];
}

/** To a millionth of a degree, and so many of them more. */
function outwards(degrees: number, round: (value: number) => number, more = 0): number {
  const millionths = degrees * 1e6;
  // 30.1 million is not always 30.1 times a million.
  const isExact = Math.abs(millionths - Math.round(millionths)) < 1e-6;
  return ((isExact ? Math.round(millionths) : round(millionths)) + more) / 1e6;
}

function unite(all: readonly Bounds[]): Bounds {
  return [
    Math.min(...all.map((b) => b[0])),
    Math.min(...all.map((b) => b[1])),
    Math.max(...all.map((b) => b[2])),
    Math.max(...all.map((b) => b[3])),
  ];
}

/** The zoom at which the bounds fill about one screen of two by two tiles. */
export function zoomToFit([west, south, east, north]: Bounds): number {
  const degrees = Math.max(east - west, north - south, 1e-6);
  return Math.max(0, Math.min(MAX_ZOOM, Math.floor(Math.log2(360 / degrees)) + 1));
}
