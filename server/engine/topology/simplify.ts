import type { Geometry, Position } from 'geojson';
import { doubleArea, positionsOf } from '../encoding/commands.ts';
import { latitudeOf, longitudeOf } from '../grid.ts';
import { chainAt, pointsOf, shapesOf } from './flat.ts';
import { mainShapes, walkChain } from './topology.ts';
import type { Shape, Topology } from './topology.ts';
import { atOnce } from '../../tools/turns.ts';
import { GeometryType } from '../types.ts';

export interface SimplifyOptions {
  /** Map zoom that the result is made for, as MapLibre counts it: the world is 512 × 2^zoom pixels wide. */
  readonly zoom: number;
}

const WORLD_PIXELS = 512;
/** Rows after which others may have their turn. */
const STEP = 100;

/** Pixels that an outline may move by. */
const TOLERANCE_PIXELS = 0.5;

/**
 * The geometry of each row in degrees, with no more detail than a map of this zoom shows; null for
 * rows without geometry. Where the topology has shared borders, they are still shared. Polygons that
 * would vanish keep the simplest ring with an area; specks beside a larger polygon of the same row
 * go. Rings run as RFC 7946 wants: exterior counter-clockwise. Latitudes are within ±89.9°.
 */
export function simplifyShared(topology: Topology, options: SimplifyOptions): (Geometry | null)[] {
  return atOnce(simplifySteps(topology, options));
}

/** The same in steps: of many rows it takes a second. */
export function* simplifySteps(
  topology: Topology,
  { zoom }: SimplifyOptions,
): Generator<undefined, (Geometry | null)[]> {
  const tolerance = TOLERANCE_PIXELS / (WORLD_PIXELS * 2 ** zoom);
  const kept = Uint8Array.from(topology.weights, (weight) => (weight >= tolerance ? 1 : 0));
  // A vertex kept for one region is kept for its neighbour, so this comes before any ring is made.
  for (const [i, shape] of mainShapes(topology).entries()) {
    if (shape >= 0) keepArea(topology, chainAt(topology, topology.shapeStart[shape]!), kept);
    if (i % STEP === 0) yield;
  }

  const geometries = new Array<Geometry | null>(topology.rows).fill(null);
  for (const [row, shapes] of byRow(shapesOf(topology))) {
    if (row % STEP === 0) yield;
    geometries[row] = outline(
      shapes.flatMap((shape) => simplified(topology, shape, kept)),
      shapes[0]!.type,
    );
  }
  for (const [row, points] of byRow(pointsOf(topology))) {
    geometries[row] = pointGeometry(points.map(({ position }) => position));
  }
  return geometries;
}

/** Keeps more vertices of a ring, the most significant first, until it has an area (or no more vertices). */
function keepArea(topology: Topology, ring: readonly number[], kept: Uint8Array): void {
  if (hasArea(keptPositions(topology, ring, kept))) return;
  const spare: number[] = [];
  walkChain(ring, topology.arcStart, (vertex) => {
    if (!kept[vertex]) spare.push(vertex);
  });
  spare.sort((a, b) => topology.weights[b]! - topology.weights[a]!);
  for (const vertex of spare) {
    kept[vertex] = 1;
    if (hasArea(keptPositions(topology, ring, kept))) return;
  }
}

/** World coordinates of the kept vertices of a chain; a ring's last is its first again. */
function keptPositions({ arcStart, coords }: Topology, chain: readonly number[], kept: Uint8Array): number[] {
  const positions: number[] = [];
  walkChain(chain, arcStart, (vertex) => {
    if (kept[vertex]) positions.push(coords[2 * vertex]!, coords[2 * vertex + 1]!);
  });
  return positions;
}

/**
 * Whether a closed ring encloses anything that rounding errors do not explain: to and fro over the
 * same border sums up to almost, but not always exactly, nothing.
 */
function hasArea(positions: readonly number[]): boolean {
  return positions.length >= 8 && Math.abs(ringArea(positions)) > 1e-20;
}

/** Twice the signed area, relative to the ring's first vertex for precision. */
function ringArea(positions: readonly number[]): number {
  return doubleArea(positionsOf(positions.map((value, i) => value - positions[i % 2]!)));
}

/** A polygon's rings, or a line, in degrees: one element, or none where nothing is left. */
function simplified(topology: Topology, { type, chains }: Shape, kept: Uint8Array): Position[][][] {
  const all = chains.map((chain) => keptPositions(topology, chain, kept));
  if (type === GeometryType.line) return [all.map(inDegrees)];
  const [exterior, ...holes] = all;
  if (!exterior || !hasArea(exterior)) return [];
  const rings = [
    counterClockwise(exterior),
    ...holes.filter(hasArea).map((hole) => counterClockwise(hole).reverse()),
  ];
  return [rings];
}

/** A ring in degrees, counter-clockwise on a map with north up. World y grows southwards. */
function counterClockwise(positions: readonly number[]): Position[] {
  const ring = inDegrees(positions);
  return ringArea(positions) > 0 ? ring.reverse() : ring;
}

function inDegrees(positions: readonly number[]): Position[] {
  const chain: Position[] = [];
  for (let i = 0; i < positions.length; i += 2) {
    chain.push([longitudeOf(positions[i]!), latitudeOf(positions[i + 1]!)]);
  }
  return chain;
}

function outline(parts: Position[][][], type: Shape['type']): Geometry | null {
  const [first] = parts;
  if (!first) return null;
  if (type === GeometryType.polygon) {
    return parts.length === 1
      ? { type: 'Polygon', coordinates: first }
      : { type: 'MultiPolygon', coordinates: parts };
  }
  return parts.length === 1
    ? { type: 'LineString', coordinates: first[0]! }
    : { type: 'MultiLineString', coordinates: parts.flat() };
}

function pointGeometry(positions: Position[]): Geometry {
  return positions.length === 1
    ? { type: 'Point', coordinates: positions[0]! }
    : { type: 'MultiPoint', coordinates: positions };
}

function byRow<T extends { readonly row: number }>(items: Iterable<T>): Map<number, T[]> {
  const rows = new Map<number, T[]>();
  for (const item of items) {
    const row = rows.get(item.row);
    if (row) row.push(item);
    else rows.set(item.row, [item]);
  }
  return rows;
}
