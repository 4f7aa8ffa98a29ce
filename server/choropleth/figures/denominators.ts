import type { Position } from 'geojson';
import type { MemoryLayer } from '../../engine/memory/memory-layer.ts';
import { latitudeOf, longitudeOf } from '../../engine/grid.ts';
import { shapesOf } from '../../engine/topology/flat.ts';
import { walkChain, type Shape, type Topology } from '../../engine/topology/topology.ts';
import { GeometryType } from '../../engine/types.ts';
import { ellipsoidArea } from '../regions/ellipsoid.ts';
import type { Regions } from '../regions/regions.ts';
import { inTurns } from '../../tools/turns.ts';

/** Shapes that are measured before others may have their turn. */
const PER_STEP = 200;

const areas = new WeakMap<MemoryLayer, Promise<readonly (number | null)[]>>();

/** Area of each region in km² on the ellipsoid (see `ellipsoidArea`): the same whatever the database. */
export function areasOf({ layer }: Regions): Promise<readonly (number | null)[]> {
  const known = areas.get(layer) ?? inTurns(measure(layer));
  areas.set(layer, known);
  return known;
}

function* measure({ index: { topology }, rows }: MemoryLayer): Generator<undefined, (number | null)[]> {
  const sums = new Float64Array(rows);
  let count = 0;
  for (const shape of shapesOf(topology)) {
    if (shape.type === GeometryType.polygon) sums[shape.row]! += shapeArea(topology, shape);
    if (++count % PER_STEP === 0) yield;
  }
  return Array.from(sums, (area) => area / 1e6 || null);
}

/** Every vertex counts: those on a parallel are in line on the map, but without them a shortest line leaves it. */
function shapeArea({ coords, arcStart }: Topology, { chains }: Shape): number {
  const rings = chains.map((chain) => {
    const ring: Position[] = [];
    walkChain(chain, arcStart, (vertex) =>
      ring.push([longitudeOf(coords[2 * vertex]!), latitudeOf(coords[2 * vertex + 1]!)]),
    );
    return ring;
  });
  return ellipsoidArea({ type: 'Polygon', coordinates: rings });
}

/**
 * A column of the finest regions summed up to a level, by row of that level.
 * @param levels the finest regions first, the level itself last
 */
export function columnByRegion(levels: readonly Regions[], column: string): (number | null)[] {
  const finest = levels[0]!;
  const figures = finest.layer.values.get(column) ?? [];
  let sums = new Map<string, number>();
  for (const [row, code] of finest.codes.entries()) {
    const figure = figures.at(row);
    if (figure != null && Number.isFinite(Number(figure))) add(sums, code, Number(figure));
  }
  for (const level of levels.slice(0, -1)) {
    const above = new Map<string, number>();
    for (const [row, code] of level.codes.entries()) {
      const [parent, sum] = [level.parents[row], sums.get(code)];
      if (parent != null && sum !== undefined) add(above, parent, sum);
    }
    sums = above;
  }
  return levels.at(-1)!.codes.map((code) => sums.get(code) ?? null);
}

function add(sums: Map<string, number>, code: string, figure: number): void {
  sums.set(code, (sums.get(code) ?? 0) + figure);
}
