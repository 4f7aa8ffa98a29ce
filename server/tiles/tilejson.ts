import { number } from '../catalog/expressions.ts';
import { plainGeometry } from '../catalog/geometry.ts';
import { relationName, type Column, type Layer, type TableLayer } from '../catalog/types.ts';
import type { Context } from '../context.ts';
import { ident, sql } from '../db/sql.ts';
import { defaultColumns, withKey } from '../engine/postgis.ts';
import type { Bounds } from '../engine/types.ts';
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
/** Above this many rows the planner's statistics tell the extent, not the rows themselves. */
const EXACT_EXTENT_ROWS = 100_000;

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
  const bounds = await readBounds(ctx, layer).catch(() => undefined);
  if (bounds) boundsByLayer.set(layer, { token, bounds });
  return bounds ?? WORLD;
}

async function readBounds(ctx: Context, layer: TableLayer): Promise<Bounds | undefined> {
  const { srid, column } = layer.geometry;
  // The statistics of a geography are about the globe, not about degrees.
  const { isGeography } = layer.geometry;
  const estimated = layer.kind !== 'view' && !isGeography && layer.estimatedRows > EXACT_EXTENT_ROWS;
  const box = estimated
    ? sql`st_setsrid(st_estimatedextent(${layer.schema}, ${layer.name}, ${column})::geometry, ${number(srid)})`
    : sql`(select st_setsrid(st_extent(${plainGeometry(layer)})::geometry, ${number(srid)}) from ${ident(layer.schema, layer.name)})`;
  // A box in another system is curved in degrees: its outline gets points before it is transformed.
  const outline =
    srid === 4326
      ? sql`box`
      : sql`st_transform(st_segmentize(box, greatest(st_xmax(box) - st_xmin(box), 1e-9) / 16), 4326)`;
  const [row] = await ctx.db.run<{ w: number | null; s: number; e: number; n: number }>(
    sql`select st_xmin(g) as w, st_ymin(g) as s, st_xmax(g) as e, st_ymax(g) as n
      from (select ${outline} as g from (select ${box} as box) boxes) bounds`,
  );
  if (!row || row.w === null || ![row.w, row.s, row.e, row.n].every(Number.isFinite)) return undefined;
  const clamp = (value: number, limit: number): number => Math.max(-limit, Math.min(limit, value));
  // Data that counts longitudes beyond ±180 goes round the world.
  const wraps = row.w < -180 || row.e > 180;
  return [wraps ? -180 : row.w, clamp(row.s, WORLD[3]), wraps ? 180 : row.e, clamp(row.n, WORLD[3])].map(
    (degrees) => Math.round(degrees * 1e6) / 1e6,
  ) as unknown as Bounds;
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
