import { Arcs } from './arcs.ts';
import { outlineOf, polygonsOf, type Outline } from './dissolve.ts';
import { Junctions } from './junctions.ts';
import { Vertices } from './vertices.ts';
import { doubleArea, readWkb, writeWkb, type Chain, type Polygon, type Shapes } from './wkb.ts';

/** One row of a block, or a neighbour of one. */
export interface BlockRow {
  readonly row: number;
  /** Rows of one group become one. */
  readonly group: number;
  /** False for neighbours: they are only looked at. All rows of a group are, or none is. */
  readonly own: boolean;
  /** Lines and polygons in a plane. */
  readonly wkb: Uint8Array;
}

export interface Coarseness {
  /** How far an outline may move. */
  readonly tolerance: number;
  /** What is shorter than this in both directions is left out. */
  readonly smallest: number;
  /** Of rows that were put together, other parts than the largest with less area than this are left out, and so are holes. */
  readonly smallestPart: number;
}

/** What a group became; none where nothing of it can be seen. */
export interface GeneralRow {
  /** The largest of the group. */
  readonly row: number;
  readonly wkb: Uint8Array;
}

/** Rows of a group, as they are read. */
interface Group {
  readonly own: boolean;
  readonly rows: { readonly row: number; readonly shapes: Shapes }[];
}

/** What of a group is drawn. */
interface Drawn extends Shapes {
  readonly row: number;
}

/**
 * Puts rows of a group together and simplifies them so that neighbours go on sharing their borders, those in other
 * blocks included: each arc is simplified by itself, and arcs end where they would if all rows were looked at together,
 * as all that touches a block's rows is looked at here. Of alike rows of a group the first counts, so they come in an
 * order that is the same each time.
 */
export function generalize(rows: readonly BlockRow[], coarseness: Coarseness): GeneralRow[] {
  const vertices = new Vertices();
  const groups = groupsOf(rows, vertices);
  const junctions = new Junctions(vertices.size);
  const drawn = groups.map((group) => draw(group, vertices, junctions));
  const arcs = new Arcs(vertices, junctions, coarseness.tolerance);
  return groups.flatMap((group, i) => {
    if (!group.own) return [];
    const smallestPart = group.rows.length > 1 ? coarseness.smallestPart : 0;
    const shapes = simplified(drawn[i]!, arcs, vertices, smallestPart);
    const isSeen = extentOf([...shapes.lines, ...shapes.polygons.flat()], vertices) >= coarseness.smallest;
    if (!isSeen) return [];
    return [{ row: drawn[i]!.row, wkb: writeWkb(shapes, vertices) }];
  });
}

function groupsOf(rows: readonly BlockRow[], vertices: Vertices): Group[] {
  const groups = new Map<number, Group>();
  for (const { row, group: id, own, wkb } of rows) {
    let group = groups.get(id);
    if (!group) groups.set(id, (group = { own, rows: [] }));
    group.rows.push({ row, shapes: readWkb(wkb, vertices) });
  }
  return [...groups.values()];
}

/** Takes in where the group's lines go, and gives them; those of neighbours are given to nobody. */
function draw({ own, rows }: Group, vertices: Vertices, junctions: Junctions): Drawn {
  const largest = rows.length === 1 ? rows[0]! : largestOf(rows, vertices);
  const polygons = rows.flatMap(({ shapes }) => shapes.polygons);
  const outline = rows.length > 1 && polygons.length > 1 ? outlineOf(polygons) : undefined;
  if (!outline?.apart) {
    const { row, shapes } = largest;
    for (const line of shapes.lines) junctions.addLine(line);
    for (const ring of shapes.polygons.flat()) junctions.addRing(ring);
    return { row, ...shapes };
  }
  addOutline(outline, junctions);
  return { row: largest.row, lines: [], polygons: own ? polygonsOf(outline, vertices) : [] };
}

/** By edges: of a neighbour's group some rows may be missing, so that its outline is closed nowhere. */
function addOutline({ leaving }: Outline, junctions: Junctions): void {
  for (const [from, ends] of leaving) for (const to of ends) junctions.addEdge(from, to);
}

/** Of several alike the first. */
function largestOf(rows: Group['rows'], vertices: Vertices): Group['rows'][number] {
  let best = rows[0]!;
  let size = -1;
  for (const one of rows) {
    const own = sizeOf(one.shapes, vertices);
    if (own <= size) continue;
    best = one;
    size = own;
  }
  return best;
}

/** Areas count before lengths. */
function sizeOf({ lines, polygons }: Shapes, vertices: Vertices): number {
  if (polygons.length === 0) return extentOf(lines, vertices);
  return polygons.reduce((sum, rings) => sum + areaOf(rings, vertices), 0);
}

function areaOf(polygon: Polygon, vertices: Vertices): number {
  return polygon.reduce((sum, ring) => sum + doubleArea(ring, vertices), 0) / 2;
}

function simplified(
  { lines, polygons }: Shapes,
  arcs: Arcs,
  vertices: Vertices,
  smallestPart: number,
): Shapes {
  const all: { rings: Polygon; area: number }[] = [];
  for (const [exterior, ...holes] of polygons) {
    const outer = arcs.ring(exterior!);
    const area = doubleArea(outer, vertices) / 2;
    if (!(area > 0)) continue;
    const inner = holes
      .map((hole) => arcs.ring(hole))
      .filter((hole) => doubleArea(hole, vertices) / 2 < Math.min(-smallestPart, -Number.MIN_VALUE));
    all.push({ rings: [outer, ...inner], area });
  }
  const largest = all.reduce((max, { area }) => Math.max(max, area), 0);
  const parts = all.filter(({ area }) => area >= Math.min(smallestPart, largest));
  return { lines: lines.map((line) => arcs.line(line)), polygons: parts.map(({ rings }) => rings) };
}

/** The longer side of the box around all. */
function extentOf(chains: readonly Chain[], { coords }: Vertices): number {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const chain of chains) {
    for (const vertex of chain) {
      const [x, y] = [coords[2 * vertex]!, coords[2 * vertex + 1]!];
      minX = Math.min(minX, x);
      maxX = Math.max(maxX, x);
      minY = Math.min(minY, y);
      maxY = Math.max(maxY, y);
    }
  }
  return Math.max(maxX - minX, maxY - minY);
}
