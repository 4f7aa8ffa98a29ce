import type { Parts, PointPart, ShapePart } from './parts.ts';

/**
 * The geometry of a layer as arcs: stretches of line between the places where borders part. A border
 * between two regions is one arc, referred to by both, so whatever is done to its vertices is done
 * for both and no gap can open between them. Arrays of numbers alone, so that processes can have them in common.
 */
export interface Topology {
  /** World coordinates (see grid.ts) of all vertices of all arcs: x, y, x, y, … */
  readonly coords: Float64Array;
  /** Significance of each vertex in world units: at tolerance t the vertices of weight ≥ t remain. */
  readonly weights: Float32Array;
  /** Arc i has the vertices from `arcStart[i]` up to, not including, `arcStart[i + 1]`. */
  readonly arcStart: Uint32Array;
  /** Lines and polygons in row order: row and MVT type of each, and the first of its chains. */
  readonly shapeRow: Uint32Array;
  readonly shapeType: Uint8Array;
  readonly shapeStart: Uint32Array;
  /** First reference of each chain, and the references to arcs: `~i` is arc i backwards. */
  readonly chainStart: Uint32Array;
  readonly references: Int32Array;
  readonly pointRow: Uint32Array;
  /** Longitude, latitude, … of the points. */
  readonly pointPosition: Float64Array;
  readonly rows: number;
  /** Vertices of the features, shared ones counted once per feature. */
  readonly vertexCount: number;
}

/** One line, or one polygon: exterior ring first, clockwise on screen, holes the other way. */
export interface Shape {
  readonly row: number;
  readonly type: ShapePart['type'];
  /** Each chain is the arcs that make it up, end to end; `~i` is arc i backwards. */
  readonly chains: readonly (readonly number[])[];
}

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
