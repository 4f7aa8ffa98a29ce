import { z } from 'zod';
import { caption, id, mapsPart } from '../../maps-part.ts';
import { WORLD_CRS84_QUAD } from './grid.ts';

const RESERVED = ['WebMercatorQuad', WORLD_CRS84_QUAD.id];
const CODE = 'the EPSG code of a coordinate reference system';
const BOUNDS = '[west, south, east, north] in degrees';
const number = z.number({ error: 'a number' });

const bounds = z
  .tuple([number, number, number, number], { error: BOUNDS })
  .refine(
    ([west, south, east, north]) =>
      [west, east].every((side) => Math.abs(side) <= 180) && south >= -90 && north <= 90 && south < north,
    `${BOUNDS}: longitudes from -180 to 180, latitudes from -90 to 90, south below north`,
  )
  .refine(([west, , east]) => west !== east, `${BOUNDS}: not without a width`);

const grid = z
  .strictObject({
    title: caption.optional(),
    epsg: z.int(CODE).min(1024, CODE).max(998_999, CODE),
    /** What is drawn: east less than west where the antimeridian lies between. */
    bounds,
    /** The upper left corner (easting, northing), and units of the system per pixel at zoom 0; of the bounds where absent. */
    origin: z.tuple([number, number], { error: '[easting, northing]' }).optional(),
    cellSize: number.positive('a positive number').optional(),
  })
  .refine(
    ({ origin, cellSize }) => (origin === undefined) === (cellSize === undefined),
    'origin and cellSize together, or neither',
  );

export type GridConfig = z.output<typeof grid>;

/** `grids.*` */
export interface GridMaps {
  readonly grids: Readonly<Record<string, GridConfig>>;
}

export const gridMaps = mapsPart<GridMaps>({
  sections: () => ({ grids: z.record(id, grid).default({}) }),
  describes: {
    grids: 'Grids that tiles are cut in besides web mercator, by id',
    'grids.*': 'A grid',
    'grids.*.title': 'What people read',
    'grids.*.epsg': 'EPSG code of its coordinate reference system',
    'grids.*.bounds': '[west, south, east, north] in degrees: what is drawn',
    'grids.*.origin': '[easting, northing] of its upper left corner; that of the bounds where absent',
    'grids.*.cellSize': 'Units of the system per pixel at zoom 0',
  },
  check: ({ grids }: GridMaps) =>
    RESERVED.filter((name) => Object.hasOwn(grids, name)).map((name) => ({
      path: ['grids', name],
      text: ': this grid is there without being named; take another name',
    })),
});
