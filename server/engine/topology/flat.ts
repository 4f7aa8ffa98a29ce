import type { Parts, PointPart, ShapePart } from './parts.ts';
import type { Shape, Topology } from './topology.ts';

/** A topology whose shapes and points are objects, as they are while it is being made. */
export interface LooseTopology extends Pick<
  Topology,
  'coords' | 'weights' | 'arcStart' | 'rows' | 'vertexCount'
> {
  readonly shapes: readonly Shape[];
  readonly points: Parts['points'];
}

/** The topology as arrays of numbers alone: what is cut, kept on disk and handed to threads. */
export function flatten({ shapes, points, ...rest }: LooseTopology): Topology {
  const chainCount = shapes.reduce((sum, { chains }) => sum + chains.length, 0);
  const shapeStart = new Uint32Array(shapes.length + 1);
  const chainStart = new Uint32Array(chainCount + 1);
  const references: number[] = [];
  let chain = 0;
  shapes.forEach(({ chains }, shape) => {
    for (const arcs of chains) {
      for (const reference of arcs) references.push(reference);
      chainStart[++chain] = references.length;
    }
    shapeStart[shape + 1] = chain;
  });
  const pointPosition = new Float64Array(2 * points.length);
  points.forEach(({ position }, i) => {
    pointPosition[2 * i] = position[0]!;
    pointPosition[2 * i + 1] = position[1]!;
  });
  return {
    ...rest,
    shapeRow: Uint32Array.from(shapes, ({ row }) => row),
    shapeType: Uint8Array.from(shapes, ({ type }) => type),
    shapeStart,
    chainStart,
    references: Int32Array.from(references),
    pointRow: Uint32Array.from(points, ({ row }) => row),
    pointPosition,
  };
}

/** One shape as an object: for who looks at few of them, or at each once. */
export function shapeAt(topology: Topology, shape: number): Shape {
  const { shapeRow, shapeType, shapeStart } = topology;
  const chains: number[][] = [];
  for (let chain = shapeStart[shape]!; chain < shapeStart[shape + 1]!; chain++)
    chains.push(chainAt(topology, chain));
  return { row: shapeRow[shape]!, type: shapeType[shape] as ShapePart['type'], chains };
}

/** The arcs of a chain. */
export function chainAt({ chainStart, references }: Topology, chain: number): number[] {
  const arcs: number[] = [];
  for (let i = chainStart[chain]!; i < chainStart[chain + 1]!; i++) arcs.push(references[i]!);
  return arcs;
}

/** All shapes as objects, one after the other. */
export function* shapesOf(topology: Topology): Generator<Shape, undefined> {
  for (let shape = 0; shape < topology.shapeRow.length; shape++) yield shapeAt(topology, shape);
}

/** All points as objects, one after the other; longitude and latitude alone. */
export function* pointsOf({ pointRow, pointPosition }: Topology): Generator<PointPart, undefined> {
  for (let i = 0; i < pointRow.length; i++)
    yield { row: pointRow[i]!, position: [pointPosition[2 * i]!, pointPosition[2 * i + 1]!] };
}

/** A copy of a topology in buffers of its own, which may be handed over: those of a file have much else in them. */
export function apart(topology: Topology): Topology {
  const copied = Object.entries(topology).map(([name, value]: [string, unknown]) => [
    name,
    ArrayBuffer.isView(value) ? (value as Float64Array).slice() : value,
  ]);
  return Object.fromEntries(copied) as Topology;
}

/** The buffers of a topology, to be handed over. */
export function buffersOf(topology: Topology): ArrayBuffer[] {
  return Object.values(topology).flatMap((value: unknown) =>
    ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : [],
  );
}
