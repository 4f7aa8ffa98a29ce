import { flatten, pointsOf, shapesOf } from './flat.ts';
import { ringArea, walkChain, type Shape, type Topology } from './topology.ts';
import { GeometryType } from '../types.ts';

/**
 * A topology whose rows are put together: row r becomes part of row `targets[r]`. Where polygons of one new row share
 * a border, that border goes, and equal polygons count once; vertices stay as they are, so that borders with other
 * rows stay shared. Polygons that overlap stay as they are.
 *
 * @param targets new rows by old ones
 * @param rows number of new rows
 */
export function mergeRows(topology: Topology, targets: readonly number[], rows: number): Topology {
  const byRow = Array.from({ length: rows }, (): Shape[] => []);
  const sources = Array.from({ length: rows }, () => new Set<number>());
  for (const shape of shapesOf(topology)) {
    const row = targets[shape.row]!;
    byRow[row]!.push({ ...shape, row });
    sources[row]!.add(shape.row);
  }
  const shapes = byRow.flatMap((own, row) => (sources[row]!.size > 1 ? dissolved(topology, own) : own));
  const points = [...pointsOf(topology)]
    .map((point) => ({ ...point, row: targets[point.row]! }))
    .sort((a, b) => a.row - b.row);
  return flatten({ ...topology, shapes, points, rows });
}

/** The polygons of one row without the borders between them. */
function dissolved(topology: Topology, shapes: readonly Shape[]): Shape[] {
  const polygons = withoutRepeats(shapes.filter(({ type }) => type === GeometryType.polygon));
  const lines = shapes.filter(({ type }) => type === GeometryType.line);
  const used = new Set<number>();
  for (const reference of polygons.flatMap(({ chains }) => chains.flat())) {
    if (used.has(reference)) return [...lines, ...polygons]; // they overlap
    used.add(reference);
  }
  const isInner = (reference: number): boolean => used.has(~reference);
  const touched = polygons.filter(({ chains }) => chains.flat().some(isInner));
  if (touched.length === 0) return [...lines, ...polygons];
  const border = touched.flatMap(({ chains }) => chains.flat()).filter((reference) => !isInner(reference));
  const { row, type } = touched[0]!;
  const outlines = polygonsOf(topology, loopsOf(topology, border));
  const untouched = polygons.filter((polygon) => !touched.includes(polygon));
  return [...lines, ...untouched, ...outlines.map((chains) => ({ row, type, chains }))];
}

/** The same island in two rows is one island. */
function withoutRepeats(polygons: readonly Shape[]): Shape[] {
  const seen = new Set<string>();
  return polygons.filter(({ chains }) => {
    const arcs = chains
      .flat()
      .sort((a, b) => a - b)
      .join();
    return !seen.has(arcs) && seen.add(arcs);
  });
}

/** Directed arcs put end to end. A loop is closed where it first meets itself, so none touches itself. */
function loopsOf({ coords, arcStart }: Topology, border: readonly number[]): number[][] {
  const place = (vertex: number): string => `${coords[2 * vertex]},${coords[2 * vertex + 1]}`;
  const first = (reference: number): string =>
    place(reference < 0 ? arcStart[~reference + 1]! - 1 : arcStart[reference]!);
  const last = (reference: number): string => first(~reference);
  const leaving = new Map<string, number[]>();
  for (const reference of border) {
    const from = first(reference);
    const others = leaving.get(from);
    if (others) others.push(reference);
    else leaving.set(from, [reference]);
  }
  const loops: number[][] = [];
  for (const start of border) {
    const path: number[] = [];
    const visited = new Map<string, number>();
    for (let at = first(start); ; at = last(path.at(-1)!)) {
      const since = visited.get(at);
      if (since !== undefined) {
        for (const reference of path.slice(since)) visited.delete(first(reference));
        loops.push(path.splice(since));
      }
      visited.set(at, path.length);
      const next = leaving.get(at)?.pop();
      if (next === undefined) break;
      path.push(next);
    }
  }
  return loops;
}

/** Exterior rings, each with the holes within it. */
function polygonsOf(topology: Topology, loops: readonly number[][]): number[][][] {
  const rings = loops.map((chain) => ({ chain, area: ringArea(chain, topology) }));
  // Exterior rings run clockwise on screen, as all of the topology do.
  const exteriors = rings.filter(({ area }) => area > 0).sort((a, b) => a.area - b.area);
  const polygons = exteriors.map(({ chain }) => [chain]);
  for (const { chain } of rings.filter(({ area }) => area < 0)) {
    const around = exteriors.findIndex((exterior) => contains(topology, exterior.chain, chain));
    polygons[Math.max(0, around)]?.push(chain);
  }
  return polygons;
}

/** Whether a ring lies within another one, which it may touch but not cross. */
function contains(topology: Topology, outer: readonly number[], inner: readonly number[]): boolean {
  const outline = positionsOf(topology, outer);
  const corners = new Set(outline.map(([x, y]) => `${x},${y}`));
  const own = positionsOf(topology, inner);
  const free = own.find(([x, y]) => !corners.has(`${x},${y}`)) ?? middle(own[0]!, own[1]!);
  return isInside(free, outline);
}

type Point = readonly [x: number, y: number];

function positionsOf({ coords, arcStart }: Topology, chain: readonly number[]): Point[] {
  const points: Point[] = [];
  walkChain(chain, arcStart, (vertex) => points.push([coords[2 * vertex]!, coords[2 * vertex + 1]!]));
  return points;
}

function middle([ax, ay]: Point, [bx, by]: Point): Point {
  return [(ax + bx) / 2, (ay + by) / 2];
}

/** By the number of edges to the right of the point. */
function isInside([x, y]: Point, ring: readonly Point[]): boolean {
  let inside = false;
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = ring[i - 1]!;
    const [bx, by] = ring[i]!;
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  }
  return inside;
}
