import type { Geometry } from 'geojson';
import { readGeometry } from '../../catalog/geojson.ts';
import { answerJobs } from '../../tools/thread-worker.ts';
import { buffersOf } from '../topology/flat.ts';
import { ShapeIndex, type ShapeBoxes } from '../cutting/shape-index.ts';
import { buildTopology, mainShapes, type Topology } from '../topology/topology.ts';

/**
 * GeoJSON texts of more rows of a load; what is to be made of all of them; or that nobody wants them any more. `rows`: how many
 * came before.
 */
export type TopologyJob = { load: number } & (
  | { rows: number; texts: readonly (string | null)[] }
  | { rows: number; build: { sharedBorders: boolean } }
  | { drop: true }
);

/** All that takes long to make of geometry before the first tile can be cut. */
export interface Built {
  topology: Topology;
  boxes: ShapeBoxes;
  mainShapes: Int32Array;
}

const loads = new Map<number, (Geometry | null)[]>();

answerJobs((job: TopologyJob): Built | undefined => {
  const geometries = loads.get(job.load) ?? [];
  if ('rows' in job && job.rows !== geometries.length)
    throw new Error('the thread that had the rows before these is gone, so the layer is not whole');
  if ('texts' in job) {
    loads.set(job.load, geometries);
    for (const text of job.texts) geometries.push(readGeometry(text));
    return undefined;
  }
  loads.delete(job.load);
  if ('drop' in job) return undefined;
  const topology = buildTopology(geometries, job.build);
  return {
    topology,
    boxes: ShapeIndex.boxesOf(topology),
    mainShapes: mainShapes(topology),
  };
}, transferred);

function transferred(built: Built | undefined): ArrayBuffer[] {
  if (!built) return [];
  const { topology, boxes, mainShapes: main } = built;
  const tree = boxes.tree ? [boxes.tree.buffer as ArrayBuffer] : [];
  return [...buffersOf(topology), boxes.boxes.buffer as ArrayBuffer, main.buffer as ArrayBuffer, ...tree];
}
