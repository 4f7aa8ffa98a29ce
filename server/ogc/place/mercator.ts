import { HALF_WORLD_METRES, latitudeOf } from '../../engine/grid.ts';
import type { Bbox } from '../../http/requests/params.ts';

/** Half the side of the plane in metres; rounding may go beyond by a hair. */
export const WEB_MERCATOR_LIMIT = HALF_WORLD_METRES + 0.01;

/** A box of web mercator in degrees. */
export function degreesOf([west, south, east, north]: Bbox): Bbox {
  const longitude = (x: number): number => Math.max(-180, Math.min(180, (x / HALF_WORLD_METRES) * 180));
  const latitude = (y: number): number => latitudeOf(0.5 - y / (2 * HALF_WORLD_METRES));
  return [longitude(west), latitude(south), longitude(east), latitude(north)];
}
