import { readFileSync } from 'node:fs';
import type { TableLayer } from '../../catalog/types.ts';
import type { EncodedAttributes } from '../encoding/attributes.ts';
import { attributeTable, idsOf } from '../memory/table.ts';
import type { Band } from '../cutting/band.ts';
import { indexTopology, type TileIndex, type TileIndexOptions } from '../cutting/tile-index.ts';
import type { MendedShapes } from '../mending/flat.ts';
import type { Topology } from '../topology/topology.ts';
import { giveWay } from '../../tools/give-way.ts';
import { answerJobs } from '../../tools/thread-worker.ts';
import { atOnce } from '../../tools/turns.ts';
import { packedValues, packLayer, unpackLayer, unpackValues, type LayerHead } from './layer-file.ts';
import { unpack, type Packed, type Sections } from './pack.ts';
import { writeWhole, type Destination } from './write-whole.ts';

/** Takes a layer; makes what is drawn in another way at a zoom of it; writes what it has; forgets it. */
export type SnapshotJob = { readonly layer: number } & (
  | { readonly take: TakenLayer; readonly options: TileIndexOptions }
  | { readonly zoom: number; readonly isAwaited: boolean }
  | { readonly write: Destination }
  | { readonly drop: true }
);

/** What a layer is written of; or the file that has a part of it. */
export type TakenLayer = FreshLayer | { readonly file: string };

interface FreshLayer {
  readonly key: string;
  readonly topology: Topology;
  readonly columns: readonly string[];
  readonly values: Sections;
  /** The layer's key, where its attributes are kept encoded. */
  readonly encode: Pick<TableLayer, 'key'> | undefined;
}

/** What is drawn in another way at a zoom, and its band where that is awaited. */
export interface MadeZoom {
  readonly mended: MendedShapes;
  readonly band: Band | undefined;
}

interface Held {
  readonly key: string;
  readonly columns: readonly string[];
  readonly values: Sections;
  readonly index: TileIndex;
  readonly encoded: EncodedAttributes | undefined;
}

/**
 * Zooms that nobody waits for give way to requests, but not by much: a process that is not privileged cannot take that back, so what somebody
 * waits for is made at that priority, too, once one of these was made.
 */
const LEISURELY = 5;

const layers = new Map<number, Held>();

answerJobs((job: SnapshotJob): MadeZoom | undefined => {
  giveWay('zoom' in job && !job.isAwaited ? LEISURELY : 0);
  if ('take' in job) {
    layers.set(job.layer, taken(job.take, job.options));
    return undefined;
  }
  const held = layers.get(job.layer);
  if (!held) throw new Error('the thread was lost, and the layer with it');
  if ('zoom' in job) return madeOf(held, job);
  if ('write' in job) writeWhole(packed(held), job.write);
  else layers.delete(job.layer);
  return undefined;
});

function madeOf({ index }: Held, { zoom, isAwaited }: { zoom: number; isAwaited: boolean }): MadeZoom {
  return { mended: index.mended(zoom), band: isAwaited ? index.band(zoom) : undefined };
}

function packed({ key, columns, values, index, encoded }: Held): Packed<LayerHead> {
  return packLayer(key, columns, values, { topology: index.topology, made: index.made(), encoded });
}

function taken(layer: TakenLayer, options: TileIndexOptions): Held {
  if (!('file' in layer))
    return { ...layer, index: indexTopology(layer.topology, options), encoded: encodedOf(layer) };
  // Memory of its own: that of small files would be part of another.
  const found = atOnce(unpack<LayerHead>(new Uint8Array(readFileSync(layer.file))));
  if (!found) throw new Error('the file is not whole');
  const { key, columns } = found.head;
  const { topology, made, encoded } = unpackLayer(found);
  const index = indexTopology(topology, options, made);
  return { key, columns, values: packedValues(found), index, encoded };
}

function encodedOf({
  encode,
  columns,
  values: sections,
  topology,
}: FreshLayer): EncodedAttributes | undefined {
  if (!encode) return undefined;
  const values = unpackValues({ columns }, sections);
  const { rows } = topology;
  return attributeTable(encode, { values, ids: idsOf(encode, values), rows }).encoded();
}
