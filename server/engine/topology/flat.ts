import type { Shape, Topology } from './topology.ts';
import type { ShapePart } from './parts.ts';

/** A topology as arrays of numbers alone, which go from one thread to another without being copied. */
export interface FlatTopology {
  readonly coords: Float64Array;
  readonly weights: Float32Array;
  readonly arcStart: Uint32Array;
  /** Row and type of each shape, and its first chain. */
  readonly shapeRow: Uint32Array;
  readonly shapeType: Uint8Array;
  readonly shapeStart: Uint32Array;
  /** First reference of each chain, and the references: `~i` is arc i backwards. */
  readonly chainStart: Uint32Array;
  readonly references: Int32Array;
  readonly pointRow: Uint32Array;
  /** Longitude, latitude, … of the points. */
  readonly pointPosition: Float64Array;
  readonly rows: number;
  readonly vertexCount: number;
}

/** Shapes made between two places where the work may be interrupted. */
const SHAPES_PER_STEP = 1_000;

export function flatten({ shapes, points, ...rest }: Topology): FlatTopology {
  const chains = shapes.flatMap((shape) => shape.chains);
  const pointPosition = new Float64Array(2 * points.length);
  points.forEach(({ position }, i) => pointPosition.set([position[0]!, position[1]!], 2 * i));
  return {
    ...rest,
    shapeRow: Uint32Array.from(shapes, ({ row }) => row),
    shapeType: Uint8Array.from(shapes, ({ type }) => type),
    shapeStart: starts(shapes.map((shape) => shape.chains.length)),
    chainStart: starts(chains.map((chain) => chain.length)),
    references: Int32Array.from(chains.flat()),
    pointRow: Uint32Array.from(points, ({ row }) => row),
    pointPosition,
  };
}

/** The buffers of a flat topology, to be handed over. */
export function buffersOf(flat: FlatTopology): ArrayBuffer[] {
  return Object.values(flat).flatMap((value) =>
    ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : [],
  );
}

/** The topology again; see `inTurns`. */
export function* unflatten(flat: FlatTopology): Generator<void, Topology> {
  const { coords, weights, arcStart, rows, vertexCount, pointRow, pointPosition } = flat;
  const shapes: Shape[] = [];
  for (let shape = 0; shape < flat.shapeRow.length; shape++) {
    if (shape % SHAPES_PER_STEP === 0) yield;
    shapes.push(shapeOf(flat, shape));
  }
  const points: Topology['points'][number][] = [];
  for (let i = 0; i < pointRow.length; i++) {
    if (i % SHAPES_PER_STEP === 0) yield;
    points.push({ row: pointRow[i]!, position: [pointPosition[2 * i]!, pointPosition[2 * i + 1]!] });
  }
  return { coords, weights, arcStart, shapes, points, rows, vertexCount };
}

function shapeOf(
  { shapeRow, shapeType, shapeStart, chainStart, references }: FlatTopology,
  i: number,
): Shape {
  const chains: number[][] = [];
  for (let chain = shapeStart[i]!; chain < shapeStart[i + 1]!; chain++) {
    chains.push(Array.from(references.subarray(chainStart[chain], chainStart[chain + 1])));
  }
  return { row: shapeRow[i]!, type: shapeType[i] as ShapePart['type'], chains };
}

/** Running sums: where each of some lists begins when they stand end to end. */
function starts(lengths: readonly number[]): Uint32Array {
  const from = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, i) => (from[i + 1] = from[i]! + length));
  return from;
}
