import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { Bands } from '../cutting/bands.ts';
import { ShapeIndex } from '../cutting/shape-index.ts';
import type { MendedShapes } from '../mending/flat.ts';
import { mainShapes, type Topology } from '../topology/topology.ts';
import { answerJobs } from '../../tools/thread-worker.ts';
import { packLayer } from './layer-file.ts';
import { pack, type Sections } from './pack.ts';

/** Takes a layer; makes what is drawn in another way at a zoom of it; writes what it has; forgets it. */
export type SnapshotJob = { readonly layer: number } & (
  | { readonly take: TakenLayer }
  | { readonly zoom: number }
  | { readonly write: { readonly path: string; readonly temporary: string; readonly maxBytes: number } }
  | { readonly drop: true }
);

interface TakenLayer {
  readonly key: string;
  readonly topology: Topology;
  readonly columns: readonly string[];
  readonly values: Sections;
  readonly mended: ReadonlyMap<number, MendedShapes>;
  readonly cut: { readonly extent: number; readonly maxZoom: number };
}

interface Held extends TakenLayer {
  readonly bands: Bands;
  readonly mended: Map<number, MendedShapes>;
}

const layers = new Map<number, Held>();

answerJobs((job: SnapshotJob): MendedShapes | undefined => {
  if ('take' in job) {
    const bands = new Bands(job.take.topology, job.take.cut);
    layers.set(job.layer, { ...job.take, bands, mended: new Map(job.take.mended) });
    return undefined;
  }
  const held = layers.get(job.layer);
  if (!held) throw new Error('the thread was lost, and the layer with it');
  if ('zoom' in job) {
    const flat = held.bands.mended(job.zoom);
    held.mended.set(job.zoom, flat);
    return flat;
  }
  if ('write' in job) write(held, job.write);
  else layers.delete(job.layer);
  return undefined;
});

/** Whole or not at all: it is written beside, and takes the other's place. */
function write(
  { key, columns, values, topology, mended }: Held,
  { path, temporary, maxBytes }: { path: string; temporary: string; maxBytes: number },
): void {
  const boxes = ShapeIndex.boxesOf(topology);
  const packed = packLayer(key, columns, values, {
    topology,
    boxes,
    mainShapes: mainShapes(topology),
    mended,
  });
  const pieces = pack(packed);
  if (pieces.reduce((sum, { length }) => sum + length, 0) > maxBytes) return;
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
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
