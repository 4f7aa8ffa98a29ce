import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { pack, type Packed } from './pack.ts';

export interface Destination {
  readonly path: string;
  /** Where it is written before it is whole. */
  readonly temporary: string;
  /** That it may have. */
  readonly maxBytes: number;
}

/**
 * Writes a file whole or not at all: it is written beside, and takes the other's place.
 * @returns false where it would be too large
 */
export function writeWhole<Head>(packed: Packed<Head>, { path, temporary, maxBytes }: Destination): boolean {
  const pieces = pack(packed);
  if (pieces.reduce((sum, { length }) => sum + length, 0) > maxBytes) return false;
  try {
    const file = openSync(temporary, 'w', 0o600);
    try {
      for (const piece of pieces) {
        for (let at = 0; at < piece.length;) at += writeSync(file, piece, at);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    return true;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
