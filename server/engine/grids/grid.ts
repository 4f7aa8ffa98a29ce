import { AppError } from '../../errors.ts';
import { MAX_ZOOM } from '../grid.ts';
import type { Bounds, TileCoord } from '../types.ts';

/**
 * A grid of tiles other than that of Web Mercator: squares on the plane of a coordinate reference system, those of each zoom
 * half as wide as those of the zoom before.
 */
export interface Grid {
  readonly id: string;
  readonly title: string;
  /** The system as PostGIS numbers it. */
  readonly srid: number;
  /** Tiles are cut of degrees as they are: nothing has to be projected. */
  readonly isDegrees: boolean;
  /** What it covers: west, south, east, north in degrees. East may be beyond 180, never less than west. */
  readonly bounds: Bounds;
  /** The upper left corner: easting and northing, or degrees. */
  readonly origin: readonly [x: number, y: number];
  /** Length of a tile's side at zoom 0, in units of the system. */
  readonly side: number;
  /** Metres that a unit of the system has; of a degree, on the equator. */
  readonly unitMetres: number;
  /** Tiles of zoom 0. */
  readonly columns: number;
  readonly rows: number;
  /** Everything that decides what lies where in its tiles. */
  readonly key: string;
}

/** Pixels that a tile has on a side where a scale is told, each of 0.28 mm (OGC 17-083r4). */
export const PIXELS = 256;
export const PIXEL_METRES = 0.28e-3;

/** Metres that a degree of longitude has on the equator (WGS 84). */
export const DEGREE_METRES = (Math.PI * 6378137) / 180;

/** The OGC's grid of the world in degrees: two tiles at zoom 0 (17-083r4, annex D). */
export const WORLD_CRS84_QUAD: Grid = {
  id: 'WorldCRS84Quad',
  title: 'CRS84 for the World',
  srid: 4326,
  isDegrees: true,
  bounds: [-180, -90, 180, 90],
  origin: [-180, 90],
  side: 180,
  unitMetres: DEGREE_METRES,
  columns: 2,
  rows: 1,
  key: 'WorldCRS84Quad',
};

/** Doublings from a tile of zoom 0 to the square that all of them lie in: the "world" of the engine, of which they are tiles. */
export function depthOf({ columns, rows }: Pick<Grid, 'columns' | 'rows'>): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(columns, rows))));
}

/** Deepest zoom of the grid: what the engine can cut. */
export const maxZoomOf = (grid: Pick<Grid, 'columns' | 'rows'>): number => MAX_ZOOM - depthOf(grid);

/** A tile of the grid as the engine numbers it. */
export const engineTile = (grid: Grid, { z, x, y }: TileCoord): TileCoord => ({ z: z + depthOf(grid), x, y });

/** @throws AppError `tile_out_of_range` where the grid has no such tile */
export function checkGridTile(grid: Grid, coord: TileCoord): TileCoord {
  const { z, x, y } = coord;
  const last = maxZoomOf(grid);
  if (z >= 0 && z <= last && x >= 0 && y >= 0 && x < grid.columns * 2 ** z && y < grid.rows * 2 ** z)
    return coord;
  throw new AppError('tile_out_of_range', {
    detail: `z must be 0–${last}, the column 0–${grid.columns}×2^z−1 and the row 0–${grid.rows}×2^z−1`,
    tile: `${z}/${x}/${y}`,
  });
}

/** Length of a tile's side, in units of the system. */
export const sideAt = ({ side }: Grid, z: number): number => side / 2 ** z;

/** Minimum x, minimum y, maximum x, maximum y of a tile; `margin` widens every side by that share of its width. */
export function gridEnvelope(grid: Grid, { z, x, y }: TileCoord, margin = 0): Bounds {
  const side = sideAt(grid, z);
  const [left, top] = grid.origin;
  return [
    left + (x - margin) * side,
    top - (y + 1 + margin) * side,
    left + (x + 1 + margin) * side,
    top - (y - margin) * side,
  ];
}

/** The zoom of Web Mercator whose tiles are about as wide on the ground. */
export function mercatorZoom(grid: Grid, z: number): number {
  const metres = grid.side * grid.unitMetres;
  return Math.max(0, Math.min(MAX_ZOOM, z + Math.round(Math.log2((360 * DEGREE_METRES) / metres))));
}

/** First and last row and column of a zoom that meet a box on the plane, kept within the grid. */
export function tilesWithin(grid: Grid, [minX, minY, maxX, maxY]: Bounds, z: number) {
  const side = sideAt(grid, z);
  const [left, top] = grid.origin;
  const kept = (at: number, count: number): number => Math.max(0, Math.min(count * 2 ** z - 1, at));
  return {
    minTileRow: kept(Math.floor((top - maxY) / side), grid.rows),
    // What ends where a tile begins is not in that.
    maxTileRow: kept(Math.ceil((top - minY) / side) - 1, grid.rows),
    minTileCol: kept(Math.floor((minX - left) / side), grid.columns),
    maxTileCol: kept(Math.ceil((maxX - left) / side) - 1, grid.columns),
  };
}
