/** A ring: x, y, x, y, … in whole units, the first position not repeated. Exteriors run clockwise on screen. */
export type Ring = readonly number[];
/** Exterior first, then its holes. */
export type PolygonRings = readonly Ring[];

interface Edge {
  readonly from: number;
  readonly to: number;
  /** How often it occurs in this direction, less how often in the other. */
  times: number;
}

/**
 * Valid polygons of closed rings whose edges meet at their ends alone: what the rings wind around at least once,
 * exteriors clockwise on screen. Edges that occur both ways are none; rings touch each other, or themselves, nowhere
 * but that a hole may touch at single positions.
 */
export function rebuilt(rings: readonly Ring[]): PolygonRings[] {
  const graph = new Graph(rings);
  return inPolygons(graph.boundaries().flatMap(simpleRings));
}

class Graph {
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  readonly #edges: Edge[] = [];
  /** Edges at each vertex, by angle: 2e leaves it as edge e, 2e + 1 as edge e backwards. */
  readonly #spokes: number[][] = [];
  /** Winding number on the right (on screen, of its direction) of each edge; undefined until it is known. */
  readonly #right: (number | undefined)[] = [];

  constructor(rings: readonly Ring[]) {
    const vertices = new Map<string, number>();
    const vertex = (x: number, y: number): number => {
      const key = `${x} ${y}`;
      const known = vertices.get(key);
      if (known !== undefined) return known;
      vertices.set(key, this.#x.length);
      this.#x.push(x);
      this.#y.push(y);
      this.#spokes.push([]);
      return this.#x.length - 1;
    };
    const edges = new Map<string, Edge>();
    for (const ring of rings) {
      let from = ring.length > 0 ? vertex(ring.at(-2)!, ring.at(-1)!) : 0;
      for (let i = 0; i < ring.length; i += 2) {
        const to = vertex(ring[i]!, ring[i + 1]!);
        if (to !== from) count(edges, from, to);
        from = to;
      }
    }
    for (const edge of edges.values()) {
      if (edge.times === 0) continue;
      const number = this.#edges.push(edge) - 1;
      this.#spokes[edge.from]!.push(2 * number);
      this.#spokes[edge.to]!.push(2 * number + 1);
    }
    for (const spokes of this.#spokes) spokes.sort((a, b) => this.#angle(a) - this.#angle(b));
  }

  /** Rings between what is wound around and what is not, each along one side of it, interior on the right. */
  boundaries(): number[][] {
    for (let edge = 0; edge < this.#edges.length; edge++) {
      if (this.#right[edge] === undefined) this.#spread(edge);
    }
    const done = new Set<number>();
    const rings: number[][] = [];
    for (let edge = 0; edge < this.#edges.length; edge++) {
      const spoke = this.#inwards(edge);
      if (spoke === undefined || done.has(spoke)) continue;
      const ring: number[] = [];
      for (let at = spoke; !done.has(at); at = this.#next(at)) {
        done.add(at);
        const start = this.#startOf(at);
        ring.push(this.#x[start]!, this.#y[start]!);
      }
      rings.push(ring);
    }
    return rings;
  }

  /** The direction of an edge that has the interior on its right; undefined where it is no boundary. */
  #inwards(edge: number): number | undefined {
    const right = this.#right[edge]! > 0;
    const left = this.#right[edge]! - this.#edges[edge]!.times > 0;
    if (right === left) return undefined;
    return right ? 2 * edge : 2 * edge + 1;
  }

  /** The boundary that goes on along the same piece of the interior. */
  #next(spoke: number): number {
    const back = spoke ^ 1;
    const spokes = this.#spokes[this.#startOf(back)]!;
    // From where we come, over the interior on the right, to the first boundary.
    const start = spokes.indexOf(back) + spokes.length;
    for (let i = start - 1; i > start - spokes.length; i--) {
      const next = spokes[i % spokes.length]!;
      if (this.#inwards(next >> 1) === next) return next;
    }
    return spoke; // the edges cross after all: the ring ends here
  }

  /** Finds the winding numbers of all edges that hang together with this one. */
  #spread(first: number): void {
    this.#right[first] = this.#windingRightOf(first);
    const open = [first];
    const seen = new Set<number>();
    while (open.length > 0) {
      const edge = open.pop()!;
      for (const vertex of [this.#edges[edge]!.from, this.#edges[edge]!.to]) {
        if (seen.has(vertex)) continue;
        seen.add(vertex);
        open.push(...this.#spreadAround(vertex, edge));
      }
    }
  }

  /** The other edges at a vertex, now known. */
  #spreadAround(vertex: number, known: number): number[] {
    const spokes = this.#spokes[vertex]!;
    const first = spokes.findIndex((spoke) => spoke >> 1 === known);
    const found: number[] = [];
    // Clockwise on screen: behind a spoke that leaves comes its right side.
    let winding = this.#clockwiseSide(spokes[first]!);
    for (let i = 1; i < spokes.length; i++) {
      const spoke = spokes[(first + i) % spokes.length]!;
      const edge = spoke >> 1;
      const { times } = this.#edges[edge]!;
      // What lies before it in clockwise order is the left side of one that leaves, the right of one that comes.
      if (this.#right[edge] === undefined) {
        this.#right[edge] = spoke & 1 ? winding : winding + times;
        found.push(edge);
      }
      winding = this.#clockwiseSide(spoke);
    }
    return found;
  }

  /** Winding number on the side of a spoke that comes next clockwise on screen. */
  #clockwiseSide(spoke: number): number {
    const right = this.#right[spoke >> 1]!;
    return spoke & 1 ? right - this.#edges[spoke >> 1]!.times : right;
  }

  /** By a ray from the middle of the edge: each edge that crosses it counts. */
  #windingRightOf(edge: number): number {
    const { from, to } = this.#edges[edge]!;
    const [x, y] = [(this.#x[from]! + this.#x[to]!) / 2, (this.#y[from]! + this.#y[to]!) / 2];
    const [dx, dy] = [this.#x[to]! - this.#x[from]!, this.#y[to]! - this.#y[from]!];
    // Along the axis that the edge is not parallel to, over edges as if their lower end were a little higher.
    const isSteep = Math.abs(dy) >= Math.abs(dx);
    let sum = 0;
    for (const other of this.#edges) {
      if (other === this.#edges[edge]) continue;
      const [ax, ay] = [this.#x[other.from]!, this.#y[other.from]!];
      const [bx, by] = [this.#x[other.to]!, this.#y[other.to]!];
      sum +=
        other.times *
        (isSteep ? crossing(ay - y, by - y, ax - x, bx - x) : crossing(ax - x, bx - x, y - ay, y - by));
    }
    // The ray runs on one side of the edge; on the other its own winding counts.
    const isRight = isSteep ? dy < 0 : dx < 0;
    return isRight ? sum : sum + this.#edges[edge]!.times;
  }

  #startOf(spoke: number): number {
    const edge = this.#edges[spoke >> 1]!;
    return spoke & 1 ? edge.to : edge.from;
  }

  #angle(spoke: number): number {
    const from = this.#startOf(spoke);
    const to = this.#startOf(spoke ^ 1);
    return Math.atan2(this.#y[to]! - this.#y[from]!, this.#x[to]! - this.#x[from]!);
  }
}

function count(edges: Map<string, Edge>, from: number, to: number): void {
  const back = edges.get(`${to} ${from}`);
  if (back) {
    back.times--;
    return;
  }
  const key = `${from} ${to}`;
  const known = edges.get(key);
  if (known) known.times++;
  else edges.set(key, { from, to, times: 1 });
}

/** +1 or −1 where an edge from (c, a) to (d, b) crosses the ray from 0 along the second axis; else 0. */
function crossing(a: number, b: number, c: number, d: number): -1 | 0 | 1 {
  if (a <= 0 === b <= 0) return 0;
  if (c - (a * (d - c)) / (b - a) <= 0) return 0;
  return a <= 0 ? 1 : -1;
}

/** A ring without positions that it comes to twice: what lies between them is a ring of its own. */
function simpleRings(ring: Ring): number[][] {
  const rings: number[][] = [];
  const seen = new Map<string, number>();
  const open: number[] = [];
  for (let i = 0; i < ring.length; i += 2) {
    const key = `${ring[i]} ${ring[i + 1]}`;
    const before = seen.get(key);
    if (before === undefined) {
      seen.set(key, open.length);
      open.push(ring[i]!, ring[i + 1]!);
      continue;
    }
    const loop = open.slice(before);
    rings.push(loop);
    for (let k = 2; k < loop.length; k += 2) seen.delete(`${loop[k]} ${loop[k + 1]}`);
    open.length = before + 2;
  }
  rings.push(open);
  return rings.filter(({ length }) => length >= 6);
}

/** Each hole with the smallest exterior around it; exteriors in the order in which they were found. */
export function inPolygons(rings: readonly number[][]): PolygonRings[] {
  if (rings.length === 1) return [[rings[0]!]];
  const areas = rings.map(areaOf);
  const polygons = rings.filter((_, i) => areas[i]! > 0).map((ring) => [ring]);
  if (polygons.length === rings.length) return polygons;
  const bySize = [...polygons].sort(([a], [b]) => areaOf(a!) - areaOf(b!));
  for (const [i, hole] of rings.entries()) {
    if (areas[i]! >= 0) continue;
    // Rings touch at positions alone, so the middle of an edge is inside or outside.
    const [x, y] = [(hole[0]! + hole[2]!) / 2, (hole[1]! + hole[3]!) / 2];
    bySize.find(([exterior]) => contains(exterior!, x, y))?.push(hole);
  }
  return polygons;
}

/** Twice the area, positive where the ring runs clockwise on screen. */
function areaOf(ring: Ring): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    sum += ring[j]! * ring[i + 1]! - ring[i]! * ring[j + 1]!;
  }
  return sum;
}

function contains(ring: Ring, x: number, y: number): boolean {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    sum += crossing(ring[j + 1]! - y, ring[i + 1]! - y, ring[j]! - x, ring[i]! - x);
  }
  return sum !== 0;
}
