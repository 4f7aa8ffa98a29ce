import { flatten, pointsOf, shapesOf } from '../topology/flat.ts';
import type { PointPart } from '../topology/parts.ts';
import { ringArea, wound, type Shape, type Topology } from '../topology/topology.ts';
import { weighVertices } from '../topology/weights.ts';
import { GeometryType, type Bounds } from '../types.ts';
import { placesOf, poleOr, pressedInto, withoutLongEdges, withoutSides, type Place } from './area.ts';
import { depthOf, type Grid } from './grid.ts';

/** Degrees that the world in degrees is drawn beyond its sides: outlines go on into the buffer of the tiles there. */
const BEYOND_WORLD = 3;
/** Square degrees that rounding may leave. */
const NO_AREA = 1e-12;
/** Shapes and points after which others may have their turn. */
const STEP = 200;

/** What of a layer lies in the area of a grid, ready to be projected. */
export interface Unprojected {
  /** Longitude, latitude, … of the vertices of all arcs, then of the points. */
  readonly degrees: Float64Array;
  readonly arcStart: Uint32Array;
  readonly shapes: readonly Shape[];
  readonly pointRows: readonly number[];
}

/** Collects arcs as they are needed, each once for each turn of the world. */
class Arcs {
  readonly #topology: Topology;
  readonly #grid: Grid;
  readonly #area: Bounds;
  readonly #numbers = new Map<number, number>();
  readonly values: number[] = [];
  readonly starts: number[] = [0];

  constructor(topology: Topology, grid: Grid, area: Bounds) {
    this.#topology = topology;
    this.#grid = grid;
    this.#area = area;
  }

  /** A reference to an arc, as shapes have it, for the arc so many turns further east. */
  referenceTo(reference: number, turn: number): number {
    const arc = reference < 0 ? ~reference : reference;
    const key = 3 * arc + turn + 1;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.starts.length - 1;
      this.#numbers.set(key, number);
      this.#add(arc, turn);
    }
    return reference < 0 ? ~number : number;
  }

  /** The chains that are left of a line that is partly outside: no arc of it is anybody else's. */
  chainsWithin(chain: readonly number[], turn: number): number[][] {
    return chain.flatMap((arc) =>
      withoutSides(this.#area, this.#pressed(arc, turn)).map((piece) => [this.#push(piece)]),
    );
  }

  #add(arc: number, turn: number): void {
    this.#push(this.#pressed(arc, turn));
  }

  #pressed = (arc: number, turn: number): Place[] =>
    pressedInto(this.#area, placesOf(this.#topology, arc, 360 * turn));

  #push(places: readonly Place[]): number {
    const line = this.#grid.isDegrees ? places : withoutLongEdges(places);
    for (const [longitude, latitude] of line) this.values.push(longitude, latitude);
    return this.starts.push(this.values.length / 2) - 2;
  }
}

/** Takes what lies in a grid's area out of a topology; what lies a turn of the world aside is moved there. */
export function* unprojected(topology: Topology, grid: Grid): Generator<void, Unprojected> {
  const area = areaOf(grid);
  const arcs = new Arcs(topology, grid, area);
  const shapes: Shape[] = [];
  const boxes = boxesOfArcs(topology);
  let i = 0;
  for (const shape of shapesOf(topology)) {
    if (i++ % STEP === 0) yield;
    for (const turn of [-1, 0, 1]) {
      const lies = boxMeets(boxes, shape, area, turn);
      if (lies === 'outside') continue;
      const isCutLine = lies === 'across' && shape.type === GeometryType.line;
      const chains = isCutLine
        ? shape.chains.flatMap((chain) => arcs.chainsWithin(chain, turn))
        : shape.chains.map((chain) => chain.map((reference) => arcs.referenceTo(reference, turn)));
      const moved = { ...shape, chains };
      if (lies === 'within' || isSeen(moved, arcs)) shapes.push(moved);
    }
  }
  const arcStart = Uint32Array.from(arcs.starts);
  const pointRows: number[] = [];
  for (const { row, position } of pointsOf(topology)) {
    const place = placeIn(area, position[0]!, poleOr(position[1]!));
    if (!place) continue;
    pointRows.push(row);
    arcs.values.push(...place);
  }
  return { degrees: Float64Array.from(arcs.values), arcStart, shapes, pointRows };
}

/** What is drawn, in degrees. */
function areaOf({ isDegrees, bounds }: Grid): Bounds {
  const [west, south, east, north] = bounds;
  return isDegrees ? [west - BEYOND_WORLD, south, east + BEYOND_WORLD, north] : bounds;
}

/** Whether anything is left of a shape that is partly outside: pressed flat it has no area, or no length. */
function isSeen({ type, chains }: Shape, { values, starts }: Arcs): boolean {
  const flat = { coords: values as unknown as Float64Array, arcStart: starts as unknown as Uint32Array };
  const [outline] = chains;
  if (type === GeometryType.line) return outline !== undefined;
  return Math.abs(ringArea(outline!, flat)) > NO_AREA;
}

/** A position moved by whole turns into an area; undefined where it is not in it. */
function placeIn([west, south, east, north]: Bounds, longitude: number, latitude: number) {
  if (!(latitude >= south && latitude <= north)) return undefined;
  const moved = longitude - 360 * Math.floor((longitude - west) / 360);
  return moved <= east ? ([moved, latitude] as const) : undefined;
}

/** West, south, east, north of each arc in degrees. */
function boxesOfArcs(topology: Topology): Float64Array {
  const arcs = topology.arcStart.length - 1;
  const boxes = new Float64Array(4 * arcs);
  for (let arc = 0; arc < arcs; arc++) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of placesOf(topology, arc, 0)) {
      box[0] = Math.min(box[0]!, x);
      box[1] = Math.min(box[1]!, y);
      box[2] = Math.max(box[2]!, x);
      box[3] = Math.max(box[3]!, y);
    }
    boxes.set(box, 4 * arc);
  }
  return boxes;
}

function boxMeets(
  boxes: Float64Array,
  { chains, type }: Shape,
  [west, south, east, north]: Bounds,
  turn: number,
): 'outside' | 'within' | 'across' {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  // Holes are inside the exterior ring.
  for (const reference of type === GeometryType.polygon ? chains[0]! : chains.flat()) {
    const at = 4 * (reference < 0 ? ~reference : reference);
    minX = Math.min(minX, boxes[at]! + 360 * turn);
    minY = Math.min(minY, boxes[at + 1]!);
    maxX = Math.max(maxX, boxes[at + 2]! + 360 * turn);
    maxY = Math.max(maxY, boxes[at + 3]!);
  }
  if (minX >= east || maxX <= west || minY >= north || maxY <= south) return 'outside';
  return minX >= west && maxX <= east && minY >= south && maxY <= north ? 'within' : 'across';
}

/** The topology on the plane of a grid, in "world" coordinates of the engine: the square that all tiles of zoom 0 lie in. */
export function* onPlane(
  { arcStart, shapes, pointRows }: Unprojected,
  projected: Float64Array,
  { grid, rows }: { readonly grid: Grid; readonly rows: number },
): Generator<void, Topology> {
  const world = grid.side * 2 ** depthOf(grid);
  const [left, top] = grid.origin;
  const unit = (value: number, i: number): number => (i % 2 === 0 ? value - left : top - value) / world;
  const vertices = arcStart[arcStart.length - 1]!;
  const coords = projected.subarray(0, 2 * vertices).map(unit);
  const weights = new Float32Array(vertices);
  for (let arc = 0; arc < arcStart.length - 1; arc++) {
    if (arc % STEP === 0) yield;
    weighVertices(coords, arcStart[arc]!, arcStart[arc + 1]!, weights);
  }
  const positions = projected.subarray(2 * vertices).map(unit);
  const points = pointRows.map((row, i): PointPart => ({
    row,
    position: [positions[2 * i]!, positions[2 * i + 1]!],
  }));
  const turned = shapes.map((shape) => wound(shape, { coords, arcStart }));
  const vertexCount = vertices + points.length;
  return flatten({ coords, weights, arcStart, shapes: turned, points, rows, vertexCount });
}
