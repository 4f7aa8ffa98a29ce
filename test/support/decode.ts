import { VectorTile } from '@mapbox/vector-tile';
import type { VectorTileFeature } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type request from 'supertest';

/** A tile's body as bytes: supertest would not know what to do with its type. */
export function bytesOf(test: request.Test): request.Test {
  return test.buffer(true).parse((res, done) => {
    const chunks: Buffer[] = [];
    res.on('data', (chunk: Buffer) => chunks.push(chunk));
    res.on('end', () => done(null, Buffer.concat(chunks)));
  });
}

/** The features of one layer of a tile, in the tile's order; none where the tile has no such layer. */
export function featuresOf(tile: Uint8Array, layer: string): VectorTileFeature[] {
  const found = new VectorTile(new PbfReader(tile)).layers[layer];
  return Array.from({ length: found?.length ?? 0 }, (_, i) => found!.feature(i));
}

/** Names of the layers of a tile, in the tile's order. */
export function layersOf(tile: Uint8Array): string[] {
  return Object.keys(new VectorTile(new PbfReader(tile)).layers);
}
