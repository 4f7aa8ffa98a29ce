import type { GeometryObject, Topology } from 'topojson-specification';
import type { MemoryLayer } from '../../engine/memory/layers.ts';
import { neighboursInTopology, type Neighbours } from '../space/index.ts';

const found = new WeakMap<MemoryLayer, Neighbours>();

/** Queen contiguity of a region set by row, found once per generation from the arcs that its borders are made of. */
export function neighboursOfLayer(layer: MemoryLayer): Neighbours {
  let neighbours = found.get(layer);
  if (!neighbours) {
    const { topology, geometries } = arcEndsOf(layer);
    neighbours = neighboursInTopology(topology, geometries);
    found.set(layer, neighbours);
  }
  return neighbours;
}

/** The engine's arcs as TopoJSON, with only what contiguity looks at: their ends. */
function arcEndsOf({ index, rows }: MemoryLayer): {
  topology: Topology;
  geometries: readonly GeometryObject[];
} {
  const { coords, arcStart, shapes } = index.topology;
  const vertex = (i: number): [number, number] => [coords[2 * i]!, coords[2 * i + 1]!];
  const arcs = Array.from({ length: arcStart.length - 1 }, (_, arc) => [
    vertex(arcStart[arc]!),
    vertex(arcStart[arc + 1]! - 1),
  ]);
  const polygons = Array.from({ length: rows }, (): number[][][] => []);
  for (const { row, chains } of shapes) polygons[row]!.push(chains.map((chain) => [...chain]));
  return {
    topology: { type: 'Topology', arcs, objects: {} },
    geometries: polygons.map((own) => ({ type: 'MultiPolygon', arcs: own })),
  };
}
