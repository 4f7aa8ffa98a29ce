import { HALF_WORLD_METRES, MAX_ZOOM, tileAt } from '../../engine/grid.ts';
import {
  maxZoomOf,
  mercatorZoom,
  PIXEL_METRES,
  PIXELS,
  sideAt,
  tilesWithin,
  WORLD_CRS84_QUAD,
  type Grid,
} from '../../engine/grids/grid.ts';
import type { Bounds } from '../../engine/types.ts';
import type { System } from '../place/systems.ts';

const DEFINITION = 'http://www.opengis.net/def';

/** The grid that layers are cut in first, and maps are drawn in. */
export const WEB_MERCATOR_QUAD = {
  id: 'WebMercatorQuad',
  title: 'Google Maps Compatible for the World',
  uri: `${DEFINITION}/tilematrixset/OGC/1.0/WebMercatorQuad`,
  crs: `${DEFINITION}/crs/EPSG/0/3857`,
} as const;

/** What a tileset says of its grid. */
export interface MatrixSet {
  readonly id: string;
  readonly title: string;
  /** Of those that the OGC has defined. */
  readonly uri?: string | undefined;
  readonly crs: string;
  /** That of Web Mercator where absent. */
  readonly grid?: Grid | undefined;
}

/** A grid besides that of Web Mercator, as tilesets name it. @param system of its plane */
export function matrixSetOf(grid: Grid, { uri: crs }: Pick<System, 'uri'>): MatrixSet {
  const uri = grid === WORLD_CRS84_QUAD ? `${DEFINITION}/tilematrixset/OGC/1.0/WorldCRS84Quad` : undefined;
  return { id: grid.id, title: grid.title, uri, crs, grid };
}

/** A grid as OGC 17-083r4 (Two Dimensional Tile Matrix Set 2.0) has it in JSON. @param system of its plane */
export function matrixSetDocument(
  { id, title, uri, crs, grid }: MatrixSet,
  { swapped }: Pick<System, 'swapped'>,
): Record<string, unknown> {
  const { origin, unitMetres, columns, rows } = grid ?? MERCATOR;
  const side = (z: number): number => (grid ? sideAt(grid, z) : MERCATOR.side / 2 ** z);
  const wellKnown = grid
    ? grid === WORLD_CRS84_QUAD
      ? 'GoogleCRS84Quad'
      : undefined
    : 'GoogleMapsCompatible';
  return {
    id,
    title,
    ...(uri ? { uri } : {}),
    crs,
    orderedAxes: axesOf(grid, swapped),
    ...(wellKnown ? { wellKnownScaleSet: `${DEFINITION}/wkss/OGC/1.0/${wellKnown}` } : {}),
    tileMatrices: Array.from({ length: (grid ? maxZoomOf(grid) : MAX_ZOOM) + 1 }, (_, z) => {
      const cellSize = side(z) / PIXELS;
      return {
        id: String(z),
        scaleDenominator: (cellSize * unitMetres) / PIXEL_METRES,
        cellSize,
        cornerOfOrigin: 'topLeft',
        // In the order of the system's axes.
        pointOfOrigin: swapped ? [origin[1], origin[0]] : origin,
        tileWidth: PIXELS,
        tileHeight: PIXELS,
        matrixWidth: columns * 2 ** z,
        matrixHeight: rows * 2 ** z,
      };
    }),
  };
}

const MERCATOR = {
  origin: [-HALF_WORLD_METRES, HALF_WORLD_METRES],
  side: 2 * HALF_WORLD_METRES,
  unitMetres: 1,
  columns: 1,
  rows: 1,
} as const;

function axesOf(grid: Grid | undefined, swapped: boolean): string[] {
  const axes = grid === WORLD_CRS84_QUAD ? ['Lon', 'Lat'] : ['E', 'N'];
  return swapped ? axes.reverse() : axes;
}

export interface MatrixLimits {
  readonly tileMatrix: string;
  readonly minTileRow: number;
  readonly maxTileRow: number;
  readonly minTileCol: number;
  readonly maxTileCol: number;
}

/** Which tiles of each zoom have something that lies within these bounds. */
export function limitsOf(
  [west, south, east, north]: Bounds,
  minzoom: number,
  maxzoom: number,
): MatrixLimits[] {
  return Array.from({ length: maxzoom - minzoom + 1 }, (_, i) => {
    const z = minzoom + i;
    const last = 2 ** z - 1;
    const first = tileAt(west, north, z);
    const end = tileAt(east, south, z);
    return {
      tileMatrix: String(z),
      minTileRow: first.y,
      maxTileRow: end.y,
      minTileCol: west >= 180 ? last : first.x,
      // The antimeridian is the end of the last column, not the beginning of the first.
      maxTileCol: east >= 180 ? last : end.x,
    };
  });
}

/** The same in another grid. @param extent on its plane; undefined where it covers nothing of it */
export function gridLimitsOf(
  grid: Grid,
  extent: Bounds | undefined,
  minzoom: number,
  maxzoom: number,
): MatrixLimits[] {
  if (!extent) return [];
  const [first, last] = [gridZoom(grid, minzoom), gridZoom(grid, maxzoom)];
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    tileMatrix: String(first + i),
    ...tilesWithin(grid, extent, first + i),
  }));
}

/** The zoom of a grid whose tiles are about as wide on the ground as those of a zoom of Web Mercator. */
export function gridZoom(grid: Grid, mercator: number): number {
  const unbound = mercator - (mercatorZoom(grid, 0) || 0);
  return Math.max(0, Math.min(maxZoomOf(grid), unbound));
}
