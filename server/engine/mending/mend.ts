import type { Band } from '../cutting/band.ts';
import { flattenGroups, type Mended, type MendedShapes } from './flat.ts';
import { noded } from './noding.ts';
import type { Paths } from './paths.ts';
import { rebuilt, type PolygonRings, type Ring } from './rebuild.ts';
import { shapeAt } from '../topology/flat.ts';
import type { Topology } from '../topology/topology.ts';
import { ownersOf, Trouble, type Owners } from './trouble.ts';
import { GeometryType } from '../types.ts';

/**
 * What of a zoom's polygons must be drawn in another way: simplified and rounded to tile units, valid polygons may
 * come to cross or touch themselves, which MVT 2.1 (section 4.3.4.4) forbids. Positions are added to arcs, so that
 * neighbours go on sharing their border, and what a polygon winds around is what is filled: where an outline crosses
 * itself, the piece beyond is its neighbour's.
 *
 * @param band that of the zoom, of `tolerance`
 * @param scale units per world
 */
export function* mendedShapes(
  topology: Topology,
  band: Band,
  tolerance: number,
  scale: number,
): Generator<void, MendedShapes> {
  const owners = ownersOf(topology);
  const rounded = yield* roundedArcs(topology, owners, tolerance, scale);
  const trouble = new Trouble(topology, owners);
  const paths = yield* noded(rounded, trouble);
  const changed = paths === rounded ? new Set<number>() : changedArcs(rounded, paths);
  const groups: Mended[] = [];
  const groupOf = new Int32Array(topology.shapeRow.length).fill(-1);
  for (const shapes of trouble.groups(changed)) {
    const rings = shapes.flatMap((shape) =>
      shapeAt(topology, shape).chains.map((chain) => ringOf(paths, chain)),
    );
    for (const shape of shapes) groupOf[shape] = groups.length;
    groups.push(withBounds(rebuilt(rings)));
    yield;
  }
  const counts = yield* roundedCounts(topology, band, scale);
  return { ...flattenGroups(groups), groupOf, counts };
}

/** Arcs whose vertices are looked at between two places where the work may be interrupted. */
const PER_STEP = 1_000;

/** The arcs of polygons as the tiles of a zoom have them; those of lines are empty. */
function* roundedArcs(
  { coords, weights, arcStart }: Topology,
  owners: Owners,
  tolerance: number,
  scale: number,
): Generator<void, Paths> {
  const start = new Uint32Array(arcStart.length);
  let size = 0;
  for (const weight of weights) if (weight >= tolerance) size++;
  const x = new Float64Array(size);
  const y = new Float64Array(size);
  let end = 0;
  for (let arc = 0; arc + 1 < arcStart.length; arc++) {
    if (arc % PER_STEP === 0) yield;
    start[arc] = end;
    if (!owners[arc]) continue;
    for (let v = arcStart[arc]!; v < arcStart[arc + 1]!; v++) {
      if (!(weights[v]! >= tolerance)) continue;
      const px = Math.floor(coords[2 * v]! * scale + 0.5);
      const py = Math.floor(coords[2 * v + 1]! * scale + 0.5);
      if (end > start[arc]! && x[end - 1] === px && y[end - 1] === py) continue;
      x[end] = px;
      y[end] = py;
      end++;
    }
  }
  start[arcStart.length - 1] = end;
  return { x: x.subarray(0, end), y: y.subarray(0, end), start };
}

function* roundedCounts({ shapeType }: Topology, band: Band, scale: number): Generator<void, Uint32Array> {
  const { shapeStart, chainStart } = band;
  const counts = new Uint32Array(chainStart.length - 1);
  for (let shape = 0; shape < shapeType.length; shape++) {
    if (shape % PER_STEP === 0) yield;
    if (shapeType[shape] !== GeometryType.polygon) continue;
    for (let chain = shapeStart[shape]!; chain < shapeStart[shape + 1]!; chain++) {
      counts[chain] = roundedCount(band, chain, scale, chain === shapeStart[shape]);
    }
  }
  return counts;
}

/** Positions of a ring once rounded; 0 where it has no area, or one of the wrong side. */
function roundedCount(
  { coords, chainStart }: Band,
  chain: number,
  scale: number,
  isExterior: boolean,
): number {
  const [start, end] = [2 * chainStart[chain]!, 2 * chainStart[chain + 1]!];
  if (start === end) return 0;
  const firstX = Math.floor(coords[start]! * scale + 0.5);
  const firstY = Math.floor(coords[start + 1]! * scale + 0.5);
  let [x, y, area, count] = [0, 0, 0, 1];
  for (let i = start + 2; i < end; i += 2) {
    const nextX = Math.floor(coords[i]! * scale + 0.5) - firstX;
    const nextY = Math.floor(coords[i + 1]! * scale + 0.5) - firstY;
    if (nextX === x && nextY === y) continue;
    area += x * nextY - nextX * y;
    x = nextX;
    y = nextY;
    count++;
  }
  if (x === 0 && y === 0) count--;
  return (isExterior ? area > 0 : area < 0) ? count : 0;
}

/** Arcs with more positions than before. */
function changedArcs(before: Paths, after: Paths): Set<number> {
  const changed = new Set<number>();
  for (let arc = 0; arc + 1 < before.start.length; arc++) {
    const length = before.start[arc + 1]! - before.start[arc]!;
    if (after.start[arc + 1]! - after.start[arc]! !== length) changed.add(arc);
  }
  return changed;
}

function ringOf({ x, y, start }: Paths, chain: readonly number[]): Ring {
  const ring: number[] = [];
  const push = (i: number): void => {
    if (ring.length > 0 && ring.at(-2) === x[i] && ring.at(-1) === y[i]) return;
    ring.push(x[i]!, y[i]!);
  };
  for (const reference of chain) {
    if (reference < 0) {
      for (let i = start[~reference + 1]! - 1; i >= start[~reference]!; i--) push(i);
    } else {
      for (let i = start[reference]!; i < start[reference + 1]!; i++) push(i);
    }
  }
  if (ring.length > 2 && ring[0] === ring.at(-2) && ring[1] === ring.at(-1)) ring.length -= 2;
  return ring;
}

function withBounds(polygons: readonly PolygonRings[]): Mended {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [exterior = []] of polygons) {
    for (let i = 0; i < exterior.length; i += 2) {
      minX = Math.min(minX, exterior[i]!);
      maxX = Math.max(maxX, exterior[i]!);
      minY = Math.min(minY, exterior[i + 1]!);
      maxY = Math.max(maxY, exterior[i + 1]!);
    }
  }
  return { polygons, minX, minY, maxX, maxY };
}

/** Polygons of a tile's rings, clockwise exteriors, mended in the same way. */
export function mendedPolygons(rings: readonly Ring[]): PolygonRings[] {
  const size = rings.reduce((sum, ring) => sum + ring.length / 2 + 1, 0);
  const paths = {
    x: new Float64Array(size),
    y: new Float64Array(size),
    start: new Uint32Array(rings.length + 1),
  };
  let end = 0;
  rings.forEach((ring, path) => {
    for (let i = 0; i <= ring.length; i += 2) {
      paths.x[end] = ring[i % ring.length]!;
      paths.y[end++] = ring[(i + 1) % ring.length]!;
    }
    paths.start[path + 1] = end;
  });
  const rules = { related: () => true, touched: () => {}, met: () => {} };
  const work = noded(paths, rules);
  for (;;) {
    const step = work.next();
    if (!step.done) continue;
    return rebuilt(rings.map((_, path) => ringOf(step.value, [path])));
  }
}
