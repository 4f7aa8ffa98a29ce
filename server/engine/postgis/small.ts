import type { TableLayer } from '../../catalog/types.ts';

/** Rows of a tile that PostgreSQL would scan a table for, or share between processes: their plan is worth making. */
const MANY_ROWS = 1_000;
/** Tiles of a zoom that tell what others are like. */
const ENOUGH = 4;

interface Seen {
  tiles: number;
  /** Of the largest. */
  rows: number;
}

/** By zoom: what tiles of a layer had, as long as the layer is what it is. */
const seen = new WeakMap<TableLayer, Seen[]>();

/**
 * Whether all tiles seen of this zoom of the layer were small: a plan made for tiny ones serves it as well as its own
 * would. Who is wrong once (where data lie dense in one place, or have grown) waits longer for one tile.
 */
export function isSmall(layer: TableLayer, z: number): boolean {
  const known = seen.get(layer)?.[z];
  return known !== undefined && known.tiles >= ENOUGH && known.rows <= MANY_ROWS;
}

/** Takes in that a tile of the layer, with all of its rows, had so many. */
export function sawRows(layer: TableLayer, z: number, rows: number): void {
  let zooms = seen.get(layer);
  if (!zooms) seen.set(layer, (zooms = []));
  const known = (zooms[z] ??= { tiles: 0, rows: 0 });
  known.tiles++;
  known.rows = Math.max(known.rows, rows);
}
