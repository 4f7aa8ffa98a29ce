import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { TileCoord } from '../../../server/engine/types.ts';
import { fetchTile, tileUrl } from './measure.ts';
import type { Peer } from './options.ts';

/** Features of a few tiles from every server: whoever leaves things out is not faster, but other. */
export async function featureCounts(
  peers: readonly Peer[],
  tiles: readonly TileCoord[],
): Promise<Map<string, number[]>> {
  const counts = new Map<string, number[]>();
  for (const { name, template } of peers) {
    const own: number[] = [];
    for (const coord of tiles) own.push(countFeatures((await fetchTile(tileUrl(template, coord))).bytes));
    counts.set(name, own);
  }
  return counts;
}

function countFeatures(bytes: Buffer): number {
  try {
    const { layers } = new VectorTile(new PbfReader(bytes));
    return Object.values(layers).reduce((sum, layer) => sum + layer.length, 0);
  } catch {
    return -1;
  }
}
