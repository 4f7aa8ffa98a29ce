import type { Geometry, MultiPolygon, Position } from 'geojson';
import { topology as cutIntoArcs } from 'topojson-server';
import type { MultiPolygon as ArcMultiPolygon } from 'topojson-specification';
import { worldX, worldY } from '../grid.ts';
import { chainAt, flatten, type Shape, type Topology } from './flat.ts';
import { partsOf } from './parts.ts';
import type { Parts, ShapePart } from './parts.ts';
import { GeometryType } from '../types.ts';
import { weighVertices } from './weights.ts';

export type { Shape, Topology } from './flat.ts';

export interface TopologyOptions {
  /** Find the borders that polygons share. Without it, each ring stands alone. */
  readonly sharedBorders: boolean;
}

/** Builds the arcs of GeoJSON geometries in degrees, one per row; vertices are never moved or merged. */
export function buildTopology(
  geometries: readonly (Geometry | null)[],
  { sharedBorders }: TopologyOptions,
): Topology {
  const parts = partsOf(geometries);
  const arcs: Position[][] = [];
  const shapes = sharedBorders
    ? sharedShapes(parts, arcs)
    : parts.shapes.map((shape) => loneShape(shape, arcs));
  const { coords, arcStart } = projectArcs(arcs);
  const weights = new Float32Array(coords.length / 2);
  for (let arc = 0; arc < arcs.length; arc++) {
    weighVertices(coords, arcStart[arc]!, arcStart[arc + 1]!, weights);
  }
  return flatten({
    coords,
    weights,
    arcStart,
    shapes: shapes.map((shape) => wound(shape, { coords, arcStart })),
    points: parts.points,
    rows: parts.rows,
    vertexCount: countVertices(parts),
  });
}

function countVertices({ points, shapes }: Parts): number {
  const inShapes = shapes.flatMap(({ chains }) => chains).reduce((sum, chain) => sum + chain.length, 0);
  return points.length + inShapes;
}

/** Each line or ring as an arc of its own. */
function loneShape({ row, type, chains }: ShapePart, arcs: Position[][]): Shape {
  return { row, type, chains: chains.map((chain) => [arcs.push(chain) - 1]) };
}

/**
 * Polygons through topojson-server, which compares positions exactly as they came (no quantization:
 * it would move vertices). Lines share no area to gap, so they stay as they are.
 */
function sharedShapes({ shapes }: Parts, arcs: Position[][]): Shape[] {
  const polygons = shapes.filter(({ type }) => type === GeometryType.polygon);
  const all: MultiPolygon = { type: 'MultiPolygon', coordinates: polygons.map(({ chains }) => chains) };
  const cut = cutIntoArcs({ all });
  for (const arc of cut.arcs) arcs.push(arc);

  const inArcs = (cut.objects['all'] as ArcMultiPolygon).arcs;
  let polygon = 0;
  return shapes.map((shape) => {
    if (shape.type === GeometryType.line) return loneShape(shape, arcs);
    return { row: shape.row, type: shape.type, chains: inArcs[polygon++]! };
  });
}

function projectArcs(arcs: readonly Position[][]): { coords: Float64Array; arcStart: Uint32Array } {
  const arcStart = new Uint32Array(arcs.length + 1);
  arcs.forEach((arc, i) => (arcStart[i + 1] = arcStart[i]! + arc.length));
  const coords = new Float64Array(2 * arcStart[arcs.length]!);
  let end = 0;
  for (const arc of arcs) {
    for (const position of arc) {
      coords[end++] = worldX(position[0]!);
      coords[end++] = worldY(position[1]!);
    }
  }
  return { coords, arcStart };
}

/** The shape with its rings in the direction that MVT wants; GeoJSON in the wild has either. */
export function wound(shape: Shape, arcs: Pick<Topology, 'coords' | 'arcStart'>): Shape {
  if (shape.type === GeometryType.line) return shape;
  const chains = shape.chains.map((ring, i) => {
    const clockwise = ringArea(ring, arcs) > 0;
    return clockwise === (i === 0) ? ring : ring.map((arc) => ~arc).reverse();
  });
  return { ...shape, chains };
}

/** Twice the signed area of a ring of arcs (world units, y down), taken from its first vertex for precision. */
export function ringArea(
  ring: readonly number[],
  { coords, arcStart }: Pick<Topology, 'coords' | 'arcStart'>,
): number {
  const origin = firstVertex(ring[0]!, arcStart);
  const originX = coords[2 * origin]!;
  const originY = coords[2 * origin + 1]!;
  let sum = 0;
  for (const reference of ring) {
    const arc = reference < 0 ? ~reference : reference;
    let part = 0;
    for (let i = 2 * arcStart[arc]!, end = 2 * arcStart[arc + 1]! - 2; i < end; i += 2) {
      const x = coords[i]! - originX;
      const y = coords[i + 1]! - originY;
      part += x * (coords[i + 3]! - originY) - (coords[i + 2]! - originX) * y;
    }
    sum += reference < 0 ? -part : part;
  }
  return sum;
}

function firstVertex(reference: number, arcStart: Uint32Array): number {
  return reference < 0 ? arcStart[~reference + 1]! - 1 : arcStart[reference]!;
}

/** Calls `visit` with every vertex of a chain in order; where two arcs meet, the vertex comes once. */
export function walkChain(
  chain: readonly number[],
  arcStart: Uint32Array,
  visit: (vertex: number) => void,
): void {
  chain.forEach((reference, i) => {
    const skip = i === 0 ? 0 : 1;
    if (reference < 0) {
      const first = arcStart[~reference]!;
      for (let v = arcStart[~reference + 1]! - 1 - skip; v >= first; v--) visit(v);
    } else {
      const end = arcStart[reference + 1]!;
      for (let v = arcStart[reference]! + skip; v < end; v++) visit(v);
    }
  });
}

/** The largest polygon (by exterior ring) of each row, as the number of its shape; −1 for rows without polygons. */
export function mainShapes(topology: Topology): Int32Array {
  const main = new Int32Array(topology.rows).fill(-1);
  const areas = new Float64Array(topology.rows);
  const { shapeRow, shapeType, shapeStart } = topology;
  for (let shape = 0; shape < shapeRow.length; shape++) {
    if (shapeType[shape] !== GeometryType.polygon) continue;
    const row = shapeRow[shape]!;
    const area = Math.abs(ringArea(chainAt(topology, shapeStart[shape]!), topology));
    if (main[row]! >= 0 && area <= areas[row]!) continue;
    main[row] = shape;
    areas[row] = area;
  }
  return main;
}
