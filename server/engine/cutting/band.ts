import { chainAt } from '../topology/flat.ts';
import type { Topology } from '../topology/topology.ts';
import { walkChain } from '../topology/topology.ts';
import { GeometryType } from '../types.ts';

/** Consecutive vertices that share one bounding box, so that a long ring is not walked for every tile. */
export const CHUNK = 32;

/**
 * All chains of a topology simplified for one zoom, laid out flat for fast cutting. Rings are open:
 * their last vertex is not the first one again.
 */
export interface Band {
  /** World coordinates x, y, x, y, … */
  readonly coords: Float64Array;
  /** Chain c has the vertices from `chainStart[c]` up to, not including, `chainStart[c + 1]`. */
  readonly chainStart: Uint32Array;
  /** Shape s has the chains from `shapeStart[s]` up to, not including, `shapeStart[s + 1]`: the topology's own. */
  readonly shapeStart: Uint32Array;
  /** Four numbers (bounds in world units) for each run of CHUNK vertices of a chain. */
  readonly chunkBoxes: Float64Array;
  /** First chunk of each chain. */
  readonly chunkStart: Uint32Array;
}

/** Shapes, or chains, between two places where the work may be interrupted. */
const PER_STEP = 1_000;

/** The chains with the vertices of at least this weight (world units). */
export function* buildBand(topology: Topology, tolerance: number): Generator<void, Band> {
  const { weights, arcStart, shapeType, shapeStart } = topology;
  const chainStart = new Uint32Array(topology.chainStart.length);
  const chunkStart = new Uint32Array(chainStart.length);
  const kept: number[] = [];
  const keep = (vertex: number): void => {
    if (weights[vertex]! >= tolerance) kept.push(vertex);
  };
  for (let shape = 0; shape < shapeType.length; shape++) {
    if (shape % PER_STEP === 0) yield;
    for (let chain = shapeStart[shape]!; chain < shapeStart[shape + 1]!; chain++) {
      walkChain(chainAt(topology, chain), arcStart, keep);
      if (shapeType[shape] === GeometryType.polygon) kept.pop();
      const length = kept.length - chainStart[chain]!;
      chainStart[chain + 1] = kept.length;
      chunkStart[chain + 1] = chunkStart[chain]! + Math.ceil(length / CHUNK);
    }
  }
  yield;
  const coords = gather(topology.coords, kept);
  const chunkBoxes = yield* boxChunks(coords, chainStart, chunkStart);
  return { coords, chainStart, shapeStart, chunkBoxes, chunkStart };
}

/** Bytes that a band takes besides the topology. */
export function bandBytes({ coords, chainStart, chunkBoxes, chunkStart }: Band): number {
  return coords.byteLength + chainStart.byteLength + chunkBoxes.byteLength + chunkStart.byteLength;
}

function gather(coords: Float64Array, vertices: readonly number[]): Float64Array {
  const gathered = new Float64Array(2 * vertices.length);
  for (let i = 0; i < vertices.length; i++) {
    const vertex = vertices[i]!;
    gathered[2 * i] = coords[2 * vertex]!;
    gathered[2 * i + 1] = coords[2 * vertex + 1]!;
  }
  return gathered;
}

function* boxChunks(
  coords: Float64Array,
  chainStart: Uint32Array,
  chunkStart: Uint32Array,
): Generator<void, Float64Array> {
  const boxes = new Float64Array(4 * chunkStart.at(-1)!);
  let box = 0;
  for (let chain = 0; chain + 1 < chainStart.length; chain++) {
    if (chain % PER_STEP === 0) yield;
    const end = chainStart[chain + 1]!;
    for (let first = chainStart[chain]!; first < end; first += CHUNK) {
      boxes.set(boundsOf(coords, first, Math.min(first + CHUNK, end)), box);
      box += 4;
    }
  }
  return boxes;
}

/** Smallest and largest x and y of some vertices: minX, minY, maxX, maxY. */
export function boundsOf(
  coords: Float64Array,
  start: number,
  end: number,
): [minX: number, minY: number, maxX: number, maxY: number] {
  let minX = Infinity;
  let minY = Infinity;
  let maxX = -Infinity;
  let maxY = -Infinity;
  for (let i = 2 * start; i < 2 * end; i += 2) {
    const x = coords[i]!;
    const y = coords[i + 1]!;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  return [minX, minY, maxX, maxY];
}
