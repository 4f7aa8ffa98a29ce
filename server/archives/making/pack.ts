import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Bytes of a content's hash: 2⁶⁴ contents before two of them are likely to share one. */
export const HASH_BYTES = 16;

/** A tile as an archive keeps it, and what tells that another has the same content. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

/** Compresses a tile. The same bytes give the same ones on every run of one version of Node. */
export function pack(tile: Uint8Array): Packed {
  const bytes = gzipSync(tile);
  return { bytes, hash: createHash('sha256').update(bytes).digest().subarray(0, HASH_BYTES) };
}
