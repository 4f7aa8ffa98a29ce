import type { TileCoord } from '../../engine/types.ts';
import type { Packed } from './pack.ts';

/** What became of a tile: `bare` has nothing to show, nor have those below it; of an `empty` one, those may. */
export type Outcome = 'bare' | 'empty' | Packed;

/** Tiles of one zoom, in order. */
export interface Batch {
  readonly coords: readonly TileCoord[];
  /** False where it is only asked which of them are bare: the zoom is none of the archive's. */
  readonly wanted: boolean;
}

/** Makes tiles, several batches at a time. */
export interface Maker {
  /** How many batches it works on at a time. */
  readonly width: number;
  make(batch: Batch): Promise<Outcome[]>;
}

/** The tiles made so far are of data that is no more: all of it has to be made anew. */
export class DataChanged extends Error {
  constructor() {
    super('the data changed while its tiles were being made');
    this.name = 'DataChanged';
  }
}
