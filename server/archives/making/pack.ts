import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Bytes of a content's hash: 2⁶⁴ contents before two of them are likely to share one. */
export const HASH_BYTES = 16;

/** A tile as an archive keeps it, and what tells that another has the same content. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

/** Most tiles are small, and room for a large window takes zlib more time to prepare than compressing them does (38 µs and 11). */
const SMALL_BYTES = 1_024;
const SMALL = { windowBits: 10, memLevel: 3 };

/** Compresses a tile. The same bytes give the same ones on every run of one version of Node. */
export function pack(tile: Uint8Array): Packed {
  const bytes = gzipSync(tile, tile.length <= SMALL_BYTES ? SMALL : {});
  return { bytes, hash: createHash('sha256').update(bytes).digest().subarray(0, HASH_BYTES) };
}
