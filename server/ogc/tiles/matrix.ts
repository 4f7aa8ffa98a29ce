import { HALF_WORLD_METRES, MAX_ZOOM, tileAt } from '../../engine/grid.ts';
import type { Bounds } from '../../engine/types.ts';
import { AppError, shorten } from '../../errors.ts';

/** The one grid that tiles are cut in. */
export const WEB_MERCATOR_QUAD = {
  id: 'WebMercatorQuad',
  title: 'Google Maps Compatible for the World',
  uri: 'http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad',
  crs: 'http://www.opengis.net/def/crs/EPSG/0/3857',
} as const;

/** Pixels that a tile has on a side where a scale is told, each of 0.28 mm (OGC 17-083r4). */
const PIXELS = 256;
const PIXEL_METRES = 0.28e-3;

/** @throws AppError `route_not_found` for a grid that there is not */
export function checkMatrixSet(id: string): void {
  if (id === WEB_MERCATOR_QUAD.id) return;
  throw new AppError('route_not_found', {
    detail: `there is no tile matrix set ${shorten(id, 40)}, only ${WEB_MERCATOR_QUAD.id}`,
  });
}

/** The grid as OGC 17-083r4 (Two Dimensional Tile Matrix Set 2.0) has it in JSON. */
export function matrixSetDocument(): Record<string, unknown> {
  const { id, title, uri, crs } = WEB_MERCATOR_QUAD;
  return {
    id,
    title,
    uri,
    crs,
    orderedAxes: ['E', 'N'],
    wellKnownScaleSet: 'http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible',
    tileMatrices: Array.from({ length: MAX_ZOOM + 1 }, (_, z) => {
      const cellSize = (2 * HALF_WORLD_METRES) / PIXELS / 2 ** z;
      return {
        id: String(z),
        scaleDenominator: cellSize / PIXEL_METRES,
        cellSize,
        cornerOfOrigin: 'topLeft',
        pointOfOrigin: [-HALF_WORLD_METRES, HALF_WORLD_METRES],
        tileWidth: PIXELS,
        tileHeight: PIXELS,
        matrixWidth: 2 ** z,
        matrixHeight: 2 ** z,
      };
    }),
  };
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
