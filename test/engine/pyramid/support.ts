import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { tileAt } from '../../../server/engine/grid.ts';
import type { TileCoord } from '../../../server/engine/types.ts';
import { getTile } from '../../../server/tiles/service.ts';
import type { TestServer } from '../../support/environment.ts';

/** The features of one layer of a tile; none where the tile is empty. */
export async function tileFeatures(
  server: TestServer,
  layer: string,
  coord: TileCoord,
  query: Record<string, string | string[]> = {},
  columns?: readonly string[],
): Promise<VectorTileFeature[]> {
  const tile = await getTile(server.ctx, { layers: [layer], coord, columns, query });
  return decode(tile.body, layer);
}

export function decode(bytes: Uint8Array, layer: string): VectorTileFeature[] {
  const found = new VectorTile(new PbfReader(bytes)).layers[layer];
  return Array.from({ length: found?.length ?? 0 }, (_, i) => found!.feature(i));
}

/** Whether a point feature belongs to the tile and not to its buffer. */
export function isOwn(feature: VectorTileFeature): boolean {
  const { x, y } = feature.loadGeometry()[0]![0]!;
  return x >= 0 && x < 4096 && y >= 0 && y < 4096;
}

export function total(features: readonly VectorTileFeature[], property = 'count'): number {
  return features.reduce((sum, feature) => sum + Number(feature.properties[property] ?? 0), 0);
}

/** How many places lie in each tile of a zoom, by `x/y`. */
export function placesByTile(
  places: readonly (readonly [lon: number, lat: number])[],
  z: number,
): Map<string, number> {
  const tiles = new Map<string, number>();
  for (const [lon, lat] of places) {
    // 180° E is the eastern edge of the last tile; `tileAt` counts it to the first.
    const { x, y } = lon === 180 ? { ...tileAt(179.999999, lat, z) } : tileAt(lon, lat, z);
    tiles.set(`${x}/${y}`, (tiles.get(`${x}/${y}`) ?? 0) + 1);
  }
  return tiles;
}

export function coordOf(key: string, z: number): TileCoord {
  const [x = 0, y = 0] = key.split('/').map(Number);
  return { z, x, y };
}
