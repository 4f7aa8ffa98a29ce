import { relationName, type TableLayer } from '../../catalog/types.ts';
import type { Sql } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import type { Observe } from '../../observe/events.ts';
import type { Generations, Stamp } from '../../generations/generations.ts';
import type { TileIndex, TileIndexOptions } from '../cutting/tile-index.ts';
import type { EncodedAttributes } from '../encoding/attributes.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import { cursorOf } from './cursor.ts';
import { loadQuery, type LayerSize } from './load-query.ts';
import type { MemoryEvent } from './memory-layer.ts';
import type { Rows } from './table.ts';

export interface Reading {
  readonly db: Database;
  readonly generations: Generations;
  readonly snapshots: Snapshots | undefined;
  readonly index: TileIndexOptions;
  readonly observe: Observe<MemoryEvent>;
  /** Ends what is being read. */
  readonly signal: AbortSignal;
}

export interface LayerToRead {
  readonly layer: TableLayer;
  /** As it was counted last; undefined where that is not known. */
  readonly size: LayerSize | undefined;
  /** Whether it may be kept on disk, as is known once it was read. */
  readonly mayBeKept: () => boolean;
}

/** A layer as the database has it. */
export interface ReadLayer extends Pick<Rows, 'values' | 'rows'> {
  readonly index: TileIndex;
  readonly stamp: Stamp | null;
  /** What it may be kept by. */
  readonly proof: string | undefined;
  /** Its attributes as tiles have them, where these are made already. */
  readonly encoded?: EncodedAttributes | undefined;
  /** What its file has, where it is written already: all of it, or what takes no long time to make. */
  readonly inFile?: 'whole' | 'rows' | undefined;
}

/** The cursor that a layer is read by. */
export function cursorFor({ generations }: Reading, layer: TableLayer): Sql {
  return cursorOf(loadQuery(layer, generations.stamp([relationName(layer)])));
}
