import type { TileCoord } from '../../engine/types.ts';

/**
 * Numbers of tiles in PMTiles (spec v3, §4.1): all tiles of zoom 0, then of zoom 1, …, those of a zoom along the Hilbert
 * curve. The four children of the tile at place `p` are at places `4p` to `4p + 3`, so a walk along the tiles of one zoom
 * gives those of the next in order. Arithmetic instead of bits: places of deep zooms need more than 32 of them.
 */

/** The number of the first tile of a zoom. */
export function firstId(z: number): number {
  return (4 ** z - 1) / 3;
}

/** Place of a tile on the curve of its zoom. */
export function placeOf({ z, x, y }: TileCoord): number {
  let place = 0;
  let [tx, ty] = [x, y];
  for (let side = 2 ** z / 2; side >= 1; side /= 2) {
    const right = tx >= side ? 1 : 0;
    const below = ty >= side ? 1 : 0;
    place += side * side * ((3 * right) ^ below);
    [tx, ty] = turned(side, tx - side * right, ty - side * below, right, below);
  }
  return place;
}

/** The tile at a place. */
export function tileAtPlace(z: number, place: number): TileCoord {
  let [x, y] = [0, 0];
  let rest = place;
  for (let side = 1; side < 2 ** z; side *= 2) {
    const quarter = rest % 4;
    rest = Math.floor(rest / 4);
    const right = quarter >> 1;
    const below = (quarter ^ right) & 1;
    [x, y] = turned(side, x, y, right, below);
    x += side * right;
    y += side * below;
  }
  return { z, x, y };
}

export function tileId(coord: TileCoord): number {
  return firstId(coord.z) + placeOf(coord);
}

/** The curve in a quarter is turned or mirrored, so that it ends where the next one begins. */
function turned(side: number, x: number, y: number, right: number, below: number): [x: number, y: number] {
  if (below === 1) return [x, y];
  return right === 1 ? [side - 1 - y, side - 1 - x] : [y, x];
}
