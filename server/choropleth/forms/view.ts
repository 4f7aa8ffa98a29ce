import { shapeBounds } from '../../engine/cutting/boxes.ts';
import { latitudeOf, worldY } from '../../engine/grid.ts';
import type { TileIndex } from '../../engine/cutting/tile-index.ts';
import { shapesOf } from '../../engine/topology/flat.ts';
import type { Topology } from '../../engine/topology/topology.ts';
import type { Bounds } from '../../engine/types.ts';
import { MAX_ZOOM, WORLD } from '../../http/answers/tile.ts';
import { unwrap } from '../draw/geometry/cutting.ts';
import { boundsOf, cutMeridian, unwrapBox, type PartBox } from '../draw/geometry/longitudes.ts';

/** Regions spread wider than this many degrees of longitude make a map of mostly ocean. */
const WIDE = 180;

/**
 * The box that a map of the regions opens with, in degrees: all of them, or their mainland where a few lie
 * across the ocean or beyond the antimeridian. The mainland is the largest group of regions that are
 * joined by common borders, if most regions belong to it. Its east exceeds 180 where all lie on both sides of the
 * antimeridian.
 */
export function openingView(index: Pick<TileIndex, 'bounds' | 'topology'>): Bounds {
  if (!index.bounds) return WORLD;
  const all = clampToWorld(index.bounds);
  if (all[2] - all[0] <= WIDE) return all;
  const rows = new Set(mainland(index.topology));
  const parts = Array.from(shapesOf(index.topology), (shape): PartBox => {
    const [west, south, east, north] = shapeBounds(index.topology, shape);
    return { row: shape.row, west, south, east, north };
  });
  if (rows.size * 2 >= index.topology.rows)
    return clampToWorld(boundsOf(parts.filter(({ row }) => rows.has(row))));
  const cut = cutMeridian(parts);
  const [west, , east] = boundsOf(parts.map((part) => unwrapBox(part, cut)));
  if (east - west > WIDE) return all;
  const start = unwrap(west, -180);
  return [start, all[1], start + (east - west), all[3]];
}

/** Where there are tiles, for clients that ask for no others; all round where regions lie beyond the antimeridian. */
export function tiledBounds({ bounds }: Pick<TileIndex, 'bounds'>): Bounds {
  if (!bounds) return WORLD;
  const [west, south, east, north] = clampToWorld(bounds);
  return bounds[0] < WORLD[0] || bounds[2] > WORLD[2]
    ? [WORLD[0], south, WORLD[2], north]
    : [west, south, east, north];
}

/** Pixels of a map of unknown size. */
const TYPICAL = { width: 800, height: 600 };
/** Pixels of the whole world at zoom 0 (MapLibre's tiles are 512 pixels wide). */
const WORLD_PIXELS = 512;

/** Centre and zoom that a box fills a map of ordinary size with. */
export function cameraOf(view: Bounds): { center: [longitude: number, latitude: number]; zoom: number } {
  const [west, south, east, north] = view;
  const [top, bottom] = [worldY(north), worldY(south)];
  const width = (WORLD_PIXELS * Math.max(east - west, 1e-6)) / 360;
  const height = WORLD_PIXELS * Math.max(bottom - top, 1e-9);
  const zoom = Math.log2(Math.min(TYPICAL.width / width, TYPICAL.height / height));
  return {
    center: [middleLongitude(view), latitudeOf((top + bottom) / 2)],
    zoom: Math.max(0, Math.min(MAX_ZOOM, Math.floor(zoom * 100) / 100)),
  };
}

export function middleLongitude([west, , east]: Bounds): number {
  return unwrap((west + east) / 2, -180);
}

/** West, south, east, north inside the tiled world. */
export function clampToWorld([west, south, east, north]: Bounds): Bounds {
  return [
    Math.max(WORLD[0], west),
    Math.max(WORLD[1], south),
    Math.min(WORLD[2], east),
    Math.min(WORLD[3], north),
  ];
}

/** Rows of the largest group of regions that share arcs of their borders, directly or through others. */
function mainland(topology: Topology): number[] {
  const { arcStart, rows } = topology;
  const leaders = Int32Array.from({ length: rows }, (_, row) => row);
  const leaderOf = (row: number): number => {
    let leader = row;
    while (leaders[leader] !== leader) leader = leaders[leader] as number;
    leaders[row] = leader;
    return leader;
  };
  const rowOfArc = new Int32Array(arcStart.length).fill(-1);
  for (const { row, chains } of shapesOf(topology)) {
    for (const reference of chains.flat()) {
      const arc = reference < 0 ? ~reference : reference;
      const other = rowOfArc[arc] as number;
      if (other >= 0) leaders[leaderOf(row)] = leaderOf(other);
      rowOfArc[arc] = row;
    }
  }
  const groups = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const leader = leaderOf(row);
    const group = groups.get(leader);
    if (group) group.push(row);
    else groups.set(leader, [row]);
  }
  return [...groups.values()].reduce(
    (largest, group) => (group.length > largest.length ? group : largest),
    [],
  );
}
