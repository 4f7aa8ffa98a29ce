import type { Database } from '../db/types.ts';
import { isTransformError } from '../catalog/failed-query.ts';
import { madeTileQuery, withName } from '../engine/overviews/made-tiles.ts';
import type { Source } from '../engine/overviews/overviews.ts';
import { isSmall, sawRows } from '../engine/postgis/small.ts';
import {
  isCommon,
  outlineQuery,
  tileQuery,
  type TileQuery,
  type TileRow,
} from '../engine/postgis/tile-query.ts';
import { coarserGrid, FINEST_GRID } from '../engine/postgis/thin.ts';
import type { TableLayer } from '../catalog/types.ts';
import type { EncodedLayer } from '../engine/types.ts';
import type { Stamp } from '../generations/generations.ts';

/** What a tile that is still too large is made smaller by, beyond what its size calls for. */
const MARGIN = 0.95;
const EMPTY: EncodedLayer = { bytes: new Uint8Array(), features: 0, truncated: false };

/** A layer, and what its data was when it was read; null where that is not known. */
export interface StampedLayer {
  layer: EncodedLayer;
  stamp: Stamp | null;
}

/**
 * One layer of a tile, made by PostGIS. Where a cap bites the tile is made again from its largest
 * features, until it fits; one of points that is to be thinned, from points all over it.
 * @param of whose tiles they are: the layer itself where the query is of a copy
 */
export async function postgisTile(
  db: Database,
  query: TileQuery,
  maxBytes: number,
  signal: AbortSignal,
  of: TableLayer = query.layer,
  isThinned = false,
): Promise<StampedLayer> {
  const { z } = query.coord;
  const isQuick = isSmall(of, z);
  const make = async (one: TileQuery): Promise<TileRow> => {
    // Zooms of other grids say nothing of this one's, and of what was not seen yet nothing is known.
    const leavesRoom = !isQuick || query.place !== undefined;
    const [row] = await db.run<TileRow>(tileQuery(one), { signal, readOnly: true, leavesRoom });
    return row as TileRow; // an aggregate has one row
  };
  try {
    const isUsual = isCommon(query);
    const whole = await make({ keep: isUsual && isQuick, ...query });
    if (isUsual) sawRows(of, z, whole.rows);
    if (whole.rows <= query.maxFeatures && whole.mvt.length <= maxBytes) {
      return stamped(whole, false);
    }
    return await (isThinned ? thinOut : fit)(make, query, maxBytes);
  } catch (error) {
    if (!isTransformError(error)) throw error;
    if (await isOutside(db, query, signal)) return { layer: EMPTY, stamp: null };
    throw error;
  }
}

interface OfCopy {
  readonly copy: Source;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** The layer that the copy is of. */
  readonly of: TableLayer;
}

/** The same of a layer's copy; as it was made beforehand, where it was. */
export async function copyTile(
  db: Database,
  query: TileQuery,
  { copy, maxBytes, signal, of }: OfCopy,
): Promise<StampedLayer> {
  if (copy.tiles) {
    const [made] = await db.run<TileRow>(madeTileQuery(copy.tiles, query.coord, query.stamp), {
      signal,
      readOnly: true,
    });
    if (made && made.features <= query.maxFeatures && made.mvt.length <= maxBytes) {
      return stamped({ ...made, mvt: withName(made.mvt, query.name) }, false);
    }
  }
  return postgisTile(db, query, maxBytes, signal, of);
}

async function fit(
  make: (query: TileQuery) => Promise<TileRow>,
  query: TileQuery,
  maxBytes: number,
): Promise<StampedLayer> {
  for (let limit = query.maxFeatures; ;) {
    const tile = await make({ ...query, maxFeatures: limit, largest: true });
    if (tile.mvt.length <= maxBytes) {
      // Fewer than the cap: the rows above it were too small to see.
      const truncated = limit < query.maxFeatures || tile.features === limit;
      return stamped(tile, truncated);
    }
    const count = Math.min(limit, tile.features);
    limit = Math.min(count - 1, Math.floor(count * (maxBytes / tile.mvt.length) * MARGIN));
  }
}

/** The finest grid of which one point of each cell fits, so that no zoom loses what the one above it shows. */
async function thinOut(
  make: (query: TileQuery) => Promise<TileRow>,
  query: TileQuery,
  maxBytes: number,
): Promise<StampedLayer> {
  for (let grid = FINEST_GRID; ;) {
    const tile = await make({ ...query, thin: grid });
    if (tile.mvt.length <= maxBytes || grid === 0) return stamped(tile, true);
    grid = coarserGrid(grid, tile.mvt.length / maxBytes);
  }
}

function stamped({ mvt: bytes, features, stamp }: TileRow, truncated: boolean): StampedLayer {
  return { layer: { bytes, features, truncated }, stamp };
}

/** Whether the tile lies where the layer's system describes nothing, so that no data can be there. */
async function isOutside(db: Database, query: TileQuery, signal: AbortSignal): Promise<boolean> {
  const outline = outlineQuery(query);
  if (!outline) return false;
  try {
    await db.run(outline, { signal, readOnly: true });
    return false;
  } catch (error) {
    if (isTransformError(error)) return true;
    throw error;
  }
}
