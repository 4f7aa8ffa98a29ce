import type { GeometryObject, Topology } from 'topojson-specification';
import { shapeAt } from '../../engine/topology/flat.ts';
import type { MemoryLayer } from '../../engine/memory/memory-layer.ts';
import { neighbourSteps, type Neighbours } from '../space/index.ts';
import { mapped } from '../../tools/slices.ts';
import { inTurns } from '../../tools/turns.ts';

const found = new WeakMap<MemoryLayer, Promise<Neighbours>>();

/** Queen contiguity of a region set by row, found once per generation from the arcs that its borders are made of. */
export function neighboursOfLayer(layer: MemoryLayer): Promise<Neighbours> {
  const neighbours = found.get(layer) ?? inTurns(find(layer));
  found.set(layer, neighbours);
  return neighbours;
}

/** The engine's arcs as TopoJSON, with only what contiguity looks at: their ends. */
function* find({ index, rows }: MemoryLayer): Generator<undefined, Neighbours> {
  const { coords, arcStart } = index.topology;
  const vertex = (i: number): [number, number] => [coords[2 * i]!, coords[2 * i + 1]!];
  const starts = Array.from(arcStart.subarray(0, -1));
  const arcs = yield* mapped(starts, (start, arc) => [vertex(start), vertex(arcStart[arc + 1]! - 1)]);
  const polygons = Array.from({ length: rows }, (): number[][][] => []);
  yield* mapped([...index.topology.shapeRow], (row, shape) => {
    polygons[row]!.push(shapeAt(index.topology, shape).chains.map((chain) => [...chain]));
  });
  const topology: Topology = { type: 'Topology', arcs, objects: {} };
  const geometries = polygons.map((own): GeometryObject => ({ type: 'MultiPolygon', arcs: own }));
  return yield* neighbourSteps(topology, geometries);
}
