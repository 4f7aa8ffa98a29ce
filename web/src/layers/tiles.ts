import type { Tile } from './client.ts';

/** Pure: which tiles of the grid of Web Mercator a map shows. */

/** A tile with its place: of a copy of the world beside the first one `column` is not `x`. */
export interface Placed extends Tile {
  column: number;
}

export interface View {
  zoom: number;
  /** Degrees; east may exceed 180. */
  bounds: { west: number; south: number; east: number; north: number };
}

export interface Grid {
  minzoom: number;
  maxzoom: number;
  /** Of the layer, in degrees. */
  bounds: readonly [west: number, south: number, east: number, north: number];
  /** Pixels of a tile's side at its own zoom: 512 of vector tiles, 256 of pictures. */
  size: number;
}

/** Beyond that many, a screen is full of borders. */
const MOST_TILES = 48;

/** Row by row from the north-west; none where the layer has no tiles at the zoom. */
export function tilesIn({ zoom, bounds }: View, { minzoom, maxzoom, bounds: box, size }: Grid): Placed[] {
  const own = Math.max(0, size === 512 ? Math.floor(zoom) : Math.round(zoom + 1));
  if (own < minzoom) return [];
  const z = Math.min(own, maxzoom);
  const side = 2 ** z;
  const columnOf = (longitude: number): number => Math.floor(((longitude + 180) / 360) * side);
  const rowOf = (latitude: number): number =>
    Math.min(side - 1, Math.max(0, Math.floor(worldY(latitude) * side)));
  const placed = new Map<string, Placed>();
  for (let y = rowOf(bounds.north); y <= rowOf(bounds.south); y++)
    for (let column = columnOf(bounds.west); column <= columnOf(bounds.east); column++) {
      const x = ((column % side) + side) % side;
      const isIn = x >= columnOf(box[0]) && x <= columnOf(box[2]) && y >= rowOf(box[3]) && y <= rowOf(box[1]);
      // Of the copies of a tile, that in the first world is meant.
      if (isIn && (column === x || !placed.has(`${x}/${y}`))) placed.set(`${x}/${y}`, { z, x, y, column });
    }
  return [...placed.values()].slice(0, MOST_TILES);
}

/** North-western corner in degrees, beyond 180 on a copy of the world. */
export function cornerOf(z: number, column: number, y: number): [longitude: number, latitude: number] {
  const side = 2 ** z;
  return [
    (column / side) * 360 - 180,
    (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / side))) * 180) / Math.PI,
  ];
}

function worldY(latitude: number): number {
  const sine = Math.sin((Math.max(-85.06, Math.min(85.06, latitude)) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}
