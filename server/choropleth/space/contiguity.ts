import type { MultiPolygon, Polygon } from 'geojson';
import type { GeometryObject, Topology } from 'topojson-specification';
import { mapped } from '../../tools/slices.ts';
import { atOnce } from '../../tools/turns.ts';

/** Regions, or places, after which others may have their turn. */
const STEP = 200;

export interface Neighbours {
  /** Per region the positions of its neighbours, ascending. */
  readonly lists: readonly (readonly number[])[];
  /** Regions without any neighbour, and those without a geometry. */
  readonly islands: readonly number[];
}

/**
 * Queen contiguity: regions are neighbours when their borders share a vertex, be it along a line or at a corner.
 *
 * Vertices are compared exactly, so borders must have been drawn once and shared, as in administrative sets.
 * Where one region's border runs past a corner of its neighbour without a vertex there, they do not meet.
 *
 * @param geometries one per region, in any coordinate system; `null` has no neighbours
 */
export function neighboursOf(geometries: readonly (Polygon | MultiPolygon | null)[]): Neighbours {
  const touching = new Touching<number>(geometries.length);
  for (const [region, geometry] of geometries.entries()) {
    for (const ring of ringsOf(geometry)) {
      for (const [x, y] of ring) touching.add(region, x!, y!);
    }
  }
  return atOnce(touching.neighbours());
}

/**
 * The same from a topology, whose arcs end wherever three borders meet: regions are neighbours when they share
 * an arc or the end of one. Far fewer points to compare, and it survives simplification.
 *
 * @param geometries of one object of the topology, one per region
 */
export function neighboursInTopology(topology: Topology, geometries: readonly GeometryObject[]): Neighbours {
  return atOnce(neighbourSteps(topology, geometries));
}

/** The same in steps: of many regions it takes a second. */
export function* neighbourSteps(
  topology: Topology,
  geometries: readonly GeometryObject[],
): Generator<undefined, Neighbours> {
  const touching = new Touching<number | string>(geometries.length);
  for (const [region, geometry] of geometries.entries()) {
    for (const index of arcsOf(geometry)) {
      const arc = index < 0 ? ~index : index;
      touching.add(region, 'arc', arc);
      for (const [x, y] of arcEnds(topology, arc)) touching.add(region, x, y);
    }
    if (region % STEP === 0) yield;
  }
  return yield* touching.neighbours();
}

/** Collects which regions touch which places; a place is a pair of keys. */
class Touching<Key> {
  readonly #places = new Map<Key, Map<number, number[]>>();
  readonly #regions: number;

  constructor(regions: number) {
    this.#regions = regions;
  }

  add(region: number, x: Key, y: number): void {
    const column = this.#places.get(x) ?? new Map<number, number[]>();
    if (column.size === 0) this.#places.set(x, column);
    const here = column.get(y);
    if (!here) column.set(y, [region]);
    else if (here.at(-1) !== region) here.push(region);
  }

  *neighbours(): Generator<undefined, Neighbours> {
    const sets = Array.from({ length: this.#regions }, () => new Set<number>());
    let places = 0;
    for (const column of this.#places.values()) {
      for (const here of column.values()) {
        for (const a of here) for (const b of here) if (a !== b) sets[a]!.add(b);
        if (++places % STEP === 0) yield;
      }
    }
    const lists = yield* mapped(sets, (set) => [...set].sort((a, b) => a - b));
    return { lists, islands: lists.flatMap((list, region) => (list.length === 0 ? [region] : [])) };
  }
}

function ringsOf(geometry: Polygon | MultiPolygon | null): number[][][] {
  if (!geometry) return [];
  return geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat();
}

function arcsOf(geometry: GeometryObject): number[] {
  if (geometry.type === 'Polygon') return geometry.arcs.flat();
  if (geometry.type === 'MultiPolygon') return geometry.arcs.flat(2);
  return [];
}

/** First and last point of an arc. In a quantized topology an arc holds steps, which add up to its last point. */
function arcEnds({ arcs, transform }: Topology, index: number): [x: number, y: number][] {
  const arc = arcs[index]!;
  const [first, last] = [arc[0]!, arc.at(-1)!];
  if (!transform) {
    return [
      [first[0]!, first[1]!],
      [last[0]!, last[1]!],
    ];
  }
  const end: [number, number] = [0, 0];
  for (const [dx, dy] of arc) {
    end[0] += dx!;
    end[1] += dy!;
  }
  return [[first[0]!, first[1]!], end];
}
