import type { Vertices } from './vertices.ts';
import { doubleArea, type Chain, type Polygon } from './wkb.ts';

/** Edges from one vertex to another, what is filled to their left. */
export interface Outline {
  /** By where they begin. */
  readonly leaving: Map<number, number[]>;
  /** False where polygons lie over each other: then no outline can be told from the edges. */
  readonly apart: boolean;
}

/** The edges of polygons side by side without those between them. */
export function outlineOf(polygons: readonly Polygon[]): Outline {
  const leaving = new Map<number, number[]>();
  let apart = true;
  for (const polygon of polygons) {
    for (const ring of polygon) {
      for (let i = 0; i < ring.length; i++) {
        const [from, to] = [ring[i]!, ring[(i + 1) % ring.length]!];
        if (take(leaving, to, from)) continue;
        const others = leaving.get(from);
        if (!others) leaving.set(from, [to]);
        else if (others.includes(to)) apart = false;
        else others.push(to);
      }
    }
  }
  return { leaving, apart };
}

/** Takes an edge away; false where there is none. */
function take(leaving: Map<number, number[]>, from: number, to: number): boolean {
  const ends = leaving.get(from);
  const at = ends?.indexOf(to) ?? -1;
  if (!ends || at < 0) return false;
  if (ends.length === 1) leaving.delete(from);
  else ends.splice(at, 1);
  return true;
}

/** The polygons that an outline is of. A ring is closed where it first meets itself, so none touches itself. */
export function polygonsOf({ leaving }: Outline, vertices: Vertices): Polygon[] {
  return nested(ringsOf(leaving), vertices);
}

function ringsOf(edges: ReadonlyMap<number, readonly number[]>): Chain[] {
  const leaving = new Map([...edges].map(([from, ends]) => [from, [...ends]]));
  const rings: Chain[] = [];
  for (const start of edges.keys()) {
    const path: number[] = [];
    const since = new Map<number, number>();
    for (let at = start; ;) {
      const known = since.get(at);
      if (known !== undefined) {
        const ring = path.splice(known);
        for (const vertex of ring) since.delete(vertex);
        rings.push(ring);
      }
      const next = leaving.get(at)?.pop();
      if (next === undefined) break;
      since.set(at, path.length);
      path.push(at);
      at = next;
    }
  }
  return rings;
}

/** Exterior rings, each with the holes that lie in it. */
function nested(rings: readonly Chain[], vertices: Vertices): Polygon[] {
  const sized = rings.map((ring) => ({ ring, area: doubleArea(ring, vertices) }));
  const exteriors = sized.filter(({ area }) => area > 0).sort((a, b) => a.area - b.area);
  const polygons = exteriors.map(({ ring }): Polygon => [ring]);
  for (const { ring, area } of sized) {
    if (area >= 0) continue;
    const around = polygons.findIndex(
      ([exterior], i) => exteriors[i]!.area > -area && holds(exterior!, ring, vertices),
    );
    polygons[around]?.push(ring);
  }
  return polygons;
}

/** Whether a ring holds another, which it may touch but not cross: by the middle of an edge, where they never meet. */
function holds(exterior: Chain, [a, b]: Chain, { coords }: Vertices): boolean {
  const x = (coords[2 * a!]! + coords[2 * b!]!) / 2;
  const y = (coords[2 * a! + 1]! + coords[2 * b! + 1]!) / 2;
  let inside = false;
  for (let i = 0, j = exterior.length - 1; i < exterior.length; j = i++) {
    const [p, q] = [2 * exterior[i]!, 2 * exterior[j]!];
    const [py, qy] = [coords[p + 1]!, coords[q + 1]!];
    if (py > y !== qy > y && x < coords[p]! + ((y - py) / (qy - py)) * (coords[q]! - coords[p]!))
      inside = !inside;
  }
  return inside;
}
