import { RowTileMaker, type RowTiles } from '../../engine/memory/row-tiles.ts';
import type { MendedShapes } from '../../engine/mending/flat.ts';
import { answerJobs } from '../../tools/thread-worker.ts';
import { CONTENT, EMPTY } from './kinds.ts';
import { HASH_BYTES, pack } from './pack.ts';

/**
 * Rows to make tiles of, by a number of whoever asks; tiles of them (z, x, y of each); what all tiles of a zoom have in common, to be made
 * or taken as made; or that no more are wanted.
 */
export type RowsJob = { readonly of: number } & (
  | { readonly rows: RowTiles }
  | { readonly mend: number }
  | { readonly zoom: number; readonly mended: MendedShapes }
  | { readonly coords: Uint32Array; readonly wanted: boolean }
  | { readonly drop: true }
);

/** Of each tile what it is (`BARE`, …) and, of those with content, length and hash; all contents in a row. */
export interface RowsResult {
  readonly kinds: Uint8Array;
  readonly lengths: Uint32Array;
  readonly hashes: Uint8Array;
  readonly bytes: Uint8Array;
}

const makers = new Map<number, RowTileMaker>();

answerJobs(
  (job: RowsJob): RowsResult | MendedShapes | undefined => {
    if ('rows' in job) makers.set(job.of, new RowTileMaker(job.rows));
    else if ('mend' in job) return makers.get(job.of)?.mended(job.mend);
    else if ('mended' in job) makers.get(job.of)?.adopt(job.zoom, job.mended);
    else if ('drop' in job) makers.delete(job.of);
    else return made(makers.get(job.of), job.coords, job.wanted);
    return undefined;
  },
  (result) =>
    result && 'kinds' in result
      ? [result.kinds, result.lengths, result.hashes, result.bytes].map(({ buffer }) => buffer as ArrayBuffer)
      : [],
);

function made(maker: RowTileMaker | undefined, coords: Uint32Array, wanted: boolean): RowsResult {
  if (!maker) throw new Error('the rows come before the tiles');
  const count = coords.length / 3;
  const kinds = new Uint8Array(count);
  const lengths = new Uint32Array(count);
  const hashes = new Uint8Array(HASH_BYTES * count);
  const contents: Uint8Array[] = [];
  let size = 0;
  for (let i = 0; i < count; i++) {
    const coord = { z: coords[3 * i]!, x: coords[3 * i + 1]!, y: coords[3 * i + 2]! };
    if (!maker.reaches(coord)) continue;
    const tile = wanted ? maker.tile(coord) : undefined;
    kinds[i] = tile && tile.length > 0 ? CONTENT : EMPTY;
    if (!tile || tile.length === 0) continue;
    const { bytes, hash } = pack(tile);
    lengths[i] = bytes.length;
    hashes.set(hash, HASH_BYTES * i);
    contents.push(bytes);
    size += bytes.length;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const content of contents) {
    bytes.set(content, at);
    at += content.length;
  }
  return { kinds, lengths, hashes, bytes };
}
