import { z } from 'zod';
import { contentsOf, type TileContents } from '../../engine/decoding/contents.ts';
import type { TileCoord } from '../../engine/types.ts';
import { AppError } from '../../errors.ts';
import { inTurns } from '../../tools/turns.ts';
import { tileParams, wholeNumber } from '../requests/params.ts';
import { Representation, sentBytes } from './respond.ts';
import { MVT } from './tile.ts';

/** What a tile holds, as JSON, whichever capability made it. */

const MOST_FEATURES = 1_000;
/** Raised when the same tile comes to be described in other words: part of the ETag. */
const FORMAT = 'j1';

/** What is described is the tile, not how it is asked for. */
export const openedTileParams = tileParams.omit({ format: true });

const featureLimit = wholeNumber(0, MOST_FEATURES).default(MOST_FEATURES).meta({
  description: 'Features shown of all layers together, 0 for counts alone; all are counted',
  example: '100',
});

export const openedTileQuery = z.object({ limit: featureLimit });

export const OPENED_TILE_RESPONSES = {
  200: {
    description:
      'Bytes as sent, and of each layer: version, extent, features, geometries, attributes, and the first features in degrees',
    content: { 'application/json': { type: 'object' } },
  },
  304: { description: 'Not changed since the ETag given' },
};

/**
 * The same answer for people to read: its ETag is the tile's with what was asked for.
 *
 * @throws AppError `layer_query_failed` (502) where a function made something else than a vector tile
 */
export async function openedTile(
  tile: Representation,
  { z, x, y }: TileCoord,
  limit = MOST_FEATURES,
): Promise<Representation> {
  const isVector = tile.type === MVT;
  const contents = isVector ? await read(tile.body, { z, x, y }, limit) : { layers: [] };
  const [gzip, br] = [await sentBytes(tile, 'gzip'), await sentBytes(tile, 'br')];
  const document = {
    tile: { z, x, y },
    type: tile.type,
    bytes: { identity: tile.body.length, gzip, br },
    truncated: 'X-Tile-Truncated' in tile.headers,
    features: contents.layers.reduce((sum, { features }) => sum + features, 0),
    shown: contents.layers.reduce((sum, { shown }) => sum + shown, 0),
    layers: contents.layers,
  };
  return new Representation(Buffer.from(JSON.stringify(document)), 'application/json; charset=utf-8', {
    tag: `${tile.tag}-${FORMAT}-${limit}`,
    headers: tile.headers,
  });
}

async function read(bytes: Uint8Array, coord: TileCoord, limit: number): Promise<TileContents> {
  try {
    return await inTurns(contentsOf(bytes, coord, limit));
  } catch (cause) {
    const detail = 'its bytes cannot be read as a vector tile';
    throw new AppError('layer_query_failed', { reason: 'unsupported_result', detail }, { cause });
  }
}
